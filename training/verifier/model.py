"""The verifier: the reader's encoder over a statement and a passage, with two outputs from one pass."""

from pathlib import Path

import torch
from torch import Tensor, nn

from rag.models.packaged_model import packaged_model
from training.reader.model import Reader
from training.reader.restored import weights_in

PARTLY_WEIGHT = 0.5


class Verifier(nn.Module):
    """Two logits a pair: that the passage supports all of the statement, and that it supports some of it."""

    def __init__(self, dropout: float = 0.0) -> None:
        super().__init__()
        reader = Reader(packaged_model(), dropout)
        self.encoder, self.pool = reader.encoder, reader.pool
        width = self.encoder.config.hidden_size
        self.judge = nn.Linear(width, 2)
        nn.init.normal_(self.judge.weight, std=0.02)
        nn.init.zeros_(self.judge.bias)

    def start_from(self, reader: Path) -> None:
        """Take over what a trained reader, in PyTorch or as int8, knows of reading two texts together."""
        own = {name: value for name, value in weights_in(reader).items() if name.startswith(("encoder.", "pool."))}
        self.load_state_dict(own, strict=False)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, ...]:
        """Supported and partly, float [n]; inputs int64 [n, tokens]."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        supported, partly = self.judge(torch.tanh(self.pool(hidden[:, 0]))).unbind(-1)
        return supported, partly


def loss_of(outputs: tuple[Tensor, ...], batch: dict[str, Tensor]) -> Tensor:
    """The sum over the batch of the losses of both outputs; `partly` is NaN where nobody knows."""
    supported, partly = outputs
    judged = nn.functional.binary_cross_entropy_with_logits
    known = ~batch["partly"].isnan()
    total = judged(supported.float(), batch["supported"], reduction="sum")
    return total + PARTLY_WEIGHT * judged(partly.float()[known], batch["partly"][known], reduction="sum")
