"""A reader's fp32 ONNX as int8, its activations smoothed before (Xiao et al. 2023, SmoothQuant, eq. 4).

A few channels of what goes into a matrix product are far greater than the rest, and would take the whole range of its
dynamic int8 scale. Each channel is divided by a factor that its weights are multiplied by.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from rag.models import encoder_graph
from training.reader.graph import KEPT

MIGRATED = 0.8
"""The paper's alpha. On the development questions .7 lost .3 F1, .8 nothing, unsmoothed weights 1.0."""

LEAST = 1e-4

SMOOTHED = "_smoothed"
"""Behind the name of a tensor whose channels were multiplied by a factor before a product."""

Feed = Mapping[str, npt.NDArray[np.int64]]


def quantise(fp32: Path, int8: Path, feeds: Sequence[Feed]) -> None:
    """Write `int8`; `feeds` are inputs that tell how great each channel becomes."""
    smoothed = int8.with_suffix(".smoothed")
    onnx.save(_smoothed(onnx.load(fp32), feeds), smoothed)
    encoder_graph.quantise(smoothed, int8, KEPT)
    smoothed.unlink()


def _smoothed(model: onnx.ModelProto, feeds: Sequence[Feed]) -> onnx.ModelProto:
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    products = [n for n in model.graph.node if n.op_type == "MatMul" and ".layer." in n.input[1]]
    inputs = list(dict.fromkeys(node.input[0] for node in products))
    for name, greatest in _greatest(model, inputs, feeds).items():
        fed = [node for node in products if node.input[0] == name]
        matrices = [numpy_helper.to_array(weights[node.input[1]]) for node in fed]
        of_weights = np.max([np.abs(matrix).max(axis=1) for matrix in matrices], axis=0)
        factor = np.maximum(greatest, LEAST) ** MIGRATED / np.maximum(of_weights, LEAST) ** (1 - MIGRATED)
        factor = np.maximum(factor / np.exp(np.log(factor).mean()), LEAST)
        model.graph.initializer.append(numpy_helper.from_array((1 / factor).astype(np.float32), f"{name}_factor"))
        first = min(list(model.graph.node).index(node) for node in fed)
        smooth = helper.make_node("Mul", [name, f"{name}_factor"], [f"{name}{SMOOTHED}"], name=f"{name}_smooth")
        model.graph.node.insert(first, smooth)
        for node, matrix in zip(fed, matrices, strict=True):
            scaled = (matrix * factor[:, None]).astype(np.float32)
            weights[node.input[1]].CopyFrom(numpy_helper.from_array(scaled, node.input[1]))
            node.input[0] = f"{name}{SMOOTHED}"
    return model


def _greatest(
    model: onnx.ModelProto, names: Sequence[str], feeds: Sequence[Feed]
) -> dict[str, npt.NDArray[np.float32]]:
    """The greatest absolute value of each channel of the tensors `names` over all feeds."""
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    probe.graph.output.extend([helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in names])
    session = onnxruntime.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    greatest = [
        [np.abs(value).reshape(-1, value.shape[-1]).max(axis=0) for value in session.run(list(names), dict(feed))]
        for feed in feeds
    ]
    return {name: np.max(column, axis=0) for name, column in zip(names, zip(*greatest, strict=True), strict=True)}
