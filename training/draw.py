"""What is trained on in which order, and at which rate: shared by the recipes of the reader and the verifier."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

Phase = dict[str, int]
"""Examples drawn, by set."""

LEAST_RATE = 0.02
"""What is left of the learning rate at the end."""


def in_order(phases: Iterable[Phase], examples: Mapping[str, Sequence[T]], seed: int) -> list[T]:
    """The examples in the order of training: a set that is drawn from more often than it is long goes round."""
    draw = random.Random(seed)
    left: dict[str, list[T]] = {}
    order: list[T] = []
    for phase in phases:
        drawn: list[T] = []
        for name, count in phase.items():
            for _ in range(count):
                if not left.get(name):
                    left[name] = draw.sample(examples[name], len(examples[name]))
                drawn.append(left[name].pop())
        draw.shuffle(drawn)
        order += drawn
    return order


@dataclass(frozen=True, slots=True)
class Schedule:
    """How fast a model learns, and which of its weights are kept; a recipe says the rest.

    The learning rate rises over the first `warmup_examples`, stays, and falls to nothing over the last `decay_share`
    (Hägele et al. 2024): a recipe with more phases goes on from a checkpoint of the level part of a shorter one, and
    gives the weights that it would have given from the start.
    """

    batch_tokens: int = 2048
    learning_rate: float = 1e-4
    weight_decay: float = 0.01
    warmup_examples: int = 1600
    decay_share: float = 0.4
    layer_rates: float = 1.0
    """What a layer's learning rate is multiplied by for the layer below it."""
    averaged: float = 0.0
    """The share of the examples, the last ones, over which weights are averaged to become the result."""

    def rate(self, done: int, total: int) -> float:
        """The learning rate when `done` of `total` examples are done."""
        if done < self.warmup_examples:
            return self.learning_rate * done / self.warmup_examples
        return self.learning_rate * max(LEAST_RATE, min(1.0, (1 - done / total) / self.decay_share))
