"""Text of every kind: its sentences, its words."""
