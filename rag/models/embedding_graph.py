"""all-MiniLM-L6-v2 as an int8 ONNX graph: made once, at set-up, in a process of its own.

`python -m rag.models.embedding_graph MODEL_FOLDER ONNX_FILE`. What it computes on a text is what sentence-transformers
does (mean pooling, unit length).
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx

from rag.models.encoder_graph import DIMENSION, EncoderGraph, quantise
from rag.models.onnx_session import open_session
from rag.models.packaged_model import load_tokenizer

LEAST_MEAN_COSINE = 0.99

_KEPT = "encoder.layer.0.output.dense.weight"
"""Stays fp32: of all products, quantising this one changes vectors most."""

_PROBES = [
    "Who led the delegation?",
    "The committee was formed to draft a new constitution, as one part of a larger peace process.",
    "Prices rose by 3.5 % in March 2021, from $4.20 to $4.35 a litre, the agency said. " * 4,
    "Türkiye has borders with both Syria and Iraq.",
]


def export(model_folder: Path, onnx_file: Path) -> float:
    """Write the model as int8 ONNX and return its mean cosine to fp32 on a few probes.

    Input: int64 input_ids [1, n]; output: float32 sentence_embedding [1, 384], of unit length. Raises RuntimeError
    under LEAST_MEAN_COSINE.
    """
    with tempfile.TemporaryDirectory() as scratch:
        fp32_file = Path(scratch, "fp32.onnx")
        onnx.save(graph(model_folder), fp32_file)
        quantise(fp32_file, onnx_file, [_KEPT])
        cosine = _mean_cosine(model_folder, fp32_file, onnx_file)
    if cosine < LEAST_MEAN_COSINE:
        raise RuntimeError(f"the exported model differs from the original: mean cosine {cosine:.4f}")
    return cosine


def graph(model_folder: Path) -> onnx.ModelProto:
    """The model in fp32, with the inputs and outputs of `export`."""
    from safetensors.numpy import load_file

    g = EncoderGraph(load_file(model_folder / "model.safetensors"))
    mean = g.of("ReduceMean", g.states(g.embedded()), g.given("token_axis", np.array([1])), keepdims=0)
    output = g.named(g.of("LpNormalization", mean, axis=-1, p=2), "sentence_embedding")
    return g.model("all-MiniLM-L6-v2", {"input_ids": [1, "tokens"]}, {output: [1, DIMENSION]})


def _mean_cosine(model_folder: Path, fp32_file: Path, int8_file: Path) -> float:
    tokenizer = load_tokenizer(model_folder)
    fp32, int8 = open_session(fp32_file), open_session(int8_file)
    cosines = []
    for probe in _PROBES:
        ids = np.array([tokenizer.encode(probe).ids], dtype=np.int64)
        (expected,), (got,) = (session.run(None, {"input_ids": ids}) for session in (fp32, int8))
        cosines.append(float(expected[0] @ got[0]))
    return sum(cosines) / len(cosines)


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
