"""What is drawn from which set in which phase, and the settings of the optimiser."""

import random
from dataclasses import dataclass

from training.reader.examples import Example

Phase = dict[str, int]
"""Examples drawn, by set."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what the weights become, the data and the machine's rounding aside.

    The learning rate rises over the first `warmup_examples`, stays, and falls to nothing over the last `decay_share`
    (Hägele et al. 2024): a recipe with more phases goes on from a checkpoint of the level part of a shorter one, and
    gives the weights that it would have given from the start. The last phase is Wikipedia alone.
    """

    phases: tuple[Phase, ...] = (
        {
            "squad2": 4400, "squad11": 4200, "new_wiki": 5700, "negatives": 4000,
            "reddit": 6500, "amazon": 6500, "policyqa": 1200, "policyqa_test": 1200, "covidqa": 900,
        },
        {"squad2": 5600, "squad11": 4200, "new_wiki": 5700, "negatives": 4500},
        {
            "squad2": 2200, "squad11": 2100, "new_wiki": 2900, "negatives": 2500, "altered": 1700,
            "reddit": 3300, "amazon": 3300,
        },
        {"squad2": 3800, "squad11": 2900, "new_wiki": 3900, "negatives": 2700, "altered": 2200},
    )  # fmt: skip
    seed: int = 13
    batch_tokens: int = 2048
    learning_rate: float = 1.5e-4
    weight_decay: float = 0.01
    warmup_examples: int = 1638
    decay_share: float = 0.3
    dropout: float = 0.0
    long_from: int = 54600
    """From which example on windows are mostly long, as passages are when questions are asked."""

    def order(self, examples: dict[str, list[Example]]) -> list[Example]:
        """The examples in the order of training: a set that is drawn from more often than it is long goes round."""
        draw = random.Random(self.seed)
        left: dict[str, list[Example]] = {}
        order: list[Example] = []
        for phase in self.phases:
            drawn: list[Example] = []
            for name, count in phase.items():
                for _ in range(count):
                    if not left.get(name):
                        left[name] = draw.sample(examples[name], len(examples[name]))
                    drawn.append(left[name].pop())
            draw.shuffle(drawn)
            order += drawn
        return order

    def rate(self, done: int, total: int) -> float:
        """The learning rate when `done` of `total` examples are done."""
        if done < self.warmup_examples:
            return self.learning_rate * done / self.warmup_examples
        return self.learning_rate * max(0.02, min(1.0, (1 - done / total) / self.decay_share))
