"""What is trained on in which order, and at which rate: shared by the recipes of the reader and the verifier."""

import random
from collections.abc import Iterable, Mapping, Sequence
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


def share_of_rate(done: int, total: int, warmup_examples: int, decay_share: float) -> float:
    """The share of the learning rate when `done` of `total` examples are done: rising, level, falling.

    After Hägele et al. 2024: it falls over the last `decay_share`.
    """
    if done < warmup_examples:
        return done / warmup_examples
    return max(LEAST_RATE, min(1.0, (1 - done / total) / decay_share))
