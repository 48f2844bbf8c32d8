"""What `rag serve` answers besides the window: an API that OpenAI's clients speak, and tools for MCP clients."""
