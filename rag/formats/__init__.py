"""Readers: files of a person's own formats as text that citations can point into."""
