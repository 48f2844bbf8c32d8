"""`python -m training.verifier.train PREPARED READER OUT`: the verifier's weights; READER is a trained reader.

READER is a run's reader.pt, or the reader.onnx that comes along. From the last checkpoint if there is one. Seeded; on a
GPU where there is one, else on the processor. Nothing else should use the cores meanwhile.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from transformers.utils import logging

from rag.models.cross_encoder import MAX_FIRST_TOKENS
from rag.models.packaged_model import load_tokenizer, packaged_model
from training.draw import Phase, Schedule, in_order
from training.loop import run
from training.reader.batches import inputs_of, pooled, tokenizer_for
from training.verifier.model import Verifier, loss_of
from training.verifier.pairs import Pair, load

WEIGHTS = "verifier.pt"


SENTENCES: Phase = {
    "encyclopaedia-asked": 8000, "encyclopaedia-sentences": 6000, "natural-asked": 2500, "others-asked": 3500,
    "others-sentences": 2500, "tables-asked": 1500, "tabfact": 2000, "wiki_split": 6000, "conjnli": 4000,
    "cad_nli": 2500, "taxinli": 2500, "snli_dev": 1500, "snli_test": 1500, "negation_nli": 1000, "med": 700,
    "help": 500,
}  # fmt: skip
"""Made pairs and pairs of sentences, which are short and many."""

CLAIMS: Phase = {
    "fever": 9000, "fever_symmetric": 2000, "fool_me_twice": 4600, "factcheck_gpt": 5000, "citation_integrity": 4500,
    "check_covid": 2500, "scifact": 2500, "entailmentbank": 2800, "begin": 2000, "begin_tc": 700, "summedits": 2000,
    "wiki_split": 4000, "conjnli": 2000, "negation_nli": 500, "taxinli": 1000,
    "encyclopaedia-asked": 3000, "encyclopaedia-sentences": 5000, "others-sentences": 1500, "natural-sentences": 1500,
    "tables-asked": 500,
}  # fmt: skip
"""What people judged, small sets several times, among made pairs."""


@dataclass(frozen=True, slots=True)
class Recipe(Schedule):
    """What is drawn of which kind of pair in which phase, and the settings of the optimiser."""

    phases: tuple[Phase, ...] = (SENTENCES, CLAIMS)
    seed: int = 19
    dropout: float = 0.0

    def order(self, pairs: dict[str, list[Pair]]) -> list[Pair]:
        """The pairs in the order of training."""
        return in_order(self.phases, pairs, self.seed)


def encode(tokenizer: Tokenizer, pair: Pair) -> Encoding:
    """[CLS] statement [SEP] passage [SEP]."""
    return tokenizer.encode(" ".join(pair.statement.split()[:MAX_FIRST_TOKENS]), pair.passage)


def collate(chosen: Sequence[tuple[Encoding, Pair]]) -> dict[str, Tensor]:
    """One batch: see training.verifier.model.loss_of."""
    partly = [np.nan if pair.partly is None else float(pair.partly) for _, pair in chosen]
    return inputs_of([encoding for encoding, _ in chosen]) | {
        "supported": torch.tensor([float(pair.supported) for _, pair in chosen]),
        "partly": torch.tensor(partly, dtype=torch.float32),
    }


def batches(pairs: Sequence[Pair], tokenizer: Tokenizer, batch_tokens: int, seed: int) -> Iterator[dict[str, Tensor]]:
    """Batches of `pairs`, see training.reader.batches.pooled."""
    return pooled(pairs, lambda pair, *_: (encode(tokenizer, pair), pair), collate, batch_tokens, seed)


def train(prepared: Path, reader: Path, out: Path, recipe: Recipe) -> None:
    """Write OUT/verifier.pt; what is kept on the way, training.loop.run says."""
    out.mkdir(parents=True, exist_ok=True)
    logging.disable_progress_bar()
    torch.manual_seed(recipe.seed)
    names = sorted({name for phase in recipe.phases for name in phase})
    order = recipe.order({name: load(prepared / f"train-{name}.jsonl.gz") for name in names})
    model = Verifier(recipe.dropout)
    model.start_from(reader)
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    steps = batches(order, tokenizer, recipe.batch_tokens, recipe.seed)
    run(model, steps, len(order), loss_of, recipe, out, WEIGHTS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("reader", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    train(arguments.prepared, arguments.reader, arguments.out, Recipe())
