"""An index of 10,000, 100,000 and 1,000,000 passages, built and asked: the figures of docs/index.md.

`python -m benchmarks.scale ../shared/data --out scale` makes passages with planted answers (benchmarks/made.py), puts
them into the product's own store, and measures each size in processes of their own: building without embedding, the
folder, opening, resident memory, hybrid retrieval with the embedding of the question, recall of the dense ranking
against exact search, planted answers found, and adding and deleting a document. Prints a table in Markdown and keeps
scale.json. About half an hour on 2 cores after the sentences are embedded, 15 GB of disk.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from llama_index.core.schema import Document, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import VectorStoreQuery

from benchmarks.made import PASSAGES_OF_DOCUMENT, Passage, load_made
from rag.config import Config
from rag.metadata import TITLE
from rag.models.default_embedding import load_default_embedding
from rag.retrieval.hybrid import HybridRetriever
from rag.store.manifest import Manifest
from rag.store.vector_store import FaissStore

SIZES = (10_000, 100_000, 1_000_000)
WARM_UP = 50
PASSAGE_COUNT, CANDIDATE_COUNT = 10, 50


def build(data: Path, out: Path, size: int, text_bytes: int = 0, step: int = 0) -> dict[str, Any]:
    """Seconds and memory of building an index of made passages whose vectors are known.

    With a `step` it is made current whenever it has grown by so many, and stays as it was then, in links to its files,
    as index-N.
    """
    corpus = load_made(data, out / "made", text_bytes)
    folder = out / f"index-{size}"
    shutil.rmtree(folder, ignore_errors=True)
    store = FaissStore.create(_manifest(corpus.vectors.shape[1]), folder)
    grown: list[dict[str, Any]] = []
    started = time.perf_counter()
    making = 0.0
    for number, (passages, seconds) in enumerate(_timed(corpus.documents(size))):
        making += seconds
        put(store, f"{number}.txt", passages)
        so_far = (number + 1) * PASSAGES_OF_DOCUMENT
        if step and so_far % step == 0 and so_far < size:
            grown.append(_persist(store, so_far, started, making))
            print(json.dumps(grown[-1]), file=sys.stderr, flush=True)
            shutil.copytree(folder, out / f"index-{so_far}", copy_function=os.link)
            started, making = time.perf_counter(), 0.0
    grown.append(_persist(store, size, started, making))
    seconds = sum(sum(part["stages_s"].values()) for part in grown)
    return {"build_s": seconds, "passages_per_s": size / seconds, "grown": grown} | grown[-1]


def _persist(store: FaissStore, size: int, started: float, making: float) -> dict[str, Any]:
    """Make `store` current; what that took, and putting before it since `started` without the seconds of `making`."""
    stages = {"put": time.perf_counter() - started - making}
    last, stage = time.perf_counter(), "segments"

    def on_progress(following: str) -> None:
        nonlocal last, stage
        now = time.perf_counter()
        stages[stage] = now - last
        last, stage = now, following

    store.persist(on_progress=on_progress)
    on_progress("")
    ann = store.manifest.ann
    return {
        "passages": size,
        "stages_s": stages,
        "folder_mb": sum(file.stat().st_size for file in store.folder.rglob("*") if file.is_file()) / 1e6,
        "build_peak_mb": _memory("VmHWM"),
        "kind": f"{ann.kind}, {ann.nprobe} lists, recall {ann.recall:.3f}" if ann else "flat",
    }


def ask(data: Path, out: Path, size: int) -> dict[str, Any]:
    """Seconds and memory of opening an index and asking it, and what is found."""
    embedding = load_default_embedding(Config().cache_dir)
    embedding.get_query_embedding("warm")
    before = _memory("VmRSS")
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
    return {
        "open_s": opened,
        "p50_ms": 1000 * float(np.percentile(seconds, 50)),
        "p95_ms": 1000 * float(np.percentile(seconds, 95)),
        "resident_mb": _memory("VmRSS"),
        "resident_without_index_mb": before,
        "planted_first": float(np.mean([rank == 0 for rank in planted])),
        "planted_in_5": float(np.mean([rank < 5 for rank in planted])),
    }


def recall(data: Path, out: Path, size: int) -> dict[str, Any]:
    """Share of the ten nearest by exact search that the store's dense ranking finds, and its milliseconds."""
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
    planted = np.array([question.passage_id is not None for question in questions])
    return {
        "recall_natural": float(np.mean(np.array(shares)[~planted])),
        "recall_planted": float(np.mean(np.array(shares)[planted])),
        "dense_p50_ms": 1000 * float(np.percentile(seconds, 50)),
        "dense_p95_ms": 1000 * float(np.percentile(seconds, 95)),
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


def put(store: FaissStore, name: str, passages: Sequence[Passage]) -> None:
    """Put a made document into `store`."""
    text = "\n\n".join(passage.text for passage in passages)
    nodes, start = [], 0
    for passage in passages:
        end = start + len(passage.text)
        nodes.append(
            TextNode(
                id_=passage.id if not name.startswith("added") else f"{name}-{passage.id}",
                text=passage.text,
                start_char_idx=start,
                end_char_idx=end,
                metadata={TITLE: name},
                excluded_embed_metadata_keys=[TITLE],
                excluded_llm_metadata_keys=[TITLE],
                relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=name)},
                embedding=passage.vector.tolist(),
            )
        )
        start = end + 2
    metadata = {"title": name, "type": "txt", "folder": "", "date": "2026-01-01", "sha256": name}
    store.put_document(Document(id_=name, text=text, metadata=metadata))
    store.add(nodes)


def _manifest(dimension: int) -> Manifest:
    return Manifest("/made", "made", dimension, chunking_version=0, reading_version=0, max_passage_tokens=200)


def _timed(items: Any) -> Any:
    """Items, each with the seconds that it took to be made."""
    iterator = iter(items)
    while True:
        started = time.perf_counter()
        item = next(iterator, None)
        if item is None:
            return
        yield item, time.perf_counter() - started


def _ten_nearest(store: FaissStore, asked: Any) -> list[set[int]]:
    best: list[list[tuple[float, int]]] = [[] for _ in asked]
    for segment in store.contents.segments:
        for first in range(0, segment.info.passages, 50_000):
            scores = asked @ segment.vectors[first : first + 50_000].T
            row = segment.info.first_passage + first
            for number, of_question in enumerate(scores):
                top = np.argpartition(-of_question, 10)[:10]
                best[number] = sorted(chain(best[number], ((float(of_question[i]), row + int(i)) for i in top)))[-10:]
    return [{row for _, row in ten} for ten in best]


def _memory(key: str) -> float:
    """Of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1000


def _table(results: dict[int, dict[str, Any]]) -> str:
    rows = [
        ("dense index", "kind", "{}"),
        ("passages a second, without embedding", "passages_per_s", "{:,.0f}"),
        ("seconds to build", "build_s", "{:,.0f}"),
        ("folder, MB", "folder_mb", "{:,.0f}"),
        ("memory at most while building, MB", "build_peak_mb", "{:,.0f}"),
        ("opening, s", "open_s", "{:.3f}"),
        ("resident after 800 questions, MB", "resident_mb", "{:,.0f}"),
        ("of that the model and libraries, MB", "resident_without_index_mb", "{:,.0f}"),
        ("hybrid retrieval, p50 ms", "p50_ms", "{:.1f}"),
        ("hybrid retrieval, p95 ms", "p95_ms", "{:.1f}"),
        ("dense ranking alone, p95 ms", "dense_p95_ms", "{:.1f}"),
        ("recall@10 against exact, real questions", "recall_natural", "{:.3f}"),
        ("recall@10 against exact, planted questions", "recall_planted", "{:.3f}"),
        ("planted answer first", "planted_first", "{:.3f}"),
        ("planted answer among five", "planted_in_5", "{:.3f}"),
        ("adding a document, s", "add_s", "{:.2f}"),
        ("deleting a document, s", "delete_s", "{:.2f}"),
    ]
    lines = ["| passages | " + " | ".join(f"{size:,}" for size in results) + " |", "|---" * (len(results) + 1) + "|"]
    for name, key, form in rows:
        lines.append(f"| {name} | " + " | ".join(form.format(result[key]) for result in results.values()) + " |")
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
