"""What is drawn from which set in which phase, and the settings of the optimiser."""

from dataclasses import dataclass

from training.draw import Phase, in_order, share_of_rate
from training.reader.examples import Example


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
            "reddit": 6500, "amazon": 6500, "policyqa": 2400, "covidqa": 900,
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
        """The examples in the order of training."""
        return in_order(self.phases, examples, self.seed)

    def rate(self, done: int, total: int) -> float:
        """The learning rate when `done` of `total` examples are done."""
        return self.learning_rate * share_of_rate(done, total, self.warmup_examples, self.decay_share)
