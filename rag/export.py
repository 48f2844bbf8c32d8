"""all-MiniLM-L6-v2 from PyTorch to ONNX with int8 weights: run once, at set-up, in a process of its own.

`python -m rag.export MODEL_FOLDER ONNX_FILE`. This is the only module that imports torch; rag/embed.py starts it.
"""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

LEAST_MEAN_COSINE = 0.99
_PROBES = [
    "Who led the delegation?",
    "The committee was formed to draft a new constitution, as one part of a larger peace process.",
    "Prices rose by 3.5 % in March 2021, from $4.20 to $4.35 a litre, the agency said. " * 4,
    "Türkiye has borders with both Syria and Iraq.",
]


def export(model_folder: Path, onnx_file: Path) -> float:
    """Write the model as int8 ONNX and return its mean cosine to the original on a few probes.

    Input: int64 input_ids and attention_mask [1, n]; output: float32 sentence_embedding [1, 384], of unit length.
    Weights are quantised per output channel: one scale a tensor loses far more. Raises RuntimeError under
    LEAST_MEAN_COSINE.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(model_folder), device="cpu", local_files_only=True)
    with tempfile.TemporaryDirectory() as scratch:
        fp32_file = Path(scratch, "fp32.onnx")
        _trace(model, fp32_file)
        quantize_dynamic(fp32_file, onnx_file, per_channel=True, weight_type=QuantType.QInt8)

    cosine = _mean_cosine(model, onnx_file)
    if cosine < LEAST_MEAN_COSINE:
        raise RuntimeError(f"the exported model differs from the original: mean cosine {cosine:.4f}")
    return cosine


def _mean_cosine(model: Any, onnx_file: Path) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    cosines = []
    for probe, expected in zip(_PROBES, model.encode(_PROBES, normalize_embeddings=True), strict=True):
        ids = np.array([model.tokenizer(probe)["input_ids"]], dtype=np.int64)
        (output,) = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        cosines.append(float(output[0] @ expected))
    return sum(cosines) / len(cosines)


def _trace(model: Any, onnx_file: Path) -> None:
    import torch

    class Embedder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            features = {"input_ids": input_ids, "attention_mask": attention_mask}
            embedding: torch.Tensor = self.model(features)["sentence_embedding"]
            return embedding

    example = torch.ones(1, 16, dtype=torch.long)
    names = ["input_ids", "attention_mask"]
    # dynamo=False: torch 2.13's newer exporter gives a graph for this model whose output is wrong (cosine .02).
    trace: Callable[..., Any] = torch.onnx.export
    trace(
        Embedder().eval(),
        (example, example),
        str(onnx_file),
        input_names=names,
        output_names=["sentence_embedding"],
        dynamic_axes={name: {1: "tokens"} for name in names},
        opset_version=17,
        dynamo=False,
    )


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
