"""The weights of an int8 ONNX file that training.reader.export wrote, for training that goes on from them."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from rag.models.encoder_graph import TOGETHER
from training.loop import load_state
from training.reader.graph import of_model
from training.reader.quantise import SMOOTHED

WORDS = "embeddings.word_embeddings.weight"

_PRODUCT, _QUANTIZED = "DynamicQuantizeMatMul", "_quantized"


def weights_in(file: Path) -> dict[str, Tensor]:
    """The weights of a run's file, or of an int8 ONNX file."""
    return restored_weights(file) if file.suffix == ".onnx" else load_state(file)


def restored_weights(file: Path) -> dict[str, Tensor]:
    """Weights by their names in PyTorch, fp32, as exact as their int8.

    The words' own vectors are not among them: they are the encoder's as it is packaged.
    """
    model = onnx.load(file)
    given = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    smoothed_by = {n.output[0]: given[n.input[1]] for n in model.graph.node if n.output[0].endswith(SMOOTHED)}
    multiplied = {n.input[1]: smoothed_by.get(n.input[0]) for n in model.graph.node if n.op_type == _PRODUCT}
    found: dict[str, Tensor] = {}
    for name, value in given.items():
        base = name.removesuffix(_QUANTIZED)
        if base == WORDS or not base.endswith((".weight", ".bias")):
            continue
        values = value if base == name else _dequantised(base, given)
        if (factor := multiplied.get(name)) is not None:
            values = values * factor[:, None]
        turned = values.T if values.ndim == 2 and "embeddings" not in base else values
        for own, part in _apart(base, turned):
            found[of_model(own)] = torch.from_numpy(np.array(part, dtype=np.float32))
    return found


def _dequantised(name: str, given: Mapping[str, npt.NDArray[np.generic]]) -> npt.NDArray[np.float32]:
    values, zero, scale = (given[f"{name}{part}"] for part in (_QUANTIZED, "_zero_point", "_scale"))
    return (values.astype(np.float32) - zero.astype(np.float32)) * scale


def _apart(name: str, values: npt.NDArray[np.float32]) -> Iterator[tuple[str, npt.NDArray[np.float32]]]:
    """The layers that `values` are of: one, or those that go TOGETHER."""
    first, kind = f".{TOGETHER[0]}.", name.rpartition(".")[2]
    if not name.endswith(f"{first}{kind}"):
        yield name, values
        return
    for layer, part in zip(TOGETHER, np.split(values, len(TOGETHER)), strict=True):
        yield name.replace(first, f".{layer}."), part
