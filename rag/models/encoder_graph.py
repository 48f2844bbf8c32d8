"""MiniLM's encoder as an ONNX graph that is written down, node by node, instead of being traced by PyTorch.

One text, or one pair of texts, is a call without padding, so there is no mask; query, key and value are one product;
and each node is one that ONNX Runtime has a kernel for (Wang et al. 2020, MiniLM).
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from rag.models.onnx_session import UNFUSED

LAYERS, HEADS, DIMENSION = 6, 12, 384

TOGETHER = ("query", "key", "value")
"""Layers of attention whose weights are one matrix in the graph, under the first one's name."""

_EPSILON = 1e-12
_OPSET, _IR_VERSION = 18, 9
_CONTRIB = "com.microsoft"
"""ONNX Runtime's own operators."""


class EncoderGraph:
    """Nodes and weights as they come together; `of` appends a node and gives the name of its output."""

    def __init__(self, weights: Mapping[str, npt.NDArray[np.float32]]) -> None:
        """`weights` have the names that transformers' BertModel gives them, and those of what is built on it."""
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def of(self, kind: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        """A node of this kind; the name of its first output, the others having numbers behind it."""
        name = f"{kind}_{len(self.nodes)}"
        names = [name, *(f"{name}_{number}" for number in range(1, outputs))]
        self.nodes.append(helper.make_node(kind, list(inputs), names, name, **attributes))
        return name

    def named(self, x: str, output: str) -> str:
        """`x` as one of the model's outputs."""
        self.nodes.append(helper.make_node("Identity", [x], [output]))
        return output

    def given(self, name: str, values: npt.NDArray[np.generic]) -> str:
        """The name of a constant."""
        self.initializers.append(numpy_helper.from_array(np.asarray(values, order="C"), name))
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

    def embedded(self) -> str:
        """The vectors of the tokens `input_ids`, all of the first of two texts, in one node."""
        ids = self.of("Cast", "input_ids", to=TensorProto.INT32)
        return self.of(
            "EmbedLayerNormalization",
            ids,
            self.of("Sub", ids, ids),  # the type of all tokens is 0
            *(self.weight(f"embeddings.{kind}_embeddings.weight") for kind in ("word", "position", "token_type")),
            self.weight("embeddings.LayerNorm.weight"),
            self.weight("embeddings.LayerNorm.bias"),
            outputs=2,
            domain=_CONTRIB,
            epsilon=_EPSILON,
        )

    def embedded_pair(self) -> str:
        """The same of two texts that `token_type_ids` tells apart; the normalisation stays fp32 in an int8 file."""
        ids = ("input_ids", self._positions("input_ids"), "token_type_ids")
        kinds = ("word", "position", "token_type")
        words, places, types = (
            self.of("Gather", self.weight(f"embeddings.{kind}_embeddings.weight"), name)
            for kind, name in zip(kinds, ids, strict=True)
        )
        return self.normalised(self.of("Add", self.of("Add", words, types), places), "embeddings.LayerNorm")

    def _positions(self, ids: str) -> str:
        """0 to the number of tokens, [1, tokens]."""
        longest = len(self.weights["embeddings.position_embeddings.weight"])
        tokens = self.of("Shape", ids, start=1, end=2)
        numbers = self.given("numbers", np.arange(longest)[None])
        return self.of("Slice", numbers, self.given("zero", np.array([0])), tokens, self.given("axis", np.array([1])))

    def states(self, x: str) -> str:
        """What the encoder makes of vectors of tokens, [n, tokens, DIMENSION]."""
        for number in range(LAYERS):
            layer = f"encoder.layer.{number}"
            together = self.linear(x, *(f"{layer}.attention.self.{part}" for part in TOGETHER))
            parts = self.of("Split", together, outputs=3, axis=-1, num_outputs=3)
            attended = self.of(
                "MultiHeadAttention", parts, f"{parts}_1", f"{parts}_2", domain=_CONTRIB, num_heads=HEADS
            )
            attended = self.linear(attended, f"{layer}.attention.output.dense")
            x = self.normalised(self.of("Add", attended, x), f"{layer}.attention.output.LayerNorm")
            inner = self.of("Gelu", self.linear(x, f"{layer}.intermediate.dense"), domain=_CONTRIB)
            x = self.normalised(
                self.of("Add", self.linear(inner, f"{layer}.output.dense"), x), f"{layer}.output.LayerNorm"
            )
        return x

    def model(
        self, name: str, inputs: Mapping[str, Sequence[int | str]], outputs: Mapping[str, Sequence[int | str]]
    ) -> onnx.ModelProto:
        """All nodes as a model; inputs are int64, outputs float32, of these shapes."""
        return helper.make_model(
            helper.make_graph(
                self.nodes,
                name,
                [helper.make_tensor_value_info(key, TensorProto.INT64, shape) for key, shape in inputs.items()],
                [helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in outputs.items()],
                self.initializers,
            ),
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)],
            ir_version=_IR_VERSION,
        )


def quantise(fp32_file: Path, int8_file: Path, kept: Sequence[str]) -> None:
    """Write a graph's products as int8, but for those with the weights `kept`, fused as far as can be.

    Weights have a scale an output channel, one a tensor loses far more, and 7 bits: the instructions of processors
    without VNNI add two products in 16 bits, which those of 8 overflow. So outputs are the same on every processor.
    """
    with tempfile.TemporaryDirectory() as scratch:
        unfused = Path(scratch, "unfused.onnx")
        quantize_dynamic(
            fp32_file,
            unfused,
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=[n.name for n in onnx.load(fp32_file).graph.node if not set(kept).isdisjoint(n.input)],
            # Of what comes out of operators that ONNX itself does not know.
            extra_options={"DefaultTensorType": TensorProto.FLOAT},
        )
        _fuse(unfused, int8_file)


def _fuse(source: Path, target: Path) -> None:
    """Have ONNX Runtime fuse what it can once and for all, so that a session opens without looking for it."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(target)
    # It warns that the file may be for this machine only, which holds for the level above.
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"], disabled_optimizers=UNFUSED)
