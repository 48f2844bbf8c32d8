"""The teacher: all-mpnet-base-v2's encoder as a reader, too large to ship, and what a reader learns from its scores."""

import torch
from torch import Tensor, nn

from training.loop import INPUTS, autocast
from training.reader.model import ANSWERABLE_WEIGHT, MASKED, RELEVANCE_WEIGHT, Reader, loss_of

TEMPERATURE = 2.0
"""What logits are divided by before they are compared, so that nearly right places count (Hinton et al. 2015)."""

TOLD = 0.7
"""The share of the loss that compares with the teacher; the rest compares with what annotators chose."""

_SHIFT = 4
"""What MPNet's vocabulary has before the words of BERT's, which follow in BERT's order."""

_SPECIAL = {101: 0, 102: 2, 0: 1}
"""BERT's numbers of [CLS], [SEP] and [PAD] to those that MPNet was trained with."""


class Teacher(Reader):
    """A Reader on MPNet's encoder, given the reader's own tokens, so that their scores fit one to one.

    MPNet knows no types of tokens: the mark between the texts tells them apart.
    """

    def states(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """What the encoder makes of each token, float [n, tokens, width]."""
        ids = input_ids + _SHIFT
        for own, other in _SPECIAL.items():
            ids = ids.masked_fill(input_ids == own, other)
        states: Tensor = self.encoder(input_ids=ids, attention_mask=attention_mask).last_hidden_state
        return states


def distilled_loss(outputs: tuple[Tensor, ...], batch: dict[str, Tensor], teacher: Teacher) -> Tensor:
    """The sum over the batch of what a reader's outputs lose against the annotators and against the teacher."""
    with torch.inference_mode(), autocast():
        told = [output.float() for output in teacher(*(batch[name] for name in INPUTS))]
    total = torch.zeros((), device=outputs[0].device)
    for own, others in zip(outputs[:2], told[:2], strict=True):
        given, wanted = ((o.float().masked_fill(~batch["choosable"], MASKED) / TEMPERATURE) for o in (own, others))
        apart = nn.functional.kl_div(given.log_softmax(-1), wanted.softmax(-1), reduction="sum")
        total = total + apart * TEMPERATURE**2 / 2
    judged = nn.functional.binary_cross_entropy_with_logits
    for own, others, weight in zip(outputs[2:], told[2:], (ANSWERABLE_WEIGHT, RELEVANCE_WEIGHT), strict=True):
        total = total + weight * judged(own.float(), others.sigmoid(), reduction="sum")
    return TOLD * total + (1 - TOLD) * loss_of(outputs, batch)
