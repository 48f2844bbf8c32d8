"""The public sets as Examples: a question, a passage, and where in it the answer stands."""

import gzip
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from training.reader.splits import Part, parts
from training.rows import load_rows, save_rows

Span = tuple[int, int]

FILES = {
    "squad2": "squad2/squad2_dev_15articles_train.json.gz",
    "squad11": "squad2/squad11_dev_13_other_articles.json.gz",
    "new_wiki": "squadshifts/new_wiki_v1.0.json.gz",
    "reddit": "squadshifts/reddit_v1.0.json.gz",
    "amazon": "squadshifts/amazon_reviews_v1.0.json.gz",
    "policyqa": "policyqa/dev.json.gz",
    "policyqa_test": "policyqa/test.json.gz",
    "covidqa": "covidqa/200423_covidQA.json.gz",
}
WIKIPEDIA = ("squad2", "squad11", "new_wiki")

WINDOW_CHARACTERS = 2400
"""Of a longer paragraph, such as a paper of covidqa, what surrounds the answer is kept."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage.

    `spans` holds the character ranges in the passage at which an annotated answer stands, none where the passage does
    not answer; `answers` are the annotated texts, also of questions that another passage answers. `relevant` says
    whether it is the passage that the question was asked about.
    """

    set: str
    document: str
    id: str
    question: str
    passage: str
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    relevant: bool


def read_examples(data: Path, name: str, part: Part) -> list[Example]:
    """The Examples of a set's documents that belong to `part`, each with the paragraph it was asked about."""
    examples = read_file(data / FILES[name], name)
    part_of = parts(name, (example.document for example in examples))
    return [example for example in examples if part_of[example.document] == part]


def read_file(file: Path, name: str) -> list[Example]:
    """The Examples of a file in SQuAD's format, compressed; `name` is what their set is called."""
    with gzip.open(file) as content:
        articles = json.load(content)["data"]
    return [
        example
        for number, article in enumerate(articles)
        for paragraph in article["paragraphs"]
        for example in _of_paragraph(name, article.get("title") or f"{name} {number}", paragraph)
    ]


def _of_paragraph(name: str, title: str, paragraph: dict[str, Any]) -> Iterator[Example]:
    context = paragraph["context"]
    for asked in paragraph["qas"]:
        # Sets differ: an answer is a text, or a text with its place.
        given = [{"text": a} if isinstance(a, str) else a for a in asked.get("answers", [])]
        impossible = bool(asked.get("is_impossible"))
        spans = [] if impossible else [span for answer in given for span in _places(context, asked["question"], answer)]
        if not impossible and not spans:
            continue
        left, right = _window(context, spans)
        kept = [(start - left, end - left) for start, end in spans if left <= start and end <= right]
        texts = () if impossible else tuple(dict.fromkeys(answer["text"] for answer in given))
        question = " ".join(asked["question"].split())
        yield Example(name, title, str(asked["id"]), question, context[left:right], texts, tuple(kept), True)


def _places(context: str, question: str, answer: dict[str, Any]) -> list[Span]:
    """Where an answer stands: as annotated, or else the occurrence amid most of the question's words."""
    text = answer["text"].strip()
    if not text:
        return []
    start = answer.get("answer_start")
    if start is not None and context[start : start + len(answer["text"])] == answer["text"]:
        start += len(answer["text"]) - len(answer["text"].lstrip())
        return [(start, start + len(text))]
    found = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(text)}(?!\w)", context)]
    if not found and (start := context.find(text)) >= 0:
        found = [(start, start + len(text))]
    asked = set(_WORD.findall(question.lower()))

    def nearness(span: Span) -> int:
        around = context[max(0, span[0] - 120) : span[1] + 120].lower()
        return len(asked & set(_WORD.findall(around)))

    return [max(found, key=nearness)] if found else []


def _window(context: str, spans: list[Span]) -> Span:
    if len(context) <= WINDOW_CHARACTERS:
        return 0, len(context)
    middle = spans[0][0] if spans else 0
    left = max(0, min(middle - WINDOW_CHARACTERS // 2, len(context) - WINDOW_CHARACTERS))
    while left > 0 and not context[left - 1].isspace():
        left -= 1
    return left, min(len(context), left + WINDOW_CHARACTERS)


def save(examples: list[Example], file: Path) -> None:
    """Write JSON lines, compressed, as one rename."""
    save_rows(map(asdict, examples), file)


def load(file: Path) -> list[Example]:
    """What `save` wrote."""
    return [
        Example(**row | {"answers": tuple(row["answers"]), "spans": tuple(map(tuple, row["spans"]))})
        for row in load_rows(file)
    ]
