"""What int8 costs in what is found: the product's embedding beside the same model in fp32, dense ranking and both.

`python -m benchmarks.precision ../shared/data --out precision` indexes SciFact and SQuAD 2.0 once with each, asks both
the same questions, and prints nDCG@10 and hit@1 with the difference in points. About 15 minutes on 2 cores.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import onnx
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.schema import QueryBundle

from benchmarks.quality import PASSAGES, SETS, Set, asked, index_name, shown, table
from rag.answer import Passage, Turn
from rag.build import open_engine
from rag.config import Config
from rag.evaluate.ask import searching
from rag.evaluate.evidence import with_places
from rag.evaluate.importers import import_set
from rag.evaluate.run import run_questions, summarize
from rag.ingest.chunker import SentenceChunker
from rag.ingest.update import update_index
from rag.models.default_embedding import OnnxEmbedding, default_counter, load_default_embedding
from rag.models.embedding_graph import graph
from rag.models.packaged_model import packaged_model
from rag.retrieval.hybrid import HybridRetriever, Rankings
from rag.retrieval.passage import as_passage
from rag.store.folder_catalog import FolderIndex
from rag.store.index_store import IndexStore
from rag.store.vector_store import FaissStore

METRICS = {"squad2": "hit@1", "scifact": "ndcg@10"}
RANKINGS: tuple[Rankings, ...] = ("dense", "both")


class Search:
    """What evaluation asks for passages: the product's retriever over an index, with an embedding."""

    def __init__(self, store: IndexStore, embedding: BaseEmbedding, rankings: Rankings) -> None:
        self._retriever = HybridRetriever(store, embedding, PASSAGES, Config().candidate_count, rankings)

    def search(self, question: str, history: Sequence[Turn]) -> list[Passage]:
        """The best passages, best first."""
        return [as_passage(node) for node in self._retriever.retrieve(QueryBundle(question))]


def fp32_embedding(folder: Path) -> OnnxEmbedding:
    """The model without quantisation, made in `folder`."""
    file = folder / "fp32.onnx"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        onnx.save(graph(packaged_model()), file)
    return OnnxEmbedding(file, packaged_model())


def measure(chosen: Set, data: Path, out: Path) -> list[list[str]]:
    """Rows of the table for one set."""
    name = index_name(chosen)
    if not (out / name).exists():
        import_set(chosen.kind, data / chosen.path, out / name)
    config = Config(index_dir=out / "indexes")
    chunker = SentenceChunker(default_counter(), config.max_passage_tokens)
    embeddings = {"int8": load_default_embedding(config.cache_dir), "fp32": fp32_embedding(out)}
    for kind, embedding in embeddings.items():
        index = config.index_folder(f"{name}-{kind}")
        if not index.exists() or kind == "int8":  # which may have been made otherwise meanwhile
            report = update_index(
                out / name / "documents",
                FolderIndex(index),
                embedding,
                chunker,
                config.max_file_megabytes,
                rebuild=True,
            )
            print(f"{name}, {kind}: {report.tokens / report.seconds:,.0f} tokens/s", flush=True)
    located = with_places(asked(chosen, data, out), open_engine(config, f"{name}-int8").source)
    rows = []
    for rankings in RANKINGS:
        found = {}
        for kind, embedding in embeddings.items():
            search = Search(FaissStore.open(config.index_folder(f"{name}-{kind}")), embedding, rankings)
            found[kind] = summarize(run_questions(located, searching(search)))[METRICS[name]]
        loss = 100 * (found["fp32"] - found["int8"])
        rows.append([chosen.name, METRICS[name], rankings, shown(found["fp32"]), shown(found["int8"]), f"{loss:+.2f}"])
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    measured = [row for s in SETS if index_name(s) in METRICS for row in measure(s, arguments.data, arguments.out)]
    print(table(["set", "metric", "ranking", "fp32", "int8", "points lost"], measured))
