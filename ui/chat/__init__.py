"""The tab of the chat: asked, answered, kept."""
