"""Questions over tables, each asked of its own table: how many are answered rightly, wrongly, and refused.

    .venv/bin/python -m benchmarks.tables [--questions 300] [--show] [--counts]

Of WikiTableQuestions the pristine unseen tables, of TAT-QA the development part: questions whose answer is one cell.
Tables go the way of files (rag.formats.csv_table) and are cut into passages; all passages of a table are given to the
reader, those that share most words with the question first, so that no retrieval is measured. With --counts, those
questions of WikiTableQuestions that ask how many, for a total or an average, and what is counted and added up for them.
"""

import argparse
import csv
import io
import json
import random
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from llama_index.core.schema import Document, NodeWithScore, TextNode

from rag.answering.quoting import QuoteSynthesizer
from rag.answering.refusal import RefusalPolicy
from rag.answering.table_answers import read_tables
from rag.answering.whole_tables import WholeTable, tables_of_passages
from rag.config import Config
from rag.formats.csv_table import read_csv
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import default_counter, load_default_embedding
from rag.models.reader import ReaderModel
from rag.models.similarity import TextSimilarity
from rag.retrieval.passage_tables import place_tables
from rag.retrieval.reranker import PassageReader
from rag.text.words import share_of_words, stems

DATA = Path("../shared/data")
SEED = 7
READ = 10
PARTS = {False: ("pristine-unseen-tables", "dev"), True: ("training", "test_gold")}
PASSAGE_TOKENS = 200
COUNTS = re.compile(r"\b(?:how many|number of|total|average|sum)\b", re.IGNORECASE)


class Example(NamedTuple):
    """A question, the CSV file that answers it, the answer, and how many of its cells hold that."""

    question: str
    table: bytes
    answer: str
    cells: int


def wiki_table_questions(folder: Path, part: str) -> Iterator[Example]:
    """Of a part, the questions that have one answer."""
    tables = zipfile.ZipFile(folder / "tables_csv.zip")
    by_name = {name.removeprefix("/"): name for name in tables.namelist()}
    file = folder / f"data__{part}.tsv"
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        _, question, context, answer = line.split("\t")
        name = next((by_name[n] for n in (context, f"WikiTableQuestions/{context}") if n in by_name), None)
        if name is None or "|" in answer:
            continue
        raw = tables.read(name)
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8")), escapechar="\\"))
        made = io.StringIO()
        csv.writer(made).writerows(rows)
        cells = sum(plain(cell) == plain(answer) for row in rows[1:] for cell in row)
        yield Example(question, made.getvalue().encode(), answer, cells)


def tat_qa(folder: Path, part: str) -> Iterator[Example]:
    """Of a part, the questions to the table alone whose answer is one span."""
    for item in json.loads((folder / f"dataset_raw__tatqa_dataset_{part}.json").read_text(encoding="utf-8")):
        rows = item["table"]["table"]
        made = io.StringIO()
        csv.writer(made).writerows(rows)
        for question in item["questions"]:
            answer = question["answer"]
            if question["answer_from"] != "table" or question["answer_type"] != "span" or len(answer) != 1:
                continue
            cells = sum(plain(cell) == plain(answer[0]) for row in rows for cell in row)
            yield Example(question["question"], made.getvalue().encode(), answer[0], cells)


def plain(text: str) -> str:
    """`text` for comparing: lower case, without thousands, currencies and outer signs."""
    return " ".join(text.lower().replace(",", "").replace("$", "").strip(" .\"'").split())


def passages(table: bytes, question: str) -> list[NodeWithScore]:
    """The passages of a table, those with most words of the question first."""
    parsed = read_csv(table)
    document = Document(id_="table.csv", text=parsed.text, metadata={"title": "table"})
    nodes = list(SentenceChunker(default_counter(), PASSAGE_TOKENS).passages(document, parsed.tables))
    place_tables(nodes, parsed.tables)
    asked = stems(question)
    scored = [NodeWithScore(node=node, score=0.3 + 0.3 * share_of_words(asked, node.text)) for node in nodes]
    return sorted(scored, key=lambda node: -(node.score or 0.0))[: 4 * READ]


def _tables_of(nodes: list[NodeWithScore], document_id: str) -> Mapping[int, WholeTable]:
    parts = [node.node for node in nodes if isinstance(node.node, TextNode)]
    return tables_of_passages(sorted(parts, key=lambda part: part.start_char_idx or 0), is_whole=True)


def print_counts(examples: Sequence[Example], similarity: TextSimilarity, show: bool) -> None:
    """Print how many questions are answered with a figure that was counted or calculated, and how many rightly."""
    counts: Counter[str] = Counter()
    for example in examples:
        nodes = passages(example.table, example.question)
        answer = read_tables(example.question, nodes, partial(_tables_of, nodes), similarity).answer
        (first, *_) = answer.statements if answer else [None]
        if first is None or first.support != "calculated" or first.short is None:
            continue
        is_right = plain(first.text[slice(*first.short)]) == plain(example.answer)
        counts["right" if is_right else "wrong"] += 1
        if show:
            print(f"{'right' if is_right else 'wrong'} | {example.question} | {first.text[:140]} | {example.answer}")
    print(f"WikiTableQuestions, counts: {len(examples)} questions, {counts['right']} right, {counts['wrong']} wrong")


def main() -> None:
    """Print the shares of both sets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--show", action="store_true", help="each question that is answered wrongly")
    parser.add_argument("--counts", action="store_true", help="questions that count and add up, nothing else")
    parser.add_argument("--tune", action="store_true", help="other parts of the sets, to try changes on")
    options = parser.parse_args()
    similarity = TextSimilarity(load_default_embedding(Config().cache_dir))
    if options.counts:
        asked = wiki_table_questions(DATA / "wikitablequestions", PARTS[options.tune][0])
        some = [example for example in asked if COUNTS.search(example.question)]
        random.Random(SEED).shuffle(some)
        print_counts(some[: options.questions], similarity, options.show)
        return
    model = ReaderModel()
    policy = RefusalPolicy(model.fitted.threshold)
    for name, examples in (
        ("WikiTableQuestions", wiki_table_questions(DATA / "wikitablequestions", PARTS[options.tune][0])),
        ("TAT-QA", tat_qa(DATA / "tatqa", PARTS[options.tune][1])),
    ):
        some = [example for example in examples if example.cells == 1]
        random.Random(SEED).shuffle(some)
        some = some[: options.questions]
        counts: Counter[str] = Counter()
        for example in some:
            nodes = passages(example.table, example.question)

            synthesizer = QuoteSynthesizer(PassageReader(model, READ), 4, partial(_tables_of, nodes), similarity)
            answer = policy.decide(synthesizer.quoted(example.question, nodes))
            verdict = (
                "refused" if answer.refused else "right" if plain(example.answer) in plain(answer.answer) else "wrong"
            )
            counts[verdict] += 1
            if options.show and verdict != "refused":
                print(
                    f"{verdict} | {example.question} | {answer.answer[:140]} | {answer.confidence} | {example.answer}"
                )
        shares = ", ".join(f"{verdict} {counts[verdict] / len(some):.3f}" for verdict in ("right", "wrong", "refused"))
        print(f"{name}: {len(some)} questions, {shares}")


if __name__ == "__main__":
    main()
