"""Examples as batches of tokens: a seeded order, windows, lengths in steps of 16, about as many tokens in each."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Encoding, Tokenizer
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from rag.models.cross_encoder import MAX_FIRST_TOKENS, MAX_TOKENS
from training.reader.examples import Example, headed
from training.reader.windows import LONG, SHORT, window

T = TypeVar("T")

LENGTH_STEP = 16
"""Few lengths, since each new one grows torch's cache."""

POOL = 1024
"""Examples that are sorted by length together."""


def tokenizer_for(tokenizer: Tokenizer) -> Tokenizer:
    """The tokenizer, set to cut passages and not questions."""
    tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")
    tokenizer.no_padding()
    return tokenizer


def encode(tokenizer: Tokenizer, example: Example) -> Encoding:
    """[CLS] question [SEP] passage [SEP]; a question is cut after about MAX_FIRST_TOKENS words."""
    return tokenizer.encode(" ".join(example.question.split()[:MAX_FIRST_TOKENS]), example.passage)


def batches(
    examples: Sequence[Example], tokenizer: Tokenizer, batch_tokens: int, seed: int, long_from: int, workers: int = 0
) -> Iterator[dict[str, Tensor]]:
    """Batches of windows of `examples`, see pooled; from example `long_from` on they are LONG."""

    def encoded(example: Example, place: int, draw: random.Random) -> tuple[Encoding, Example]:
        shown = headed(window(example, draw, LONG if place >= long_from else SHORT))
        return encode(tokenizer, shown), shown

    return pooled(examples, encoded, collate, batch_tokens, seed, workers)


def pooled(
    rows: Sequence[T],
    encoded: Callable[[T, int, random.Random], tuple[Encoding, T]],
    collated: Callable[[Sequence[tuple[Encoding, T]]], dict[str, Tensor]],
    batch_tokens: int,
    seed: int,
    workers: int = 0,
) -> Iterator[dict[str, Tensor]]:
    """Batches of `rows` in their order, but for sorting by length within POOL; the same for the same seed.

    `encoded` makes tokens of a row, told its place and what chance is taken from; `collated` makes a batch. `workers`
    processes do so ahead; with none, this one does.
    """
    pools = _Pools(rows, encoded, collated, batch_tokens, seed)
    for pool in DataLoader(pools, batch_size=None, num_workers=workers):
        for batch in pool:
            yield {name: torch.as_tensor(values) for name, values in batch.items()}


@dataclass(frozen=True, slots=True)
class _Pools(Dataset[list[dict[str, npt.NDArray[np.generic]]]], Generic[T]):
    """The batches of each POOL of rows, as arrays: thousands of tensors shared by processes want as many files."""

    rows: Sequence[T]
    encoded: Callable[[T, int, random.Random], tuple[Encoding, T]]
    collated: Callable[[Sequence[tuple[Encoding, T]]], dict[str, Tensor]]
    batch_tokens: int
    seed: int

    def __len__(self) -> int:
        return ceil(len(self.rows) / POOL)

    def __getitem__(self, number: int) -> list[dict[str, npt.NDArray[np.generic]]]:
        start = number * POOL
        draw = random.Random(f"{self.seed}-{start}")
        encoded = [self.encoded(row, start + at, draw) for at, row in enumerate(self.rows[start : start + POOL])]
        encoded.sort(key=lambda pair: len(pair[0].ids))
        ready = list(by_tokens(encoded, self.batch_tokens))
        draw.shuffle(ready)
        return [{name: tensor.numpy() for name, tensor in self.collated(pairs).items()} for pairs in ready]


def by_tokens(encoded: Sequence[tuple[Encoding, T]], batch_tokens: int) -> Iterator[list[tuple[Encoding, T]]]:
    """Runs of what is encoded, each of as many as `batch_tokens` hold."""
    batch: list[tuple[Encoding, T]] = []
    for pair in encoded:
        if batch and (len(batch) + 1) * padded(len(pair[0].ids)) > batch_tokens:
            yield batch
            batch = []
        batch.append(pair)
    if batch:
        yield batch


def padded(length: int) -> int:
    """The next multiple of LENGTH_STEP."""
    return -(-length // LENGTH_STEP) * LENGTH_STEP


def inputs_of(encodings: Sequence[Encoding]) -> dict[str, Tensor]:
    """What an encoder takes, int64 [n, tokens] each, padded with zeros."""
    width = padded(max(len(encoding.ids) for encoding in encodings))
    ids, mask, types = (np.zeros((len(encodings), width), dtype=np.int64) for _ in range(3))
    for row, encoding in enumerate(encodings):
        length = len(encoding.ids)
        ids[row, :length], mask[row, :length], types[row, :length] = encoding.ids, 1, encoding.type_ids
    return {
        "input_ids": torch.from_numpy(ids),
        "attention_mask": torch.from_numpy(mask),
        "token_type_ids": torch.from_numpy(types),
    }


def collate(pairs: Sequence[tuple[Encoding, Example]]) -> dict[str, Tensor]:
    """One batch, as rag's loss wants it: see training.reader.model.loss_of."""
    inputs = inputs_of([encoding for encoding, _ in pairs])
    choosable = np.zeros(inputs["input_ids"].shape, dtype=bool)
    targets = np.zeros((2, len(pairs)), dtype=np.int64)
    relevance = np.zeros(len(pairs), dtype=np.float32)
    for row, (encoding, example) in enumerate(pairs):
        choosable[row, : len(encoding.ids)] = [sequence == 1 for sequence in encoding.sequence_ids]
        choosable[row, 0] = True
        targets[:, row] = _target(encoding, example)
        removed = not example.spans and example.id.endswith("-removed")
        relevance[row] = np.nan if removed else example.relevant
    return inputs | {
        "choosable": torch.from_numpy(choosable),
        "starts": torch.from_numpy(targets[0]),
        "ends": torch.from_numpy(targets[1]),
        "answerable": torch.from_numpy((targets[1] > 0).astype(np.float32)),
        "relevance": torch.from_numpy(relevance),
    }


def _target(encoding: Encoding, example: Example) -> tuple[int, int]:
    """Tokens of the first span; (0, 0) where there is none, or where it was cut off."""
    if not example.spans:
        return 0, 0
    start, end = example.spans[0]
    # White space at the edges belongs to no token.
    first, last = encoding.char_to_token(start, 1), encoding.char_to_token(end - 1, 1)
    return (first, last) if first is not None and last is not None else (0, 0)
