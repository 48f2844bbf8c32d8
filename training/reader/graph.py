"""A trained cross-encoder of this project's as an ONNX graph, from its weights in PyTorch."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import onnx
from torch import Tensor

from rag.models.encoder_graph import EncoderGraph

INPUTS = ("input_ids", "token_type_ids")

KEPT = ("span.weight", "pool.weight", "judge.weight")
"""Stay fp32: small, and what everything before them comes to."""

_ENCODER = "encoder."
"""Before the names of the encoder's weights in training.reader.model and training.verifier.model."""


def of_graph(name: str) -> str:
    """What the graph calls the model's weights of this name."""
    return name.removeprefix(_ENCODER)


def of_model(name: str) -> str:
    """The inverse of `of_graph`."""
    return _ENCODER + name if name.startswith(("encoder.", "embeddings.")) else name


def pair_graph(weights: Mapping[str, Tensor], of_tokens: Sequence[str], of_pairs: Sequence[str]) -> onnx.ModelProto:
    """The fp32 graph of a Reader's or a Verifier's weights.

    Inputs int64 [n, tokens], nothing padded; outputs float32: those `of_tokens` [n, tokens], by the linear layer
    "span", those `of_pairs` [n], by "pool" and "judge".
    """
    g = EncoderGraph({of_graph(name): value.float().numpy() for name, value in weights.items()})
    states = g.states(g.embedded_pair())
    if of_tokens:
        _named_apart(g, g.linear(states, "span"), of_tokens)
    first = g.of("Gather", states, g.given("first_token", np.array(0)), axis=1)
    _named_apart(g, g.linear(g.of("Tanh", g.linear(first, "pool")), "judge"), of_pairs)
    outputs: dict[str, list[int | str]] = {name: ["pairs", "tokens"] for name in of_tokens}
    outputs |= {name: ["pairs"] for name in of_pairs}
    return g.model("pairs", {name: ["pairs", "tokens"] for name in INPUTS}, outputs)


def fed(batch: Mapping[str, Tensor]) -> dict[str, npt.NDArray[np.int64]]:
    """What the graph takes of a batch of one pair: its tokens without the padding behind them."""
    tokens = int(batch["attention_mask"].sum())
    return {name: batch[name][:, :tokens].numpy() for name in INPUTS}


def _named_apart(g: EncoderGraph, x: str, names: Sequence[str]) -> None:
    """The last axis of x, taken apart into outputs."""
    parts = g.of("Split", x, outputs=len(names), axis=-1, num_outputs=len(names))
    last = g.given(f"{names[0]}_axis", np.array([-1]))
    for number, name in enumerate(names):
        g.named(g.of("Squeeze", f"{parts}_{number}" if number else parts, last), name)
