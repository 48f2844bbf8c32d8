"""Tokens as an embedding model counts them: what the chunker measures passages by."""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from tokenizers import Tokenizer
from tokenizers.pre_tokenizers import BertPreTokenizer

_WORD = re.compile(r"[^\W_]+|\S")
_IS_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


class Word(NamedTuple):
    """A stretch of a text that is not cut, `text[start:end]`, and how many tokens it is."""

    start: int
    end: int
    tokens: int


class TokenCounter(Protocol):
    """What a model takes of a text. Safe to share between threads."""

    @property
    def overhead(self) -> int:
        """Tokens that the model is given beside a passage's own: special ones, a prefix."""

    @property
    def seam(self) -> int:
        """Tokens that two texts with a space between may have beside their own."""

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without `overhead`."""

    def words(self, text: str) -> Iterator[Word]:
        """The words of a text, in order."""


class TokenizerCounter:
    """Counts as a Hugging Face tokenizer does; `prefix` is put before each passage."""

    def __init__(self, tokenizer: Tokenizer, prefix: str = "") -> None:
        self._tokenizer = tokenizer
        self.overhead = len(tokenizer.encode(prefix).ids)
        # Where words are told apart first, a space is no part of any token.
        self.seam = 0 if isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) else 1

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return [
            len(encoding.ids) for encoding in self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        ]

    def words(self, text: str) -> Iterator[Word]:
        """The words of a text, in order."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        for _, tokens in groupby(zip(encoding.word_ids, encoding.offsets, strict=True), lambda token: token[0]):
            offsets = [offset for _, offset in tokens]
            yield Word(offsets[0][0], offsets[-1][1], len(offsets))


class FunctionCounter:
    """Counts as a function does that gives one text's tokens, the overhead among them."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self._count = count
        self.overhead = count("")
        self.seam = 1

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text."""
        return [max(0, self._count(text) - self.overhead) for text in texts]

    def words(self, text: str) -> Iterator[Word]:
        """The words of a text, in order; where a script has no spaces, its signs."""
        for match in _WORD.finditer(text):
            signs = [(place, place + 1) for place in range(*match.span())]
            spans = signs if _IS_WIDE.search(match[0]) else [match.span()]
            for start, end in spans:
                yield Word(start, end, self.count([text[start:end]])[0])
