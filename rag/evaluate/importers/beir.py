"""BEIR: a corpus, queries, and judgements in tables."""

from collections import Counter
from pathlib import Path

from pydantic import Field, TypeAdapter

from rag.errors import DocumentError
from rag.evaluate.dataset import MOST_RELEVANT
from rag.evaluate.importers.collection import Collection, Notes
from rag.evaluate.importers.judged import JudgedDocuments
from rag.evaluate.importers.source import Id, SourceRow, member, members, read_json_lines, read_lines, stem

_COLUMNS = ("query-id", "corpus-id", "score")
_DOCUMENT_EXAMPLE = '{"_id": …, "title": …, "text": …}'
_QUERY_EXAMPLE = '{"_id": …, "text": …}'


class _Document(SourceRow):
    id: Id = Field(alias="_id")
    title: str | None = None
    text: str | None = None


class _Query(SourceRow):
    id: Id = Field(alias="_id")
    text: str


_DOCUMENT = TypeAdapter(_Document)
_QUERY = TypeAdapter(_Query)


def read_beir(path: Path, found: Collection) -> None:
    """Read a folder of BEIR: corpus.jsonl, queries.jsonl and qrels/*.tsv, one for each split.

    Evidence is whole documents with their score as relevance, those with 0 or less left out. A query that several
    splits judge becomes a question in each, with the split behind its id.
    """
    corpus, asked = (member(path, [name], "beir") for name in ("corpus.jsonl", "queries.jsonl"))
    tables = members(path / "qrels", ".tsv")
    if not tables:
        raise DocumentError(f"{path / 'qrels'}: no .tsv file in it. Add the judgements, in columns {_COLUMNS}.")
    documents = JudgedDocuments(found)
    for number, row in read_json_lines(corpus, _DOCUMENT, found.notes, _DOCUMENT_EXAMPLE):
        documents.add(row.id, row.title or "", row.text or "", corpus, number)
    queries: dict[str, str] = {}
    for number, asking in read_json_lines(asked, _QUERY, found.notes, _QUERY_EXAMPLE):
        if asking.id in queries:
            raise DocumentError(f"{asked}, line {number}: the id {asking.id!r} is taken. Give each query its own.")
        queries[asking.id] = asking.text
    judged = {stem(table): _read_judgements(table, found.notes) for table in tables}
    splits_of = Counter(query for split in judged.values() for query in split)
    for split, judgements in judged.items():
        for query in judgements:
            if query not in queries:
                found.notes.add("judged queries that are not in queries.jsonl, left out", query)
        for query, text in queries.items():
            if query in judgements:
                name = f"{query}-{split}" if splits_of[query] > 1 else query
                documents.ask(name, text, judgements[query], split)
    for query in queries:
        if query not in splits_of:
            found.notes.add("queries without judgement, left out", query)
    several = sum(count > 1 for query, count in splits_of.items() if query in queries)
    found.notes.add("queries of several splits, one question for each with the split behind its id", count=several)


def _read_judgements(table: Path, notes: Notes) -> dict[str, list[tuple[str, int]]]:
    """Documents with their scores by query; a query with none above 0 has an empty list."""
    judgements: dict[str, list[tuple[str, int]]] = {}
    for number, line in read_lines(table, notes):
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if not line.strip() or (number == 1 and cells == _COLUMNS):
            continue
        try:
            query, document, score = cells[0], cells[1], int(cells[2])
        except (IndexError, ValueError):
            columns = ", ".join(_COLUMNS)
            raise DocumentError(
                f"{table}, line {number}: {line[:80]!r} is no judgement. Write {columns}, with tabs between them."
            ) from None
        if score > MOST_RELEVANT:
            raise DocumentError(
                f"{table}, line {number}: the score {score} is over {MOST_RELEVANT}. Give lower grades."
            )
        relevant = judgements.setdefault(query, [])
        if score > 0:
            relevant.append((document, score))
        else:
            notes.add("judgements with a score of 0 or less, no evidence")
    return judgements
