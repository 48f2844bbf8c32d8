"""Answer spans from a reader's logits: which range of a passage answers best, and by how much."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding

from rag.text.sentences import Span

MAX_SPAN_TOKENS = 30
"""Longest answer; 99 in 100 annotated answers of squad2's training articles are shorter."""

Logits = npt.NDArray[np.float32]


class TokenScores(NamedTuple):
    """What a reader says of the tokens of one passage.

    `starts` and `ends`, float32 [tokens], are logits less that of "no answer here", so that they compare between
    passages; `offsets`, int64 [tokens, 2], are the tokens' character ranges in the passage.
    """

    starts: Logits
    ends: Logits
    offsets: npt.NDArray[np.int64]

    def part(self, first: int, last: int | None = None) -> "TokenScores":
        """The tokens from number `first` on, up to but without `last`."""
        return TokenScores(self.starts[first:last], self.ends[first:last], self.offsets[first:last])

    def behind(self, place: int) -> "TokenScores":
        """The tokens from a character on, which offsets are counted from."""
        first = int(np.searchsorted(self.offsets[:, 0], place))
        return TokenScores(self.starts[first:], self.ends[first:], self.offsets[first:] - place)


def token_scores(starts: Logits, ends: Logits, encoding: Encoding) -> TokenScores:
    """The TokenScores of a passage from a reader's logits of the pair, float32 [tokens], that it ends."""
    held = [i for i, sequence in enumerate(encoding.sequence_ids) if sequence == 1]
    offsets: npt.NDArray[np.int64] = np.array([encoding.offsets[i] for i in held], dtype=np.int64).reshape(-1, 2)
    return TokenScores(starts[held] - starts[0], ends[held] - ends[0], offsets)


def joined(windows: Sequence[TokenScores]) -> TokenScores:
    """Windows of one passage, in their order, as one: of what two of them share, half from either.

    So each token has been read with context on both sides, as far as a window has it.
    """
    parts = list(windows[:1])
    for window in windows[1:]:
        before = parts[-1]
        shared = len(before.offsets) - int(np.searchsorted(before.offsets[:, 0], window.offsets[0, 0]))
        parts[-1] = before.part(0, len(before.offsets) - shared // 2)
        parts.append(window.part(shared - shared // 2))
    return TokenScores(
        np.concatenate([part.starts for part in parts]),
        np.concatenate([part.ends for part in parts]),
        np.concatenate([part.offsets for part in parts]),
    )


class ScoredSpan(NamedTuple):
    """A character range of a passage, and its score: above 0 where the reader rather sees an answer than none."""

    span: Span
    score: float


def best_span(tokens: TokenScores, within: Span | None = None) -> ScoredSpan | None:
    """The best answer of at most MAX_SPAN_TOKENS tokens, inside `within` where that is given; None without tokens.

    Ties go to the earlier and shorter span. Scores that are not finite never win.
    """
    first, last = 0, len(tokens.starts)
    if within is not None:
        first = int(np.searchsorted(tokens.offsets[:, 0], within[0], side="left"))
        last = int(np.searchsorted(tokens.offsets[:, 1], within[1], side="right"))
    if first >= last:
        return None
    starts, ends = tokens.starts[first:last], tokens.ends[first:last]
    sums = starts[:, None] + ends[None, :]
    length = np.arange(last - first)[None, :] - np.arange(last - first)[:, None]
    allowed = (length >= 0) & (length < MAX_SPAN_TOKENS) & np.isfinite(sums)
    if not allowed.any():
        return None
    sums = np.where(allowed, sums, -np.inf)
    left, right = np.unravel_index(int(np.argmax(sums)), sums.shape)
    span = (int(tokens.offsets[first + left, 0]), int(tokens.offsets[first + right, 1]))
    return ScoredSpan(span, float(sums[left, right]))
