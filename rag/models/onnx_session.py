"""ONNX files: a session on one, and the checksum by which it is known to be whole."""

import hashlib
from pathlib import Path

import onnxruntime

UNFUSED = ["SkipLayerNormFusion"]
"""Left out of ONNX Runtime's optimisations: one kernel for sum and normalisation takes four times what two take."""


def open_session(onnx_file: Path) -> onnxruntime.InferenceSession:
    """A session that calls run on the thread that they come from, so that nothing spins between them."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(onnx_file), options, providers=["CPUExecutionProvider"], disabled_optimizers=UNFUSED
    )


def sha256_of(file: Path) -> str:
    """Of a file's content, in hexadecimal. Raises OSError."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
