"""Indexing on Ray beside indexing in one process, on this machine's cores: python -m benchmarks.on_ray --out FOLDER

Made articles (benchmarks.peers.corpus) with the default embedding, each system in turn, in rounds; the median counts.
What Ray adds to a document is told from short files and an embedding that takes no time: how much longer 600 take than
200, less the same of one process, so that nothing of it is the start of a worker. Compare figures of one run alone.
"""

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from llama_index.core.base.embeddings.base import BaseEmbedding

from benchmarks.no_embedding import NoEmbedding
from benchmarks.peers.corpus import write_corpus
from rag.build import build_index
from rag.cluster.connection import Cluster, connected
from rag.config import Config
from rag.cores import core_count

ARTICLES = 200
ROUNDS = 3
FEW, MANY = 200, 600


def main() -> None:
    """Print the figures, and keep them in the folder --out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures; is made")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        figures = measured(Path(folder))
    (arguments.out / "on_ray.json").write_text(json.dumps(figures, indent=2), encoding="utf-8")
    print(json.dumps(figures, indent=2))


def measured(folder: Path) -> dict[str, float]:
    """Documents a second of each system, ratios to one process, and seconds of what is done once or a document."""
    write_corpus(folder, ARTICLES)
    for count in (FEW, MANY):
        (folder / str(count)).mkdir()
        for number in range(count):
            (folder / str(count) / f"{number}.txt").write_text(f"Document {number} is about the number {number}.\n")
    config = Config(cache_dir=folder / "cache", index_dir=folder / "indexes")
    index = indexing(config, folder)
    index("files", None, None)  # The model is exported.
    started = time.perf_counter()
    with connected("ray") as cluster:
        start = time.perf_counter() - started
        systems = {"one process": None, "Ray, 1 worker": replace(cluster, cores=1)}
        systems |= {f"Ray, {count} workers": replace(cluster, cores=count) for count in range(2, core_count() + 1)}
        taken: dict[str, list[float]] = {name: [] for name in systems}
        for _ in range(ROUNDS):
            for name, of in systems.items():
                taken[name].append(index("files", of, None))
        none = NoEmbedding()
        more = {
            name: statistics.median(index(str(MANY), of, none) - index(str(FEW), of, none) for _ in range(ROUNDS))
            for name, of in list(systems.items())[:2]
        }
    seconds = {name: statistics.median(times) for name, times in taken.items()}
    figures = {f"{name}: documents a second": ARTICLES / value for name, value in seconds.items()}
    figures |= {f"{name}: to one process": seconds["one process"] / value for name, value in seconds.items()}
    figures["2 workers to 1"] = seconds["Ray, 1 worker"] / seconds.get("Ray, 2 workers", seconds["Ray, 1 worker"])
    figures["milliseconds a document more"] = 1000 * (more["Ray, 1 worker"] - more["one process"]) / (MANY - FEW)
    figures["seconds until Ray has started"] = start
    return figures


def indexing(config: Config, folder: Path) -> Callable[[str, Cluster | None, BaseEmbedding | None], float]:
    """A function that indexes files below `folder` anew, no vector being known, and gives the seconds it took."""

    def index(files: str, cluster: Cluster | None, embedding: BaseEmbedding | None) -> float:
        shutil.rmtree(config.cache_dir / "vectors", ignore_errors=True)
        started = time.perf_counter()
        build_index(folder / files, config, "made", rebuild=True, embedding=embedding, cluster=cluster)
        return time.perf_counter() - started

    return index


if __name__ == "__main__":
    main()
