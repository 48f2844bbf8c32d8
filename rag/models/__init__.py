"""Models that run on the processor, and what is kept of their work."""
