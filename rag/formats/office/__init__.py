"""Word, PowerPoint and Excel, and what their files have in common."""
