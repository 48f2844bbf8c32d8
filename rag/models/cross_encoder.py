"""A cross-encoder of this project's own on ONNX Runtime: a short text read together with each of several passages."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from tokenizers import Encoding, Tokenizer

from rag.cores import core_count
from rag.errors import ModelError
from rag.models.onnx_session import open_session, sha256_of
from rag.models.packaged_model import load_tokenizer, packaged_model

WEIGHTS = Path(__file__).parent / "weights"

MAX_TOKENS = 320
"""Of a pair; a longer passage is read in windows."""

MAX_FIRST_TOKENS = 64
"""Of the short text; the rest of it is not read."""

WINDOW_OVERLAP = 64

REINSTALL = "Install footnote-rag again, or check the file out again."


class Window(NamedTuple):
    """A stretch of a passage behind the short text, and what the model's outputs are for it, the first axis removed."""

    encoding: Encoding
    outputs: list[npt.NDArray[np.float32]]


class PairModel:
    """Weights that read pairs. Safe to share between threads.

    Each pair is one call, on as many threads as there are cores: nothing is padded, and what is said of a passage does
    not depend on the passages beside it, which dynamic int8 scales would otherwise make it do.
    """

    def __init__(self, file: Path, sha256: str) -> None:
        """Raises ModelError where the file is missing or not the one that has this sha256."""
        self._file = file
        _check(file, sha256)
        self._session = open_session(file)
        self._tokenizer = load_tokenizer(packaged_model())
        self._tokenizer.enable_truncation(MAX_TOKENS, stride=WINDOW_OVERLAP, strategy="only_second")
        self._pool = ThreadPoolExecutor(core_count(), thread_name_prefix="read")

    def cut(self, text: str) -> str:
        """What of the short text is read: all of it, or its first MAX_FIRST_TOKENS tokens."""
        if len(text) <= MAX_FIRST_TOKENS:
            return text  # no token is shorter than a character
        encoding = self._firsts.encode(text, add_special_tokens=False)
        if len(encoding.ids) <= MAX_FIRST_TOKENS:
            return text
        return text[: encoding.offsets[MAX_FIRST_TOKENS - 1][1]]

    @cached_property
    def _firsts(self) -> Tokenizer:
        return load_tokenizer(packaged_model())

    def read(self, text: str, passages: Sequence[str]) -> list[list[Window]]:
        """The windows of each passage, in any order. Raises ModelError where an output is not a number."""
        return self.read_pairs([(self.cut(text), passage) for passage in passages])

    def read_pairs(self, pairs: Sequence[tuple[str, str]]) -> list[list[Window]]:
        """The same of pairs whose short texts differ and are short enough."""
        encodings = self._tokenizer.encode_batch(list(pairs))
        windows = [(i, w) for i, encoding in enumerate(encodings) for w in (encoding, *encoding.overflowing)]
        # Longest first, so that no core is left with a long one at the end.
        windows.sort(key=lambda pair: -len(pair[1].ids))
        found: list[list[Window]] = [[] for _ in pairs]
        for (i, _), window in zip(windows, self._pool.map(self._window, (w for _, w in windows)), strict=True):
            found[i].append(window)
        return found

    def _window(self, encoding: Encoding) -> Window:
        outputs = self._session.run(
            None,
            {
                "input_ids": np.array([encoding.ids], dtype=np.int64),
                "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
            },
        )
        if not all(np.isfinite(output).all() for output in outputs):
            raise ModelError(f"{self._file} gives scores that are not numbers; its weights are damaged. {REINSTALL}")
        return Window(encoding, [output[0] for output in outputs])


def _check(file: Path, sha256: str) -> None:
    try:
        intact = sha256_of(file) == sha256
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}). {REINSTALL}") from None
    if not intact:
        raise ModelError(
            f"{file} is damaged: its sha256 is not that of the weights this version came with. {REINSTALL}"
        )
