"""How the figures in the documents are measured."""

import rag  # noqa: F401 (before ONNX Runtime is loaded: see rag.no_telemetry)
