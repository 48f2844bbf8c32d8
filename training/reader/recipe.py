"""What is drawn from which set in which phase, and the settings of the optimiser."""

from collections import Counter
from dataclasses import dataclass, replace
from math import ceil

from training.draw import Phase, Schedule, in_order
from training.reader.examples import Example

SENTENCES: Phase = {"qamr": 28000, "squad_train": 26000, "altered": 4000, "negatives": 2000}
"""Half of it single sentences, which are short and easy."""

LAST: Phase = {
    "squad2": 4400, "squad11": 4200, "new_wiki": 5600, "squad_train": 42600,
    "tydiqa": 3000, "nq_open_oracle": 2300, "qed": 360, "multispanqa": 560, "nq_unanswerable": 4200, "timeqa": 1000,
    "wikitablequestions": 6200, "tatqa": 530, "tatqa_tables": 520,
    "altered": 6000, "negatives": 5000,
}  # fmt: skip
"""A round of encyclopaedias, of what people ask who have not seen them, and of tables."""

EVERYTHING: Phase = LAST | {
    "squad_train_lower": 7200, "nq_swap": 1600, "reddit": 9400, "amazon": 9400, "policyqa": 7300, "covidqa": 1200,
    "fairytaleqa": 5000, "friendsqa": 1400, "molweni": 1900, "qamr": 8000,
    "altered": 9000, "neighbours": 6000, "negatives": 9000,
}  # fmt: skip
"""A round of nearly everything; less of QAMR, of swapped answers, and of scripts of a series."""


UNANSWERED = ("altered", "neighbours", "negatives")
"""What was made for want of questions without an answer."""


@dataclass(frozen=True, slots=True)
class Recipe(Schedule):
    """Everything that decides what the weights become, the data and the machine's rounding aside.

    The last phase is encyclopaedias and tables.
    """

    phases: tuple[Phase, ...] = (SENTENCES, EVERYTHING, EVERYTHING, LAST)
    seed: int = 13
    learning_rate: float = 1.5e-4
    warmup_examples: int = 1638
    decay_share: float = 0.3
    dropout: float = 0.0
    smoothing: float = 0.0
    """The share of a start's or an end's weight in the loss that is spread over all tokens."""
    long_from: int = 211_870
    """From which example on windows are mostly long, as passages are when questions are asked."""
    of_negatives: float = 1.0
    """What the counts of passages and altered questions without an answer are multiplied by."""
    mixed: float = 0.0
    """Other than 0: all phases are one, in no order."""

    def order(self, examples: dict[str, list[Example]]) -> list[Example]:
        """The examples in the order of training."""
        phases = [
            {name: round(count * (self.of_negatives if name in UNANSWERED else 1)) for name, count in phase.items()}
            for phase in self.phases
        ]
        if self.mixed:
            phases = [dict(sum(map(Counter, phases), Counter()))]
        return in_order(phases, examples, self.seed)


def shortened(recipe: Recipe, share: float) -> Recipe:
    """The recipe with a share of the examples of each phase."""
    phases = tuple({name: ceil(count * share) for name, count in phase.items()} for phase in recipe.phases)
    return replace(recipe, phases=phases, long_from=round(recipe.long_from * share))
