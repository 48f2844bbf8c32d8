"""Indexes of 10,000 to 300,000 passages in PostgreSQL, built and asked: figures of docs/postgres.md and docs/scale.md.

`python -m benchmarks.shared_scale ../shared/data postgresql://… --out scale` puts passages with known vectors
(benchmarks/made.py) into the product's own store and measures each size in processes of its own: building without
embedding, the bytes of the tables, opening, hybrid retrieval with the embedding of the question, recall of the dense
ranking against exact search, planted answers found, adding and deleting a document. Prints a table in Markdown and
keeps shared_scale.json. About half an hour on 2 cores.
"""

import argparse
import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.filling import put
from benchmarks.made import load_made
from benchmarks.measuring import Watch, apart, memory, seconds_of, shown
from benchmarks.quality import table
from benchmarks.scale import CANDIDATE_COUNT, PASSAGE_COUNT, WARM_UP
from rag.config import Config
from rag.models.default_embedding import load_default_embedding
from rag.retrieval.hybrid import HybridRetriever
from rag.store.manifest import Manifest
from rag.store.postgres.catalog import PostgresCatalog, PostgresIndex
from rag.store.postgres.store import PostgresStore
from rag.text.words import content_words

SIZES = (10_000, 30_000, 100_000, 300_000)
_EXACT_AT_ONCE = 50_000


def build(data: Path, out: Path, url: str, size: int, text_bytes: int) -> dict[str, Any]:
    """Seconds and bytes of an index of made passages whose vectors are known."""
    corpus = load_made(data, out / "made", text_bytes)
    index = _index(url, size)
    manifest = Manifest("/made", "made", corpus.vectors.shape[1], 0, 0, 200)
    store = index.create(manifest)
    ((backend,),) = store.contents.fetch("SELECT pg_backend_pid()")
    server = _parent(backend)
    before = _processor_seconds(server)
    putting = 0.0
    for number, passages in enumerate(corpus.documents(size)):
        putting += seconds_of(lambda passages=passages, number=number: put(store, f"{number}.txt", passages))
    stages: list[tuple[str, float]] = [("", time.perf_counter())]
    store.persist(on_progress=lambda stage: stages.append((stage, time.perf_counter())))
    stages.append(("", time.perf_counter()))
    took = {name: after - at for (name, at), (_, after) in pairwise(stages)}
    store.close()
    return {
        "put_s": putting,
        "build_core_s": _processor_seconds(server) - before + time.process_time(),
        "hnsw_s": took.get("Building the approximate index", 0.0),
        "passages_per_s": size / (putting + sum(took.values())),
        "bytes_a_passage": index.size() / size,
        **_sizes(index, size),
        "build_peak_mb": memory("VmHWM"),
    }


def ask(data: Path, out: Path, url: str, size: int, text_bytes: int) -> dict[str, Any]:
    """Seconds of opening an index and asking it, and what is found."""
    embedding = load_default_embedding(Config().cache_dir)
    started = time.perf_counter()
    store = _index(url, size).open()
    opened = time.perf_counter() - started
    questions = load_made(data, out / "made", text_bytes).questions()
    retriever = HybridRetriever(store, embedding, PASSAGE_COUNT, CANDIDATE_COUNT)
    for question in questions[-WARM_UP:]:
        retriever.retrieve(question.text)
    watch, words, dense = Watch(), Watch(), Watch()
    found = [[node.node.node_id for node in watch.call(retriever.retrieve, q.text)] for q in questions]
    for question in questions:
        words.call(store.contents.search_words, content_words(question.text), CANDIDATE_COUNT)
        dense.call(store.contents.nearest, np.ascontiguousarray(question.vector), CANDIDATE_COUNT)
    shares = _recalls(store, np.stack([question.vector for question in questions]))
    is_planted = np.array([question.passage_id is not None for question in questions])
    planted = [ids[:1] == [q.passage_id] for q, ids in zip(questions, found, strict=True) if q.passage_id]
    return {
        "open_s": opened,
        "p50_ms": watch.figures()["p50_ms"],
        "p95_ms": watch.figures()["p95_ms"],
        "words_p95_ms": words.figures()["p95_ms"],
        "dense_p95_ms": dense.figures()["p95_ms"],
        "recall_natural": float(np.mean(shares[~is_planted])),
        "recall_planted": float(np.mean(shares[is_planted])),
        "planted_first": float(np.mean(planted)),
        "resident_mb": memory("VmRSS"),
    }


def change(data: Path, out: Path, url: str, size: int, text_bytes: int) -> dict[str, Any]:
    """Seconds from opening an index to a change of it being current: a document of 20 passages added, and deleted."""
    passages = next(iter(load_made(data, out / "made", text_bytes).documents(1000)))

    def timed(work: Callable[[PostgresStore], None]) -> float:
        def whole() -> None:
            store = _index(url, size).open()
            work(store)
            store.persist()
            store.close()

        return seconds_of(whole)

    added = [timed(lambda store, n=n: put(store, f"added-{n}.txt", passages)) for n in range(3)]
    deleted = [timed(lambda store, n=n: store.delete(f"added-{n}.txt")) for n in range(3)]
    return {"add_s": max(added), "delete_s": max(deleted)}


def _index(url: str, size: int) -> PostgresIndex:
    return PostgresCatalog(url).index(f"made-{size}")


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])


def _processor_seconds(server: int) -> float:
    """That all processes of a server on this machine have taken, and those of it that have ended."""
    children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
    used = 0
    for process in (str(server), *children):
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        used += sum(map(int, fields[11:15] if process == str(server) else fields[11:13]))
    return used / os.sysconf("SC_CLK_TCK")


def _sizes(index: PostgresIndex, size: int) -> dict[str, float]:
    """Bytes a passage of vectors, of their approximate index, and of postings."""
    store = index.open()
    try:
        asked = (
            "SELECT pg_table_size('vectors'::regclass) + pg_indexes_size('vectors'::regclass)"
            " - coalesce(pg_relation_size(to_regclass('vectors_hnsw')), 0),"
            " coalesce(pg_relation_size(to_regclass('vectors_hnsw')), 0), pg_total_relation_size('postings'::regclass)"
        )
        ((vectors, hnsw, postings),) = store.contents.fetch(asked)
    finally:
        store.close()
    named = {"vectors": vectors, "hnsw": hnsw, "postings": postings}
    return {f"{name}_bytes_a_passage": float(count) / size for name, count in named.items()}


def _recalls(store: PostgresStore, asked: Any) -> Any:
    """Share of the ten nearest by exact search that the store's dense ranking finds, of each question."""
    rows = store.contents.rows()
    best: list[list[tuple[float, int]]] = [[] for _ in asked]
    for first in range(0, len(rows), _EXACT_AT_ONCE):
        some = rows[first : first + _EXACT_AT_ONCE].tolist()
        found = store.contents.fetch(
            "SELECT row, embedding FROM vectors WHERE row = ANY(%s::bigint[]) ORDER BY row", (some,)
        )
        scores = asked @ np.stack([embedding.to_numpy() for _, embedding in found]).T
        for number, row in enumerate(scores):
            top = np.argpartition(-row, 10)[:10]
            best[number] = sorted([*best[number], *((float(row[i]), found[i][0]) for i in top)], reverse=True)[:10]
    shares = [
        len({row for _, row in ten} & {row for row, _ in store.contents.nearest(np.ascontiguousarray(query), 10)}) / 10
        for ten, query in zip(best, asked, strict=True)
    ]
    return np.array(shares)


STAGES = {"build": build, "ask": ask, "change": change}


def main() -> None:
    """Measure all sizes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("url", help="address of a database")
    parser.add_argument("--out", type=Path, required=True, help="folder for sentences and figures")
    parser.add_argument("--text-bytes", type=int, default=0, help="least bytes of a passage's text")
    parser.add_argument("--size", type=int, action="append", help="passages; may be repeated")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    file = arguments.out / "shared_scale.json"
    results: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
    for size in arguments.size or SIZES:
        for step in STAGES.values():
            figures = apart(step, arguments.data, arguments.out, arguments.url, size, arguments.text_bytes)
            results[str(size)] = results.get(str(size), {}) | figures
            file.write_text(json.dumps(results, indent=2))
            print(f"{size:,} {figures}", flush=True)
    sizes = sorted(results, key=int)
    keys = list(dict.fromkeys(key for size in sizes for key in results[size]))
    rows = [[key, *(shown(results[size].get(key)) for size in sizes)] for key in keys]
    print(table(["passages", *(f"{int(size):,}" for size in sizes)], rows))


if __name__ == "__main__":
    main()
