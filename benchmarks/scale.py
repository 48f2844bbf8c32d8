"""An index of 10,000, 100,000 and 1,000,000 passages, built and asked: the figures of docs/index.md.

`python -m benchmarks.scale ../shared/data --out scale` makes passages with planted answers (benchmarks/made.py), puts
them into the product's own store, and measures each size in processes of their own: building without embedding, the
folder, opening, resident memory, hybrid retrieval with the embedding of the question, recall of the dense ranking
against exact search, planted answers found, and adding and deleting a document. Prints a table in Markdown and keeps
scale.json. About half an hour on 2 cores after the sentences are embedded, 15 GB of disk.

With `--size 3000000 --text-bytes 2000 --step 1000000` passages have 2 KB of text, and the index is kept as it was at
each million, to be asked with `--keep-build --size 1000000`: docs/scale.md. 25 GB of disk.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.vector_stores.types import VectorStoreQuery

from benchmarks.filling import build, put
from benchmarks.made import load_made
from benchmarks.measuring import Watch, memory
from rag.config import Config
from rag.models.default_embedding import load_default_embedding
from rag.retrieval.hybrid import HybridRetriever
from rag.store.vector_store import FaissStore
from rag.text.words import content_words

SIZES = (10_000, 100_000, 1_000_000)
WARM_UP = 50
PASSAGE_COUNT, CANDIDATE_COUNT = 10, 50


def ask(data: Path, out: Path, size: int) -> dict[str, Any]:
    """Seconds and memory of opening an index and asking it, and what is found."""
    embedding = load_default_embedding(Config().cache_dir)
    embedding.get_query_embedding("warm")
    before = memory("VmRSS")
    started = time.perf_counter()
    store = FaissStore.open(out / f"index-{size}")
    opened = time.perf_counter() - started
    # The questions come after, so that what they need is not counted as the index's.
    questions = load_made(data, out / "made").questions()
    retriever = HybridRetriever(store, embedding, PASSAGE_COUNT, CANDIDATE_COUNT)
    for question in questions[-WARM_UP:]:
        retriever.retrieve(question.text)
    seconds, found = [], []
    for question in questions:
        started = time.perf_counter()
        nodes = retriever.retrieve(question.text)
        seconds.append(time.perf_counter() - started)
        found.append([node.node.node_id for node in nodes])
    planted = [
        ids.index(q.passage_id) if q.passage_id in ids else 99
        for q, ids in zip(questions, found, strict=True)
        if q.passage_id and any(s.corpus.passage_rows([q.passage_id]) for s in store.contents.segments)
    ]
    return _megabytes(store) | {
        "open_s": opened,
        "p50_ms": 1000 * float(np.percentile(seconds, 50)),
        "p95_ms": 1000 * float(np.percentile(seconds, 95)),
        "resident_mb": memory("VmRSS"),
        "resident_without_index_mb": before,
        "planted_first": float(np.mean([rank == 0 for rank in planted])),
        "planted_in_5": float(np.mean([rank < 5 for rank in planted])),
    }


def recall(data: Path, out: Path, size: int) -> dict[str, Any]:
    """Share of the ten nearest by exact search that the store's dense ranking finds; milliseconds of each ranking."""
    store = FaissStore.open(out / f"index-{size}")
    questions = load_made(data, out / "made").questions()
    asked = np.stack([question.vector for question in questions])
    exact = _ten_nearest(store, asked)
    shares, seconds = [], []
    for question, ten in zip(questions, exact, strict=True):
        vector = np.ascontiguousarray(question.vector)
        started = time.perf_counter()
        found = store.contents.nearest(vector, CANDIDATE_COUNT)
        seconds.append(time.perf_counter() - started)
        shares.append(len(ten & {row for row, _ in found[:10]}) / 10)
    watch = Watch()
    for question in questions:
        watch.call(store.contents.search_words, list(dict.fromkeys(content_words(question.text))), CANDIDATE_COUNT)
    planted = np.array([question.passage_id is not None for question in questions])
    return {
        "recall_natural": float(np.mean(np.array(shares)[~planted])),
        "recall_planted": float(np.mean(np.array(shares)[planted])),
        "dense_p50_ms": 1000 * float(np.percentile(seconds, 50)),
        "dense_p95_ms": 1000 * float(np.percentile(seconds, 95)),
        "words_p50_ms": watch.figures()["p50_ms"],
        "words_p95_ms": watch.figures()["p95_ms"],
    }


def change(data: Path, out: Path, size: int) -> dict[str, Any]:
    """Seconds from opening an index to a change of it being current: a document of 20 passages added, and deleted."""
    corpus = load_made(data, out / "made")
    passages = next(iter(corpus.documents(1000)))
    folder = out / f"index-{size}"

    def timed(work: Callable[[FaissStore], None]) -> float:
        started = time.perf_counter()
        store = FaissStore.open(folder)
        work(store)
        store.persist()
        store.close()
        return time.perf_counter() - started

    added = [timed(lambda store, n=n: put(store, f"added-{n}.txt", passages)) for n in range(3)]
    deleted = [timed(lambda store, n=n: store.delete(f"added-{n}.txt")) for n in range(3)]
    old = timed(lambda store: store.delete("7.txt"))
    store = FaissStore.open(folder)
    query = VectorStoreQuery(query_embedding=passages[0].vector.tolist(), similarity_top_k=50)
    if any((node.ref_doc_id or "").startswith("added") for node in store.query(query).nodes or []):
        raise SystemExit("a deleted document was found")
    return {"add_s": max(added), "delete_s": max(*deleted, old)}


STAGES = {"build": build, "ask": ask, "recall": recall, "change": change}


def _megabytes(store: FaissStore) -> dict[str, float]:
    """Of the folder, of each kind of file, and of what every question reads of."""
    kinds = ("corpus", "vectors", "words", "ann", "deleted")
    sizes = {
        f"{kind}_mb": sum(info.size for name, info in store.manifest.files.items() if name.startswith(kind)) / 1e6
        for kind in kinds
    }
    return sizes | {"folder_mb": sum(sizes.values()), "words_and_ann_mb": sizes["words_mb"] + sizes["ann_mb"]}


def _ten_nearest(store: FaissStore, asked: Any) -> list[set[int]]:
    best: list[list[tuple[float, int]]] = [[] for _ in asked]
    for segment in store.contents.segments:
        alive = segment.alive()
        for first in range(0, segment.info.passages, 50_000):
            scores = asked @ segment.vectors[first : first + 50_000].T
            scores[:, ~alive[first : first + 50_000]] = -1
            row = segment.info.first_passage + first
            for number, of_question in enumerate(scores):
                top = np.argpartition(-of_question, 10)[:10]
                best[number] = sorted(chain(best[number], ((float(of_question[i]), row + int(i)) for i in top)))[-10:]
    return [{row for _, row in ten} for ten in best]


def _table(results: dict[int, dict[str, Any]]) -> str:
    rows = [
        ("dense index", "kind", "{}"),
        ("passages a second, without embedding", "passages_per_s", "{:,.0f}"),
        ("seconds to build", "build_s", "{:,.0f}"),
        ("of all cores", "build_cpu_s", "{:,.0f}"),
        ("folder, MB", "folder_mb", "{:,.0f}"),
        ("memory at most while building, MB", "build_peak_mb", "{:,.0f}"),
        ("opening, s", "open_s", "{:.3f}"),
        ("resident after 800 questions, MB", "resident_mb", "{:,.0f}"),
        ("of that the model and libraries, MB", "resident_without_index_mb", "{:,.0f}"),
        ("hybrid retrieval, p50 ms", "p50_ms", "{:.1f}"),
        ("hybrid retrieval, p95 ms", "p95_ms", "{:.1f}"),
        ("dense ranking alone, p95 ms", "dense_p95_ms", "{:.1f}"),
        ("words alone, p95 ms", "words_p95_ms", "{:.1f}"),
        ("recall@10 against exact, real questions", "recall_natural", "{:.3f}"),
        ("recall@10 against exact, planted questions", "recall_planted", "{:.3f}"),
        ("planted answer first", "planted_first", "{:.3f}"),
        ("planted answer among five", "planted_in_5", "{:.3f}"),
        ("adding a document, s", "add_s", "{:.2f}"),
        ("deleting a document, s", "delete_s", "{:.2f}"),
    ]
    lines = ["| passages | " + " | ".join(f"{size:,}" for size in results) + " |", "|---" * (len(results) + 1) + "|"]
    for name, key, form in rows:
        cells = [form.format(result[key]) if key in result else "" for result in results.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure all sizes, or one stage of one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for sentences, indexes and figures")
    parser.add_argument("--size", type=int, action="append", help="passages; may be repeated")
    parser.add_argument("--stage", choices=STAGES, help="one stage alone, printed as JSON")
    parser.add_argument("--keep-build", action="store_true", help="ask the indexes that are there")
    parser.add_argument("--text-bytes", type=int, default=0, help="length of a passage's text; else its sentences'")
    parser.add_argument(
        "--step", type=int, default=0, help="passages after each of which the index is made current and kept"
    )
    arguments = parser.parse_args()
    sizes = arguments.size or SIZES
    if arguments.stage == "build":
        print(json.dumps(build(arguments.data, arguments.out, sizes[0], arguments.text_bytes, arguments.step)))
        return
    if arguments.stage:
        print(json.dumps(STAGES[arguments.stage](arguments.data, arguments.out, sizes[0])))
        return
    file = arguments.out / "scale.json"
    results: dict[int, dict[str, Any]] = {}
    if file.exists():
        results = {int(size): values for size, values in json.loads(file.read_text()).items()}
    for size in sizes:
        results.setdefault(size, {})
        for stage in STAGES:
            if stage == "build" and arguments.keep_build:
                continue
            command = [sys.executable, "-m", "benchmarks.scale", str(arguments.data), "--out", str(arguments.out)]
            command += ["--size", str(size), "--stage", stage]
            command += ["--text-bytes", str(arguments.text_bytes), "--step", str(arguments.step)]
            printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603
            results[size] |= json.loads(printed.splitlines()[-1])
            print(f"{size:,} {stage}", flush=True)
            file.write_text(json.dumps(results, indent=2))
    print(_table(dict(sorted(results.items()))))


if __name__ == "__main__":
    main()
