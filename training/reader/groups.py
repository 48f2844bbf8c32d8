"""Passages of one question trained on together: what one says of a span is normalised over the tokens of all.

When a question is asked, spans of eight passages are compared by their score less that of "no answer" in their own
passage. Trained on one by one, nothing makes these differences comparable (shared normalisation, Clark and Gardner
2018).
"""

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from training.reader.batches import collate, encode, padded
from training.reader.examples import Example, headed
from training.reader.model import MASKED, loss_of
from training.reader.windows import LONG, window

Group = Sequence[Example]
"""Examples of one question: one with an answer or none, then passages without."""

POOL = 256
"""Groups that are sorted by length together."""

GROUP_WEIGHT = 2.0
"""Of a question's loss over all its passages, beside that of each passage by itself."""

MOST = 4
"""Passages of a question."""


def groups_of(examples: Iterable[Example], negatives: Iterable[Example]) -> list[Group]:
    """Each example with the negatives of its question, at most MOST together."""
    others: dict[tuple[str, str], list[Example]] = defaultdict(list)
    for negative in negatives:
        others[negative.set, negative.question].append(negative)
    return [[example, *others[example.set, example.question][: MOST - 1]] for example in examples]


def group_batches(
    groups: Sequence[Group], tokenizer: Tokenizer, batch_tokens: int, seed: int
) -> Iterator[dict[str, Tensor]]:
    """Batches of whole groups, of about `batch_tokens` tokens, as training.reader.batches makes them of examples.

    Each has `group`, int64 [n], beside what training.reader.model.loss_of wants.
    """
    for start in range(0, len(groups), POOL):
        draw = random.Random(f"{seed}-{start}")
        pool = []
        for group in groups[start : start + POOL]:
            shown = [headed(window(one, draw, LONG)) for one in group]
            pool.append([(encode(tokenizer, one), one) for one in shown])
        pool.sort(key=lambda pairs: max(len(encoding.ids) for encoding, _ in pairs))
        ready, batch, pairs_in = [], [], 0
        for pairs in pool:
            width = padded(max(len(encoding.ids) for encoding, _ in pairs))
            if batch and (pairs_in + len(pairs)) * width > batch_tokens:
                ready.append(batch)
                batch, pairs_in = [], 0
            batch.append(pairs)
            pairs_in += len(pairs)
        ready.append(batch)
        draw.shuffle(ready)
        for batch in ready:
            numbers = [number for number, pairs in enumerate(batch) for _ in pairs]
            yield collate([pair for pairs in batch for pair in pairs]) | {"group": torch.tensor(numbers)}


def loss_of_groups(outputs: tuple[Tensor, ...], batch: dict[str, Tensor]) -> Tensor:
    """loss_of, and for each group that of its span and of its relevant passage among all of its passages.

    Starts and ends count less their passage's "no answer"; that the group holds none scores 0.
    """
    starts, ends, _, relevance = outputs
    among = batch["group"][None] == torch.arange(int(batch["group"].max()) + 1, device=starts.device)[:, None]
    total = loss_of(outputs, batch)
    choosable = batch["choosable"].clone()
    choosable[:, 0] = False
    for logits, target in ((starts, batch["starts"]), (ends, batch["ends"])):
        scores = (logits.float() - logits.float()[:, :1]).masked_fill(~choosable, MASKED)
        every = torch.logaddexp(_within(scores.logsumexp(-1), among), torch.zeros((), device=scores.device))
        answers = among & (target > 0)
        right = _within(scores.gather(1, target[:, None])[:, 0], answers)
        total = total + GROUP_WEIGHT / 2 * (every - torch.where(answers.any(-1), right, 0.0)).sum()
    relevant = among & (batch["relevance"] == 1)
    ranked = relevant.any(-1) & (among.sum(-1) > 1)
    judged = _within(relevance.float(), among) - _within(relevance.float(), relevant)
    return total + GROUP_WEIGHT / 2 * judged[ranked].sum()


def _within(values: Tensor, among: Tensor) -> Tensor:
    """The logsumexp of the values [n] that are among each group, [groups, n]; MASKED where none is."""
    return nn.functional.pad(values[None].masked_fill(~among, MASKED), (0, 1), value=MASKED).logsumexp(-1)
