"""all-MiniLM-L6-v2 as an int8 ONNX graph: made once, at set-up, in a process of its own.

`python -m rag.models.embedding_graph MODEL_FOLDER ONNX_FILE`. The graph is written down here, node by node, instead of
being traced by PyTorch: one text is a call without padding, so it needs no mask; query, key and value are one product;
and each node is one that ONNX Runtime has a kernel for. What it computes on a text is what sentence-transformers does
(Wang et al. 2020, MiniLM; mean pooling, unit length).
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from rag.models.onnx_session import UNFUSED, open_session
from rag.models.packaged_model import load_tokenizer

LAYERS, HEADS, DIMENSION = 6, 12, 384
LEAST_MEAN_COSINE = 0.99

_EPSILON = 1e-12
_OPSET, _IR_VERSION = 18, 9
_CONTRIB = "com.microsoft"
"""ONNX Runtime's own operators."""

_KEPT = "encoder.layer.0.output.dense.weight"
"""Stays fp32: of all products, quantising this one changes vectors most."""

_PROBES = [
    "Who led the delegation?",
    "The committee was formed to draft a new constitution, as one part of a larger peace process.",
    "Prices rose by 3.5 % in March 2021, from $4.20 to $4.35 a litre, the agency said. " * 4,
    "Türkiye has borders with both Syria and Iraq.",
]


class _Graph:
    """Nodes and weights as they come together; `of` appends a node and gives the name of its output."""

    def __init__(self, weights: dict[str, npt.NDArray[np.float32]]) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def of(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """A node of this kind; the name of its first output, the others having numbers behind it."""
        name = f"{kind}_{len(self.nodes)}"
        names = [name, *(f"{name}_{number}" for number in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name, **attributes))
        return name

    def given(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """The name of a constant."""
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name: str) -> str:
        """The name of one of the model's weights, as it is."""
        return self.given(name, self.weights[name])

    def linear(self, x: str, *names: str) -> str:
        """x W + b, for several layers at once that take the same x."""
        factor = np.concatenate([self.weights[f"{name}.weight"].T for name in names], axis=1)
        offset = np.concatenate([self.weights[f"{name}.bias"] for name in names])
        product = self.of("MatMul", x, self.given(f"{names[0]}.weight", factor))
        return self.of("Add", product, self.given(f"{names[0]}.bias", offset))

    def normalised(self, x: str, name: str) -> str:
        """Layer normalisation over the last axis."""
        scale, offset = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.of("LayerNormalization", x, scale, offset, axis=-1, epsilon=_EPSILON)


def export(model_folder: Path, onnx_file: Path) -> float:
    """Write the model as int8 ONNX and return its mean cosine to fp32 on a few probes.

    Input: int64 input_ids [1, n]; output: float32 sentence_embedding [1, 384], of unit length. Weights are quantised
    per output channel: one scale a tensor loses far more. Raises RuntimeError under LEAST_MEAN_COSINE.
    """
    with tempfile.TemporaryDirectory() as scratch:
        fp32_file, int8_file = Path(scratch, "fp32.onnx"), Path(scratch, "int8.onnx")
        fp32 = graph(model_folder)
        onnx.save(fp32, fp32_file)
        quantize_dynamic(
            fp32_file,
            int8_file,
            per_channel=True,
            # Weights of 7 bits: the instructions of processors without VNNI add two products in 16 bits, which those of
            # 8 overflow. So the vectors are the same on every processor.
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[node.name for node in fp32.graph.node if _KEPT in node.input],
            # Of what comes out of operators that ONNX itself does not know.
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        _optimise(int8_file, onnx_file)
        cosine = _mean_cosine(model_folder, fp32_file, onnx_file)
    if cosine < LEAST_MEAN_COSINE:
        raise RuntimeError(f"the exported model differs from the original: mean cosine {cosine:.4f}")
    return cosine


def graph(model_folder: Path) -> onnx.ModelProto:
    """The model in fp32, with the inputs and outputs of `export`."""
    from safetensors.numpy import load_file

    g = _Graph(load_file(model_folder / "model.safetensors"))
    ids = g.of("Cast", "input_ids", to=TensorProto.INT32)
    x = g.of(
        "EmbedLayerNormalization",
        ids,
        g.of("Sub", ids, ids),  # the type of all tokens is 0
        g.weight("embeddings.word_embeddings.weight"),
        g.weight("embeddings.position_embeddings.weight"),
        g.weight("embeddings.token_type_embeddings.weight"),
        g.weight("embeddings.LayerNorm.weight"),
        g.weight("embeddings.LayerNorm.bias"),
        outputs=2,
        domain=_CONTRIB,
        epsilon=_EPSILON,
    )
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        together = g.linear(x, *(f"{layer}.attention.self.{part}" for part in ("query", "key", "value")))
        parts = g.of("Split", together, outputs=3, axis=-1, num_outputs=3)
        attended = g.of("MultiHeadAttention", parts, f"{parts}_1", f"{parts}_2", domain=_CONTRIB, num_heads=HEADS)
        attended = g.linear(attended, f"{layer}.attention.output.dense")
        x = g.normalised(g.of("Add", attended, x), f"{layer}.attention.output.LayerNorm")
        inner = g.of("Gelu", g.linear(x, f"{layer}.intermediate.dense"), domain=_CONTRIB)
        x = g.normalised(g.of("Add", g.linear(inner, f"{layer}.output.dense"), x), f"{layer}.output.LayerNorm")
    mean = g.of("ReduceMean", x, g.given("token_axis", np.array([1])), keepdims=0)
    unit = g.of("LpNormalization", mean, axis=-1, p=2)
    g.nodes.append(helper.make_node("Identity", [unit], ["sentence_embedding"]))
    return helper.make_model(
        helper.make_graph(
            g.nodes,
            "all-MiniLM-L6-v2",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "tokens"])],
            [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, [1, DIMENSION])],
            g.initializers,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)],
        ir_version=_IR_VERSION,
    )


def _optimise(source: Path, target: Path) -> None:
    """Have ONNX Runtime fuse what it can once and for all, so that a session opens without looking for it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    # It warns that the file may be for this machine only, which holds for the level above.
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"], disabled_optimizers=UNFUSED)


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
