"""Questions over tables whose answers are cells: of Wikipedia (WikiTableQuestions), of business reports (TAT-QA)."""

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.reader.examples import Example, Span
from training.reader.sets.cut_documents import CutDocument, asked_of, cut_document
from training.reader.sets.files import read_json
from training.reader.sets.places import spans_of, words_of

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_NUMBER = re.compile(r"\W*\d+(?:\.\d+)?\W*")


def read_wiki_tables(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Those of WikiTableQuestions' questions that one cell answers; `files` are its questions and its tables.

    A number may be a count that a cell happens to hold, so its row must be named by the question. Where the row is not
    named, as where something is the largest, no other passage of the table is known not to answer.
    """
    questions, archive = files
    with zipfile.ZipFile(archive) as tables:
        cut: dict[str, CutDocument] = {}
        for line in questions.read_text(encoding="utf-8").strip().split("\n")[1:]:
            number, question, table, answer = line.split("\t")
            if table not in cut:
                rows = csv.reader(io.StringIO(tables.read(table).decode("utf-8"), newline=""), escapechar="\\")
                cut[table] = cut_document((), rows, _is_labelled(table))
            cells = _cells(cut[table], answer)
            if len(cells) != 1 or _may_be_count(answer, cut[table]):
                continue
            is_named = _names_row(question, cells[0], cut[table])
            if is_named or not _NUMBER.fullmatch(answer):
                asked = asked_of(name, table, number, question, [answer], cells, cut[table])
                yield from (example for example in asked if is_named or example.spans)


def read_tatqa(files: Sequence[Path], name: str, of_tables: bool) -> Iterator[Example]:
    """TAT-QA's questions that spans answer, of text alone, or those for which the table is needed."""
    for item in (item for file in files for item in read_json(file)):
        uid = item["table"]["uid"]
        paragraphs = {
            str(one["order"]): one["text"] for one in sorted(item["paragraphs"], key=lambda one: one["order"])
        }
        cut = cut_document(paragraphs.values(), item["table"]["table"], _is_labelled(uid))
        for asked in item["questions"]:
            if asked["answer_type"] not in {"span", "multi-span"} or (asked["answer_from"] != "text") != of_tables:
                continue
            answers = [text for answer in asked["answer"] if (text := str(answer).strip())]
            found = [_places(cut, asked, answer, paragraphs) for answer in answers]
            if found and all(len(places) == 1 for places in found):
                spans = [span for places in found for span in places]
                yield from asked_of(name, uid, asked["uid"], asked["question"], answers, spans, cut)


def _places(cut: CutDocument, asked: dict[str, Any], answer: str, paragraphs: dict[str, str]) -> list[Span]:
    """Where an answer stands in the text, or else in cells."""
    if asked["answer_from"] != "table":
        for order in asked["rel_paragraphs"]:
            paragraph = paragraphs.get(order, "")
            if spans := spans_of(paragraph, asked["question"], answer):
                left = cut.text.index(paragraph)
                return [(start + left, end + left) for start, end in spans]
    return _cells(cut, answer) if asked["answer_from"] != "text" else []


def _cells(cut: CutDocument, answer: str) -> list[Span]:
    """The cells that hold the answer and nothing else."""
    wanted = _value(answer)
    cells = (cell for table in cut.tables for row in table.rows for cell in row.cells if cell)
    return [cell for cell in cells if wanted and _value(cut.text[slice(*cell)]) == wanted]


def _value(text: str) -> list[str]:
    return words_of(_THOUSANDS.sub("", text))


def _names_row(question: str, cell: Span, cut: CutDocument) -> bool:
    """Whether a word of the question stands in another cell of the row, and in few other rows."""
    rows = [row for table in cut.tables for row in table.rows]
    words = [
        {word for other in row.cells if other and other != cell for word in words_of(cut.text[slice(*other)])}
        for row in rows
    ]
    own = next(found for row, found in zip(rows, words, strict=True) if cell in row.cells)
    return any(sum(word in found for found in words) <= len(rows) / 3 for word in own.intersection(words_of(question)))


def _may_be_count(answer: str, cut: CutDocument) -> bool:
    """Whether there are as many rows as the answer says, or more."""
    return answer.isdecimal() and int(answer) <= sum(len(table.rows) for table in cut.tables)


def _is_labelled(key: str) -> bool:
    """Whether a table's rows are written with labels: half of them, by hash."""
    return hashlib.sha256(key.encode()).digest()[0] % 2 == 0
