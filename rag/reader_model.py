"""The trained reader on ONNX Runtime: one pass over a question and a passage says where an answer stands, if any."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
from pydantic import ValidationError
from tokenizers import Encoding

from rag.cores import core_count
from rag.embed import load_tokenizer, packaged_model
from rag.errors import ModelError
from rag.fitted import Fitted, read_fitted
from rag.spans import TokenScores, joined, token_scores

WEIGHTS = Path(__file__).parent / "weights"
ONNX_FILE = "reader.onnx"
FITTED_FILE = "reader.json"

MAX_TOKENS = 320
"""Of a pair; a longer passage is read in windows."""

MAX_QUESTION_TOKENS = 64
WINDOW_OVERLAP = 64

_REINSTALL = "Install footnote-rag again, or check the file out again."


class PairScores(NamedTuple):
    """What the reader says of one passage: logits of its tokens, that it answers, and that it is about the question.

    Of a passage that is read in several windows, the tokens of all and the best of either logit. No tokens where the
    passage holds none.
    """

    tokens: TokenScores
    answerable: float
    relevance: float


class ReaderModel:
    """The reader's weights. Safe to share between threads.

    Each pair is one call, on as many threads as there are cores: nothing is padded, and what is said of a passage does
    not depend on the passages beside it, which dynamic int8 scales would otherwise make it do.
    """

    def __init__(self, folder: Path = WEIGHTS) -> None:
        """Raises ModelError where the files in `folder` are missing or damaged."""
        self.fitted = _read_fitted(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        onnx = _intact(folder / ONNX_FILE, self.fitted.sha256)
        self._session = onnxruntime.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self._tokenizer = load_tokenizer(packaged_model())
        self._tokenizer.enable_truncation(MAX_TOKENS, stride=WINDOW_OVERLAP, strategy="only_second")
        self._questions = load_tokenizer(packaged_model())
        self._pool = ThreadPoolExecutor(core_count(), thread_name_prefix="read")

    def cut(self, question: str) -> str:
        """What of `question` is read: all of it, or its first MAX_QUESTION_TOKENS tokens."""
        encoding = self._questions.encode(question, add_special_tokens=False)
        if len(encoding.ids) <= MAX_QUESTION_TOKENS:
            return question
        return question[: encoding.offsets[MAX_QUESTION_TOKENS - 1][1]]

    def score(self, question: str, passages: Sequence[str]) -> list[PairScores]:
        """The PairScores of each passage. Raises ModelError where a score is not a number."""
        asked = self.cut(question)
        encodings = self._tokenizer.encode_batch([(asked, passage) for passage in passages])
        windows = [(i, w) for i, encoding in enumerate(encodings) for w in (encoding, *encoding.overflowing)]
        # Longest first, so that no core is left with a long one at the end.
        windows.sort(key=lambda pair: -len(pair[1].ids))
        found: list[list[PairScores]] = [[] for _ in passages]
        for (i, _), scores in zip(windows, self._pool.map(self._window, (w for _, w in windows)), strict=True):
            found[i].append(scores)
        return [_joined(scores) for scores in found]

    def _window(self, encoding: Encoding) -> PairScores:
        starts, ends, answerable, relevance = self._session.run(
            None,
            {
                "input_ids": np.array([encoding.ids], dtype=np.int64),
                "attention_mask": np.array([encoding.attention_mask], dtype=np.int64),
                "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
            },
        )
        if not all(np.isfinite(output).all() for output in (starts, ends, answerable, relevance)):
            raise ModelError("the reader gave scores that are not numbers; its weights are damaged. Install it again.")
        tokens = token_scores(starts[0], ends[0], encoding)
        return PairScores(tokens, float(answerable[0]), float(relevance[0]))


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
        raise ModelError(f"{file} is missing or damaged. {_REINSTALL}") from error


def _intact(file: Path, sha256: str) -> bytes:
    try:
        weights = file.read_bytes()
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}). {_REINSTALL}") from None
    if hashlib.sha256(weights).hexdigest() != sha256:
        raise ModelError(
            f"{file} is damaged: its sha256 is not that of the weights this version came with. {_REINSTALL}"
        )
    return weights
