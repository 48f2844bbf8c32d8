"""What another embedding than the default finds, and what it costs: what the setting `embedding` names, side by side.

`python -m benchmarks.embeddings ../shared/data --out embeddings default multilingual models/all-mpnet-base-v2` indexes
Cranfield and SQuAD 2.0 with each, asks each the same questions, and prints nDCG@10 and hit@1 of the dense ranking and
of both rankings, tokens embedded a second, and milliseconds that embedding a question takes.
"""

import argparse
import re
from pathlib import Path
from statistics import median
from time import perf_counter

from llama_index.core.base.embeddings.base import BaseEmbedding

from benchmarks.precision import RANKINGS, Search
from benchmarks.quality import SETS, Set, asked, index_name, shown, table
from rag.build import build_index, open_engine
from rag.config import Config
from rag.evaluate.ask import searching
from rag.evaluate.evidence import with_places
from rag.evaluate.importers import import_set
from rag.evaluate.run import run_questions, summarize
from rag.models.embedding import load_embedding
from rag.store.folder_catalog import FolderIndex

METRICS = {"squad2": "hit@1", "glasgow_ir": "ndcg@10"}

TIMED = 200
"""Questions that are timed."""


def measure(chosen: Set, data: Path, out: Path, name: str, embedding: BaseEmbedding) -> list[str]:
    """A row of the table: one set, one embedding. The vectors are made anew, in a cache of their own."""
    key = re.sub(r"\W+", "-", Path(name).name)
    questions = index_name(chosen)
    if not (out / questions).exists():
        import_set(chosen.kind, data / chosen.path, out / questions)
    config = Config(index_dir=out / "indexes", cache_dir=out / f"cache-{questions}-{key}", embedding=name)
    index = f"{questions}-{key}"
    report = build_index(out / questions / "documents", config, index, rebuild=True, embedding=embedding)
    located = with_places(asked(chosen, data, out), open_engine(config, index, embedding=embedding).source)
    found = []
    for rankings in RANKINGS:
        search = Search(FolderIndex(config.index_folder(index)).open(), embedding, rankings)
        found.append(shown(summarize(run_questions(located, searching(search)))[METRICS[questions]]))
    seconds = []
    for item, _ in located[:TIMED]:
        started = perf_counter()
        embedding.get_query_embedding(item.question)
        seconds.append(perf_counter() - started)
    speed = [f"{report.tokens / report.seconds:,.0f}", f"{1000 * median(seconds):.1f}"]
    return [chosen.name, METRICS[questions], key, *found, *speed]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", choices=METRICS, default=list(METRICS))
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    opened = {name: load_embedding(name, Config().cache_dir, print) for name in arguments.names}
    rows = [
        measure(chosen, arguments.data, arguments.out, name, embedding)
        for chosen in SETS
        if index_name(chosen) in arguments.sets
        for name, embedding in opened.items()
    ]
    titles = ["set", "metric", "embedding", *RANKINGS, "tokens/s", "ms a question"]
    print(table(titles, rows))
