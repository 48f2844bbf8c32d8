"""The trained reader: one pass over a question and a passage says where an answer stands, if any."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from rag.errors import ModelError
from rag.models.calibrated import Fitted, read_fitted
from rag.models.cross_encoder import REINSTALL, WEIGHTS, PairModel, Window
from rag.models.spans import TokenScores, joined, token_scores

ONNX_FILE = "reader.onnx"
FITTED_FILE = "reader.json"


class PairScores(NamedTuple):
    """What the reader says of one passage: logits of its tokens, that it answers, and that it is about the question.

    Of a passage that is read in several windows, the tokens of all and the best of either logit. No tokens where the
    passage holds none.
    """

    tokens: TokenScores
    answerable: float
    relevance: float


class ReaderModel:
    """The reader's weights, and what was fitted beside them. Safe to share between threads."""

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Raises ModelError where the files in `folder` are missing or damaged."""
        self.fitted = _read_fitted(folder)
        self._model = PairModel(folder / ONNX_FILE, self.fitted.sha256)

    def cut(self, question: str) -> str:
        """What of `question` is read: all of it, or its first tokens."""
        return self._model.cut(question)

    def score(self, question: str, passages: Sequence[str], headings: Sequence[str] | None = None) -> list[PairScores]:
        """The PairScores of each passage. Raises ModelError where a score is not a number.

        `headings` are what passages stand under, a line each, read before them.
        """
        above = [f"{heading}\n" if heading else "" for heading in headings or [""] * len(passages)]
        read = self._model.read(question, [head + passage for head, passage in zip(above, passages, strict=True)])
        found = (_joined([_scores(window) for window in windows]) for windows in read)
        return [
            scores._replace(tokens=scores.tokens.behind(len(head))) for head, scores in zip(above, found, strict=True)
        ]


def _scores(window: Window) -> PairScores:
    starts, ends, answerable, relevance = window.outputs
    return PairScores(token_scores(starts, ends, window.encoding), float(answerable), float(relevance))


def _joined(windows: Sequence[PairScores]) -> PairScores:
    """Windows of one passage, in any order, as one."""
    if len(windows) == 1:
        return windows[0]
    ordered = sorted((window.tokens for window in windows), key=lambda tokens: int(tokens.offsets[0, 0]))
    answerable = max(window.answerable for window in windows)
    return PairScores(joined(ordered), answerable, max(window.relevance for window in windows))


def _read_fitted(folder: Path) -> Fitted:
    file = folder / FITTED_FILE
    try:
        return read_fitted(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ModelError(f"{file} is missing or damaged. {REINSTALL}") from error
