"""The approximate index of the product alone, over vectors in a file: what 10 million of them cost, and what it finds.

`python -m benchmarks.ann ../shared/data --out scale --size 10000000` builds it over all vectors but the last 150,000
(benchmarks.nearest), adds these as a growing index does, opens it mapped in a fresh process and asks 800 questions one
at a time: with fewer and more lists and candidates than the product's, and with nothing of its files in memory (--cold,
which empties the system's cache of files and needs root). Writes ann-SIZE.json. 10 million take 20 GB of disk.
"""

import argparse
import json
import os
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.made import Matrix
from benchmarks.measuring import Watch, apart, memory, seconds_of
from benchmarks.nearest import DEEPEST, Rows, load_asked, quality, questions_file, vectors_file, write_vectors
from rag.store.faiss_flat import FaissIndex, open_mapped, search, write_index
from rag.store.faiss_ivf import CANDIDATES, FLAT_LIMIT, build_ann
from rag.store.manifest import AnnInfo

WARM_UP = 50
ASKED_COLD = 60
_DROP_CACHES = Path("/proc/sys/vm/drop_caches")


def build(out: Path, size: int) -> dict[str, Any]:
    """Seconds, memory and bytes of building the index, and seconds of adding the last vectors to it."""
    vectors = np.load(vectors_file(out, size), mmap_mode="r")
    info = AnnInfo(1, rows=0, kind="", nprobe=0, recall=0.0)
    first, whole = out / f"ann-{size}-before.faiss", _index_file(out, size)
    figures: dict[str, Any] = {}

    def make() -> None:
        index, made = build_ann([(0, vectors[:-FLAT_LIMIT])], info)
        figures["build_peak_anonymous_mb"] = memory("RssAnon")
        figures["write_s"] = seconds_of(lambda: write_index(index, first))
        figures["recall_of_passages"] = made.recall

    figures["build_s"] = seconds_of(make)

    def add() -> None:
        index, made = build_ann([(0, vectors)], info, first)
        write_index(index, whole)
        figures["info"] = asdict(made)

    figures["add_150000_s"] = seconds_of(add)
    first.unlink()
    size_of = whole.stat().st_size
    return figures | {"build_peak_mb": memory("VmHWM"), "bytes": size_of, "bytes_a_vector": size_of / size}


def ask(out: Path, size: int, nprobe: int, candidates: int, cold: bool) -> dict[str, float]:
    """Recall against exact search, and milliseconds of a question, the ranking in full precision included."""
    empty = memory("VmRSS")
    vectors, asked = np.load(vectors_file(out, size), mmap_mode="r"), load_asked(out, size)
    figures: dict[str, float] = {"nprobe": nprobe, "candidates": candidates}
    opened: list[FaissIndex] = []
    if cold:
        os.sync()
        _DROP_CACHES.write_text("3")
    figures["open_s"] = seconds_of(lambda: opened.append(open_mapped(_index_file(out, size))))
    if cold:
        watch, _ = _timed(opened[0], vectors, asked.vectors[:: len(asked.vectors) // ASKED_COLD], nprobe, candidates)
        return figures | {f"cold_{key}": value for key, value in watch.figures().items()}
    _timed(opened[0], vectors, asked.vectors[-WARM_UP:], nprobe, candidates)
    watch, found = _timed(opened[0], vectors, asked.vectors, nprobe, candidates)
    resident = {"resident_mb": memory("VmRSS") - empty, "anonymous_mb": memory("RssAnon")}
    return figures | watch.figures() | resident | quality(vectors, asked, found)


def _timed(
    index: FaissIndex, vectors: Matrix, queries: Matrix, nprobe: int, candidates: int
) -> tuple[Watch, list[Rows]]:
    def find(query: Matrix) -> Rows:
        rows = np.array(sorted(row for row, _ in search(index, query, candidates, nprobe=nprobe)))
        return np.asarray(rows[np.argsort(-(vectors[rows] @ query))][:DEEPEST])

    watch = Watch()
    return watch, [watch.call(find, query) for query in queries]


def _index_file(out: Path, size: int) -> Path:
    return out / f"ann-{size}.faiss"


def main() -> None:
    """Measure one size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--nprobe", type=int, nargs="*", default=[], help="lists to search, besides the product's")
    parser.add_argument("--candidates", type=int, nargs="*", default=[CANDIDATES])
    parser.add_argument("--keep-build", action="store_true", help="ask the index that is there")
    parser.add_argument("--cold", action="store_true", help="ask with empty caches too, the product's way")
    arguments = parser.parse_args()
    out, size = arguments.out, arguments.size
    file = out / f"ann-{size}.json"
    kept: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    if not questions_file(out, size).exists():
        apart(write_vectors, arguments.data, out, size)
    if not arguments.keep_build:
        kept["build"] = apart(build, out, size)
        file.write_text(json.dumps(kept, indent=1))
        print(json.dumps(kept["build"]), flush=True)
    own = kept["build"]["info"]["nprobe"]
    runs = [
        (nprobe, candidates, False) for nprobe, candidates in product(arguments.nprobe or [own], arguments.candidates)
    ]
    runs += [(own, CANDIDATES, True)] if arguments.cold else []
    for run in runs:
        kept.setdefault("asked", []).append(apart(ask, out, size, *run))
        file.write_text(json.dumps(kept, indent=1))
        print(json.dumps(kept["asked"][-1]), flush=True)


if __name__ == "__main__":
    main()
