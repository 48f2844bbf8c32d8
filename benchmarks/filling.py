"""An index of made passages with a store of the product's own, and what making it costs, embedding aside."""

import json
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from llama_index.core.schema import Document, NodeRelationship, RelatedNodeInfo, TextNode

from benchmarks.made import PASSAGES_OF_DOCUMENT, Passage, load_made
from benchmarks.measuring import memory
from rag.metadata import TITLE
from rag.store.files import LOCK_FILE
from rag.store.manifest import Manifest
from rag.store.vector_store import FaissStore

Clocks = npt.NDArray[np.float64]
"""Seconds by the clock, and of all cores."""


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
    started = _clocks()
    for number, (passages, making) in enumerate(_timed(corpus.documents(size))):
        # As if what is put in had been there.
        started += making
        put(store, f"{number}.txt", passages)
        so_far = (number + 1) * PASSAGES_OF_DOCUMENT
        if step and so_far % step == 0 and so_far < size:
            grown.append(_persist(store, so_far, started))
            print(json.dumps(grown[-1]), file=sys.stderr, flush=True)
            shutil.copytree(
                folder, out / f"index-{so_far}", ignore=shutil.ignore_patterns(LOCK_FILE), copy_function=os.link
            )
            started = _clocks()
    grown.append(_persist(store, size, started))
    seconds = sum(part["stages_s"]["all"] for part in grown)
    cpu = sum(part["cpu_s"] for part in grown)
    return {"build_s": seconds, "build_cpu_s": cpu, "passages_per_s": size / seconds, "grown": grown} | grown[-1]


def _clocks() -> Clocks:
    return np.array([time.perf_counter(), time.process_time()])


def _persist(store: FaissStore, size: int, started: Clocks) -> dict[str, Any]:
    """Make `store` current; what that took, and putting before it since `started`."""
    stages = {"put": float(time.perf_counter() - started[0])}
    last, stage = time.perf_counter(), "segments"

    def on_progress(following: str) -> None:
        nonlocal last, stage
        now = time.perf_counter()
        stages[stage] = now - last
        last, stage = now, following

    store.persist(on_progress=on_progress)
    on_progress("")
    stages["all"], cpu = (_clocks() - started).tolist()
    ann = store.manifest.ann
    return {
        "passages": size,
        "stages_s": stages,
        "cpu_s": cpu,
        "build_peak_mb": memory("VmHWM"),
        "kind": f"{ann.kind}, {ann.nprobe} lists, recall {ann.recall:.3f}" if ann else "flat",
    }


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


def _timed(items: Iterable[list[Passage]]) -> Iterator[tuple[list[Passage], Clocks]]:
    """Items, each with the seconds that it took to be made."""
    iterator = iter(items)
    while True:
        started = _clocks()
        item = next(iterator, None)
        if item is None:
            return
        yield item, _clocks() - started
