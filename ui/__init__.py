"""The chat window."""

import rag  # noqa: F401 (before Gradio is loaded: see rag.no_telemetry)
