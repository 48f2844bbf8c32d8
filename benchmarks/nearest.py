"""Vectors of made passages in a file, the questions asked of them, and what exact search finds."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.made import Matrix, load_made

DEEPEST = 50
_TIE = 1e-6

Rows = npt.NDArray[np.int64]


class Asked(NamedTuple):
    """Questions: vectors, float32 [n, dimension]; rows of planted answers, or -1; inner products of the 50 nearest."""

    vectors: Matrix
    answers: Rows
    nearest: Matrix

    @property
    def planted(self) -> npt.NDArray[np.bool_]:
        """Which questions have one right answer."""
        return self.answers >= 0


def write_vectors(data: Path, out: Path, size: int) -> None:
    """Vectors of `size` made passages, and the questions with what exact search finds."""
    corpus = load_made(data, out / "made")
    dimension = corpus.vectors.shape[1]
    vectors = np.lib.format.open_memmap(vectors_file(out, size), "w+", np.float32, (size, dimension))
    rows: dict[str, int] = {}
    for document in corpus.documents(size):
        vectors[len(rows) : len(rows) + len(document)] = [passage.vector for passage in document]
        rows |= {passage.id: len(rows) + number for number, passage in enumerate(document)}
    questions = corpus.questions()
    asked = np.stack([question.vector for question in questions])
    nearest, _ = faiss.knn(asked, vectors, DEEPEST, metric=faiss.METRIC_INNER_PRODUCT)
    answers = np.array([rows.get(question.passage_id or "", -1) for question in questions])
    np.savez(questions_file(out, size), vectors=asked, answers=answers, nearest=nearest)


def load_asked(out: Path, size: int) -> Asked:
    """The questions for so many vectors."""
    with np.load(questions_file(out, size)) as kept:
        return Asked(kept["vectors"], kept["answers"], kept["nearest"])


def quality(vectors: Matrix, asked: Asked, found: Sequence[Rows]) -> dict[str, float]:
    """Recall of the 10 and 50 nearest for natural and planted questions, and how many of the planted are answered."""
    products = np.stack([vectors[ids] @ query for ids, query in zip(found, asked.vectors, strict=True)])
    groups = {"natural": ~asked.planted, "planted": asked.planted}
    recalls = {
        f"recall@{depth}_{group}": float(np.mean(_recall(products, asked.nearest, depth)[chosen]))
        for depth, (group, chosen) in product((10, 50), groups.items())
    }
    answered = [answer in ids[:10] for ids, answer, yes in zip(found, asked.answers, asked.planted, strict=True) if yes]
    return recalls | {"answer_in_10": float(np.mean(answered))}


def _recall(products: Matrix, nearest: Matrix, depth: int) -> npt.NDArray[np.float64]:
    """Shares of the `depth` found first, [questions], that are as near as the nearest; equally near ones count."""
    near = products[:, :depth] >= nearest[:, depth - 1 : depth] - _TIE
    return near.mean(axis=1)


def vectors_file(out: Path, size: int) -> Path:
    """The file of so many vectors."""
    return out / f"vectors-{size}.npy"


def questions_file(out: Path, size: int) -> Path:
    """The file of the questions for so many vectors."""
    return out / f"nearest-{size}.npz"
