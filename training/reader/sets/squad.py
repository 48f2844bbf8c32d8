"""Sets in SQuAD's format, and the parts of SQuAD's own training set."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from training.reader.examples import Example
from training.reader.sets.files import read_json, read_json_lines
from training.reader.sets.places import example_of, spans_of
from training.reader.sets.tokenised import detokenised

LEAST_SCORE, LEAST_MARGIN = 0.7, 0.3
"""Of a question whose paragraph was recovered, how surely: its SOURCE.txt finds about 1.5 % wrong above these."""


def read_squad(files: Sequence[Path], name: str, titled: bool = True) -> Iterator[Example]:
    """The Examples of files in SQuAD's format; where they are not `titled`, each paragraph is a document."""
    number = 0
    for file in files:
        for article in read_json(file)["data"]:
            title = article.get("title") if titled else None
            for paragraph in article["paragraphs"]:
                if not title:
                    number += 1
                yield from _of_paragraph(name, title or f"{name} {number - 1}", title, paragraph)


def read_squad_train(files: Sequence[Path], name: str, original: bool = True) -> Iterator[Example]:
    """The questions about paragraphs in their original form, or those about lower-cased and tokenised ones.

    `files` are contexts.jsonl, questions.jsonl and unanswerable.jsonl. A paragraph without a title is of the document
    "", since nobody knows of which. Questions whose paragraph was recovered less surely are left out.
    """
    paragraphs, *asked = files
    contexts = {row["cid"]: row for row in read_json_lines(paragraphs) if (row["form"] == "original") == original}
    for part, rows in enumerate(map(read_json_lines, asked)):
        for number, row in enumerate(rows):
            context = contexts.get(row["cid"])
            if not context or (row["how"] == "recovered" and not _is_sure(row)):
                continue
            yield from _of_row(name, f"{part}-{number}", row, context)


def _is_sure(row: dict[str, Any]) -> bool:
    return row["score"] >= LEAST_SCORE and row["margin"] >= LEAST_MARGIN


def _of_row(name: str, number: str, row: dict[str, Any], context: dict[str, Any]) -> Iterator[Example]:
    text, title = context["context"], context["title"]
    answer = row.get("answer", "")
    spans = spans_of(text, row["question"], answer, row.get("answer_start"))
    if answer and not spans:
        return
    question = row["question"]
    if context["form"] != "original":
        text, spans = detokenised(text, spans)
    if context["form"] != "original" or row["how"] != "given":
        question, _ = detokenised(question)
    yield example_of(name, title or "", number, question, text, spans, titles=[title])


def _of_paragraph(name: str, document: str, title: str | None, paragraph: dict[str, Any]) -> Iterator[Example]:
    context = paragraph["context"]
    for asked in paragraph["qas"]:
        # Sets differ: an answer is a text, or a text with its place.
        given = [{"text": a} if isinstance(a, str) else a for a in asked.get("answers", [])]
        if asked.get("is_impossible"):
            given = []
        spans = [
            span
            for answer in given
            for span in spans_of(context, asked["question"], answer["text"], answer.get("answer_start"))
        ]
        if spans or asked.get("is_impossible"):
            texts = [answer["text"] for answer in given]
            # Where paragraphs are documents, numbers begin anew in each.
            number = str(asked["id"]) if title else f"{document}-{asked['id']}"
            yield example_of(name, document, number, asked["question"], context, spans, texts, [title])
