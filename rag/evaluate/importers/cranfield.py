"""The Cranfield collection, in SMART's format."""

import re
from pathlib import Path
from typing import NamedTuple

from rag.errors import DocumentError
from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.judged import JudgedDocuments
from rag.evaluate.importers.source import member, read_lines

_RECORD = re.compile(r"\.I\s+(\d+)\s*")
_FIELD = re.compile(r"\.([TABW])\s*")
_FIELDS = "TABW"
"""Title, author, bibliography, words: the order in which they stand."""


class _Record(NamedTuple):
    line: int
    number: int
    fields: dict[str, list[str]]


def read_cranfield(path: Path, found: Collection) -> None:
    """Read the folder of Cranfield: cran.all.1400, cran.qry and cran.qrels.

    A document has its title as heading and then its words, without the title that they begin with; authors and
    bibliography are left out. Queries are numbered by order of appearance: the numbers in cran.qry are others than the
    judgements'. A judgement of any code counts as relevant, 1, as the codes fall with relevance and -1 is what the file
    in TREC's format has as 1.
    """
    documents = JudgedDocuments(found)
    source = member(path, ["cran.all.1400"], "cranfield")
    asked = member(path, ["cran.qry"], "cranfield")
    table = member(path, ["cran.qrels", "cranqrel"], "cranfield")
    for record in _read_records(source, found):
        title, words = record.fields.get("T", []), record.fields.get("W", [])
        body = words[len(title) :] if words[: len(title)] == title else words
        documents.add(str(record.number), " ".join(title), "\n".join(body).strip("\n"), source, record.line)
    queries = [" ".join(" ".join(record.fields.get("W", [])).split()) for record in _read_records(asked, found)]
    judgements = _read_judgements(table, len(queries), found)
    for number, query in enumerate(queries, start=1):
        documents.ask(str(number), query, [(document, 1) for document in judgements.get(number, [])])


def _read_records(file: Path, found: Collection) -> list[_Record]:
    """What follows each .I, as lines by field. A mark that comes again within a text is left out."""
    records: list[_Record] = []
    field = ""
    for number, line in read_lines(file, found.notes):
        if begins := _RECORD.fullmatch(line):
            records.append(_Record(number, int(begins[1]), {}))
            field = ""
        elif not records:
            raise DocumentError(
                f"{file}, line {number}: {line[:80]!r} before the first .I. Give a file of SMART's format."
            )
        elif (mark := _FIELD.fullmatch(line)) and _FIELDS.find(mark[1]) > _FIELDS.find(field or " "):
            field = mark[1]
            records[-1].fields[field] = []
        elif mark:
            found.notes.add("marks of a field within a text, left out", str(records[-1].number))
        elif field:
            records[-1].fields[field].append(line)
        elif line.strip():
            raise DocumentError(f"{file}, line {number}: {line[:80]!r} in no field. Put .T, .A, .B or .W before it.")
    return records


def _read_judgements(table: Path, query_count: int, found: Collection) -> dict[int, list[str]]:
    """Documents by the number of the query."""
    judgements: dict[int, list[str]] = {}
    for number, line in read_lines(table, found.notes):
        if not line.strip():
            continue
        try:
            query, document, code = map(int, line.split())
        except ValueError:
            raise DocumentError(
                f"{table}, line {number}: {line[:80]!r} is no judgement. Write query, document and code as numbers."
            ) from None
        if not 1 <= query <= query_count:
            raise DocumentError(f"{table}, line {number}: there is no query {query}, only 1 to {query_count}.")
        if code < 1:
            found.notes.add(f"judgements with the code {code}, taken as relevant like the others")
        judgements.setdefault(query, []).append(str(document))
    return judgements
