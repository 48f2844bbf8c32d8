"""Footnote: answers from your own documents, each sentence with a citation that holds."""

__version__ = "0.1.0"

DEFAULT_INDEX = "seeds"
