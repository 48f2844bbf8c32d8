"""How figures in the code were chosen, and how the reader and the verifier were trained."""

import rag  # noqa: F401 (before ONNX Runtime is loaded: see rag.no_telemetry)
