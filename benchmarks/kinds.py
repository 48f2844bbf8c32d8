"""Which kind of FAISS index finds the nearest of a million passages fast enough, and nearly all of them.

`python -m benchmarks.kinds ../shared/data --out scale --sizes 100000 1000000 --kinds flat ivf-sq8` builds each kind
over made passages (benchmarks.made), opens it in a fresh process, and asks one question at a time, as a person does:
with more and more of the index looked at, with and without ranking the candidates again in full precision. It writes
kinds.json and kinds.md in the folder. CPU times stand beside those of the clock, which other programs disturb.
"""

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np

from benchmarks.made import Matrix
from benchmarks.measuring import Watch, apart, memory, seconds_of, shown
from benchmarks.nearest import DEEPEST, Rows, load_asked, quality, questions_file, vectors_file, write_vectors
from benchmarks.quality import table

SIZES = (10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
CANDIDATES = (0, 100, 200, 400)
_LISTS_PER_ROOT = 4
_TRAINED_PER_LIST = 64
_TRAINING_ROUNDS = 10
_ADDED_AT_ONCE = 50_000
_ADDED = 1_000
_KEPT_SHARES = (1.0, 0.99, 0.5, 0.1, 0.01)
_ASKED_OF_TWO = 60


class Kind(NamedTuple):
    """A kind of index: what faiss.index_factory calls it, and the widths of search that are tried."""

    factory: str
    widths: Sequence[int] = (0,)
    construction: int = 0


_PROBES = (8, 16, 32, 64, 128, 256, 512, 1024)
_EXPLORED = (32, 64, 128, 256, 512)
KINDS = {
    "flat": Kind("Flat"),
    "ivf-sq8": Kind("IVF{lists},SQ8", _PROBES),
    "ivf-fp16": Kind("IVF{lists},SQfp16", _PROBES),
    "ivf-pq4": Kind("IVF{lists},PQ128x4fs", _PROBES),
    "ivf-rabitq": Kind("IVF{lists},RaBitQ", _PROBES),
    "hnsw": Kind("HNSW32,Flat", _EXPLORED, 80),
    "hnsw-sq8": Kind("HNSW32_SQ8", _EXPLORED, 80),
    "hnsw-sq8-200": Kind("HNSW32_SQ8", _EXPLORED, 200),
}


def build(name: str, out: Path, size: int) -> dict[str, float]:
    """Seconds of training and adding, and the file's size."""
    vectors = np.load(vectors_file(out, size), mmap_mode="r")
    kind = KINDS[name]
    lists = int(_LISTS_PER_ROOT * size**0.5)
    index = faiss.index_factory(vectors.shape[1], kind.factory.format(lists=lists), faiss.METRIC_INNER_PRODUCT)
    if kind.construction:
        faiss.downcast_index(index).hnsw.efConstruction = kind.construction
    elif not index.is_trained:
        index.cp.niter = _TRAINING_ROUNDS
    trained_on = vectors[:: max(1, size // (_TRAINED_PER_LIST * lists))]
    return {
        "train_s": seconds_of(lambda: index.train(trained_on)),
        "add_s": seconds_of(lambda: _add(index, vectors)),
        "write_s": seconds_of(lambda: faiss.write_index(index, str(_index_file(out, name, size)))),
        "file_mb": _index_file(out, name, size).stat().st_size / 1e6,
    }


def _add(index: Any, vectors: Matrix) -> None:
    for first in range(0, len(vectors), _ADDED_AT_ONCE):
        index.add(vectors[first : first + _ADDED_AT_ONCE])


def search(name: str, out: Path, size: int) -> list[dict[str, float]]:
    """Times and recall for each width of search and number of candidates that are ranked again."""
    empty = memory("VmRSS")
    started = time.perf_counter()
    index = faiss.read_index(str(_index_file(out, name, size)))
    opened = time.perf_counter() - started
    vectors = np.load(vectors_file(out, size), mmap_mode="r")
    asked = load_asked(out, size)
    rows = []
    widths = KINDS[name].widths
    for width, candidates in product(widths, CANDIDATES if len(widths) > 1 else (0,)):
        _timed(index, vectors, asked.vectors[-100:], width, candidates)
        watch, found = _timed(index, vectors, asked.vectors, width, candidates)
        rows.append({"width": width, "again": candidates} | watch.figures() | quality(vectors, asked, found))
        if not candidates:
            few = asked.vectors[~asked.planted][:_ASKED_OF_TWO]
            watch, _ = _timed(index, vectors, few, width, candidates, threads=2)
            rows[-1]["p95_ms_2_threads"] = watch.figures()["p95_ms"]
    common = {"open_s": opened, "resident_mb": memory("VmRSS") - empty, "not_mapped_mb": memory("RssAnon")}
    return [row | common for row in rows]


def _find(index: Any, vectors: Matrix, query: Matrix, width: int, candidates: int, **more: Any) -> Rows:
    """The nearest, as the index says or, of as many `candidates`, as full precision says."""
    _, (found,) = index.search(query[np.newaxis], candidates or DEEPEST, params=_parameters(index, width, **more))
    if not candidates:
        return np.asarray(found)
    found = found[found >= 0]
    # In the order of the file, so that neighbouring pages are read once.
    found.sort()
    return np.asarray(found[np.argsort(-(vectors[found] @ query))][:DEEPEST])


def _parameters(index: Any, width: int, **more: Any) -> Any:
    if not width:
        return faiss.SearchParameters(**more)
    if isinstance(faiss.downcast_index(index), faiss.IndexHNSW):
        return faiss.SearchParametersHNSW(efSearch=width, **more)
    return faiss.SearchParametersIVF(nprobe=width, **more)


def _timed(
    index: Any, vectors: Matrix, queries: Matrix, width: int, candidates: int, threads: int = 1, **more: Any
) -> tuple[Watch, list[Rows]]:
    """The times of each search, and what it finds."""
    faiss.omp_set_num_threads(threads)
    if hasattr(index, "parallel_mode"):
        # Whether threads share the lists of one question.
        index.parallel_mode = int(threads > 1)
    watch = Watch()
    return watch, [watch.call(_find, index, vectors, query, width, candidates, **more) for query in queries]


def handle(name: str, out: Path, size: int) -> dict[str, float]:
    """What keeping an index costs: opening it mapped, searching it under a mask, adding to it."""
    vectors, queries, width = _for_handling(name, out, size)
    index = faiss.read_index(str(_index_file(out, name, size)))
    rng = np.random.default_rng(60)
    figures = {}
    for share in _KEPT_SHARES:
        # Held here: the selector only points to it.
        mask = np.packbits(rng.random(size) < share, bitorder="little")
        watch, _ = _timed(index, vectors, queries, width, 0, sel=faiss.IDSelectorBitmap(mask))
        figures |= {f"{key}_of_{share:.0%}": value for key, value in watch.figures().items()}
    return figures | {"add_1000_s": seconds_of(lambda: index.add(vectors[:_ADDED]))}


def open_mapped(name: str, out: Path, size: int, flag: str) -> dict[str, float]:
    """Opening seconds, megabytes then and after 200 questions, and their times, with a flag of faiss.read_index."""
    vectors, queries, width = _for_handling(name, out, size)
    empty, started = memory("VmRSS"), time.perf_counter()
    index = faiss.read_index(str(_index_file(out, name, size)), getattr(faiss, flag, 0))
    figures = {"open_s": time.perf_counter() - started, "opened_mb": memory("VmRSS") - empty}
    watch, _ = _timed(index, vectors, queries, width, 0)
    figures |= watch.figures() | {"asked_mb": memory("VmRSS") - empty, "not_mapped_mb": memory("RssAnon")}
    return {f"{flag or 'read'}_{key}": value for key, value in figures.items()}


def _for_handling(name: str, out: Path, size: int) -> tuple[Matrix, Matrix, int]:
    """Vectors, 200 questions, and a middling width of search."""
    widths = KINDS[name].widths
    return (
        np.load(vectors_file(out, size), mmap_mode="r"),
        load_asked(out, size).vectors[-200:],
        widths[len(widths) // 2],
    )


def measure(data: Path, out: Path, name: str, size: int, handled: bool) -> Iterator[dict[str, Any]]:
    """The figures of a kind at one size, each step in a process of its own."""
    if not questions_file(out, size).exists():
        apart(write_vectors, data, out, size)
    built = apart(build, name, out, size)
    for row in apart(search, name, out, size):
        yield {"kind": name, "vectors": size} | row | built
    if handled:
        kept = apart(handle, name, out, size)
        for flag in ("", "IO_FLAG_MMAP", "IO_FLAG_MMAP_IFC"):
            kept |= apart(open_mapped, name, out, size, flag)
        (out / f"handling-{name}-{size}.json").write_text(json.dumps(kept, indent=1))


def report(figures: Sequence[dict[str, Any]]) -> str:
    """A Markdown table, a row for each kind, size, width and number of candidates."""
    keys = list(dict.fromkeys(key for row in figures for key in row))
    return table(keys, [[shown(row.get(key)) for key in keys] for row in figures])


def _index_file(out: Path, name: str, size: int) -> Path:
    return out / f"{name}-{size}.faiss"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--handled", action="store_true", help="measure opening, masks and adding as well")
    arguments = parser.parse_args()
    file = arguments.out / "kinds.json"
    kept = json.loads(file.read_text()) if file.exists() else []
    for size, name in product(arguments.sizes, arguments.kinds):
        rows = list(measure(arguments.data, arguments.out, name, size, arguments.handled))
        kept = [row for row in kept if (row["kind"], row["vectors"]) != (name, size)] + rows
        file.write_text(json.dumps(kept))
        (arguments.out / "kinds.md").write_text(report(kept) + "\n")
    print(report(kept))
