"""An index in PostgreSQL beside the same in a folder: what is found, how good its full text is, how fast, how large.

`python -m benchmarks.shared_store ../shared/data postgresql://… --out shared` indexes each of SETS in a folder, copies
it into the database, and asks both the same questions. The full text is scored beside tantivy's BM25 and beside what
PostgreSQL ranks by itself: ts_rank and ts_rank_cd over a tsvector, and the extension rum, where --rum names a server
that has it. Prints tables in Markdown. About 10 minutes on 2 cores.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from llama_index.core.schema import NodeWithScore

from benchmarks.measuring import Watch, seconds_of
from benchmarks.precision import PASSAGES, Search
from benchmarks.quality import SEARCH_METRICS, SETS, Set, asked, index_name, prepare, shown, table
from rag.answer import Passage, Turn
from rag.build import catalog_at, copy_index, open_engine
from rag.config import FOLDERS, Config
from rag.evaluate.ask import searching
from rag.evaluate.evidence import with_places
from rag.evaluate.run import run_questions, summarize
from rag.models.default_embedding import load_default_embedding
from rag.retrieval.hybrid import Rankings
from rag.retrieval.passage import as_passage
from rag.store.postgres.catalog import PostgresIndex
from rag.text.words import content_words

ASKED = ("squad2", "scifact")
MOST_ASKED, WARM_UP = 500, 20
RANKINGS: tuple[Rankings, ...] = ("dense", "lexical", "both")
OWN = {
    "ts_rank": "SELECT row, ts_rank(words, q) FROM own, q WHERE words @@ q ORDER BY 2 DESC, 1 LIMIT %s",
    "ts_rank_cd": "SELECT row, ts_rank_cd(words, q, 1) FROM own, q WHERE words @@ q ORDER BY 2 DESC, 1 LIMIT %s",
    "rum": "SELECT row, 1 / (words <=> q) FROM own, q WHERE words @@ q ORDER BY words <=> q, 1 LIMIT %s",
}
"""What PostgreSQL ranks by, the words of a question joined by OR as BM25 takes them."""


class OwnRanking:
    """A ranking of PostgreSQL's own over the passages of an index, in the database at `url`."""

    def __init__(self, index: PostgresIndex, url: str, kind: str) -> None:
        self._store = index.open()
        self._connection = psycopg.connect(url, autocommit=True)
        self._connection.execute("CREATE TEMPORARY TABLE own (row bigint, words tsvector)")
        for row, text in self._store.contents.fetch("SELECT row, text FROM passages"):
            self._connection.execute("INSERT INTO own VALUES (%s, to_tsvector('english', %s))", (row, text))
        by = "rum (words rum_tsvector_ops)" if kind == "rum" else "gin (words)"
        self._connection.execute(f"CREATE INDEX ON own USING {by}")
        self._connection.execute("ANALYZE own")
        self._statement = OWN[kind]

    def search(self, question: str, history: Sequence[Turn]) -> list[Passage]:
        """The best passages, best first."""
        words = " or ".join(content_words(question))
        asked_for = "WITH q AS (SELECT websearch_to_tsquery('english', %s) AS q) "
        found = self._connection.execute(asked_for + self._statement, (words, PASSAGES)).fetchall()
        nodes = self._store.contents.nodes([row for row, _ in found])
        return [as_passage(NodeWithScore(node=nodes[row], score=float(score))) for row, score in found]


Rows = list[list[str]]


def measure(chosen: Set, data: Path, out: Path, url: str, rum: str | None) -> tuple[Rows, Rows, Rows]:
    """Rows of the three tables for one set."""
    name = index_name(chosen)
    prepare(chosen, data, out)
    config = Config(index_dir=out / "indexes")
    copied = seconds_of(lambda: copy_index(config, name, url, is_replaced=True))
    indexes = [catalog_at(store, config.index_dir).index(name) for store in (FOLDERS, url)]
    passages = indexes[0].manifest().passages
    sizes = [
        [chosen.name, kind, f"{passages:,}", f"{index.size() / passages:,.0f}", seconds]
        for kind, index, seconds in zip(("folder", "PostgreSQL"), indexes, ("", f"{copied:.1f}"), strict=True)
    ]
    folder, shared = (index.open() for index in indexes)
    embedding = load_default_embedding(config.cache_dir)
    questions = with_places(asked(chosen, data, out), open_engine(config, name).source)
    texts = [question.question for question, _ in questions][:MOST_ASKED]
    same = []
    for rankings in RANKINGS:
        watches = [Watch(), Watch()]
        found = [
            ids_found(Search(store, embedding, rankings), texts, watch)
            for store, watch in zip((folder, shared), watches, strict=True)
        ]
        pairs = list(zip(*found, strict=True))
        overlap = np.mean([len({*one} & {*other}) / max(1, len(one)) for one, other in pairs])
        first = np.mean([one[:1] == other[:1] for one, other in pairs])
        times = [f"{watch.figures()[f'p{share}_ms']:.1f}" for watch in watches for share in (50, 95)]
        same.append([chosen.name, rankings, f"{len(texts):,}", f"{overlap:.3f}", f"{first:.3f}", *times])
    engines: dict[str, Callable[[], Any]] = {
        "tantivy, BM25": lambda: Search(folder, embedding, "lexical"),
        "postings in PostgreSQL, BM25": lambda: Search(shared, embedding, "lexical"),
    }
    for kind in OWN:
        at = rum if kind == "rum" else url
        if at:
            engines[kind] = partial(OwnRanking, indexes[1], at, kind)
    quality = []
    for kind, make in engines.items():
        summary = summarize(run_questions(questions, searching(make())))
        quality.append([chosen.name, kind, *(shown(summary[metric]) for metric in SEARCH_METRICS)])
    return same, quality, sizes


def ids_found(search: Search, texts: Sequence[str], watch: Watch) -> list[list[tuple[str, int]]]:
    """The places of the passages for each question, and the time of each."""
    for text in texts[:WARM_UP]:
        search.search(text, ())
    return [[(passage.document, passage.start) for passage in watch.call(search.search, text, ())] for text in texts]


def main() -> None:
    """Measure the sets, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the public sets")
    parser.add_argument("url", help="address of a database")
    parser.add_argument("--out", type=Path, required=True, help="folder for documents and indexes")
    parser.add_argument("--rum", help="address of a database with the extension rum, which is ranked by too")
    arguments = parser.parse_args()
    measured = [
        measure(chosen, arguments.data, arguments.out, arguments.url, arguments.rum)
        for chosen in SETS
        if index_name(chosen) in ASKED
    ]
    times = ["folder p50 ms", "p95", "PostgreSQL p50 ms", "p95"]
    heads = (
        ["set", "ranking", "questions", "overlap at 10", "same first", *times],
        ["set", "full text", *SEARCH_METRICS],
        ["set", "store", "passages", "bytes a passage", "copied in, s"],
    )
    for head, parts in zip(heads, zip(*measured, strict=True), strict=True):
        print(table(head, [row for rows in parts for row in rows]), end="\n\n")


if __name__ == "__main__":
    main()
