"""Footnote: answers from your own documents, each sentence with a citation that holds."""

from rag.no_telemetry import switch_off_telemetry

# Every way in passes here before it can load a library that counts its users.
switch_off_telemetry()

__version__ = "0.1.0"

DEFAULT_INDEX = "seeds"
