"""The reader: all-MiniLM-L6-v2's encoder over a question and a passage, with three outputs from one pass."""

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

MASKED = -1e4
"""Logit of a position that cannot be chosen."""

ANSWERABLE_WEIGHT, RELEVANCE_WEIGHT = 0.5, 0.3


class Reader(nn.Module):
    """Start and end logits a token, an answerable and a relevance logit a pair of question and passage.

    Position 0, [CLS], stands for "no answer here" among the starts and ends (Devlin et al. 2019 on SQuAD 2.0), so
    that a span's score less that of position 0 compares between passages.
    """

    def __init__(self, encoder_folder: Path, dropout: float = 0.0) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(
            str(encoder_folder),
            dtype=torch.float32,
            # The fused attention of torch 2.13 takes half of a step on a processor, most of it on the way back; plain
            # products of matrices take a sixth. ONNX gets a simpler graph from them too.
            attn_implementation="eager",
            add_pooling_layer=False,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=0.0,
        )
        # The words' own vectors stay as they are: half of the weights, and few of them occur in a small training set.
        self.encoder.embeddings.word_embeddings.weight.requires_grad = False
        width = self.encoder.config.hidden_size
        self.span = nn.Linear(width, 2)
        self.pool = nn.Linear(width, width)
        self.judge = nn.Linear(width, 2)
        for layer in (self.span, self.pool, self.judge):
            nn.init.normal_(layer.weight, std=0.02)
            nn.init.zeros_(layer.bias)

    def states(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """What the encoder makes of each token, float [n, tokens, width]."""
        encoded = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids)
        states: Tensor = encoded.last_hidden_state
        return states

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Starts and ends float [n, tokens], answerable and relevance float [n]; inputs int64 [n, tokens]."""
        hidden = self.states(input_ids, attention_mask, token_type_ids)
        starts, ends = self.span(hidden).unbind(-1)
        answerable, relevance = self.judge(torch.tanh(self.pool(hidden[:, 0]))).unbind(-1)
        return starts, ends, answerable, relevance


def loss_of(outputs: tuple[Tensor, ...], batch: dict[str, Tensor], smoothing: float = 0.0) -> Tensor:
    """The sum over the batch of the losses of span, answerable and relevance.

    A share `smoothing` of a start's or an end's weight is spread over all positions that can be chosen.

    A batch has starts and ends, int64 [n], 0 where there is no answer; choosable, bool [n, tokens]; answerable, float
    [n]; relevance, float [n], NaN where nobody knows.
    """
    starts, ends, answerable, relevance = outputs
    total = torch.zeros((), device=starts.device)
    for logits, target in ((starts, batch["starts"]), (ends, batch["ends"])):
        masked = logits.float().masked_fill(~batch["choosable"], MASKED)
        total = total + nn.functional.cross_entropy(masked, target, reduction="sum") * (1 - smoothing) / 2
        if smoothing:
            each = masked.log_softmax(-1).masked_fill(~batch["choosable"], 0.0).sum(-1) / batch["choosable"].sum(-1)
            total = total - each.sum() * smoothing / 2
    judged = nn.functional.binary_cross_entropy_with_logits
    total = total + ANSWERABLE_WEIGHT * judged(answerable.float(), batch["answerable"], reduction="sum")
    known = ~batch["relevance"].isnan()
    return total + RELEVANCE_WEIGHT * judged(relevance.float()[known], batch["relevance"][known], reduction="sum")
