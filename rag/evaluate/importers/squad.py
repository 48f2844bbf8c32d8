"""SQuAD 1.1, SQuAD 2.0 and sets in their format; PolicyQA."""

from collections.abc import Iterable
from pathlib import Path

from pydantic import TypeAdapter

from rag.evaluate.dataset import Evidence
from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.source import Id, SourceRow, read_json, stem
from rag.evaluate.importers.text import Text, compose, distinct, line_ends, quote

IMPOSSIBLE = "impossible"

_EXAMPLE = (
    '{"data": [{"title": …, "paragraphs": [{"context": …, "qas":'
    ' [{"id": …, "question": …, "answers": [{"text": …, "answer_start": …}]}]}]}]}'
)
_PARTS = frozenset({"train", "dev", "test"})


class _Answer(SourceRow):
    text: str
    answer_start: int | None = None


class _Asked(SourceRow):
    id: Id
    question: str
    answers: tuple[str | _Answer, ...] = ()
    is_impossible: bool = False
    type: str = ""


class _Paragraph(SourceRow):
    context: str
    qas: list[_Asked]


class _Article(SourceRow):
    title: str | None = None
    paragraphs: list[_Paragraph]
    split: str | None = None


class _File(SourceRow):
    data: list[_Article]


_FILE = TypeAdapter(_File)


def read_squad(path: Path, found: Collection) -> None:
    """Read a file of SQuAD's format: a document an article, evidence where the answers stand.

    Answers with `answer_start` are evidence there, overlapping ones merged; one that does not stand there is looked up.
    Answers that are texts alone give the range of the first if its paragraph has it once, else the whole paragraph.
    A title's underscores become spaces. A paragraph that an article holds twice is written once.
    """
    for number, article in enumerate(read_json(path, _FILE, found.notes, _EXAMPLE).data, start=1):
        _add_article(found, article, number, article.split or "")


def read_policyqa(path: Path, found: Collection) -> None:
    """Read a file of PolicyQA, in SQuAD's format: a document a policy, a question's category as its tag."""
    part = stem(path) if stem(path) in _PARTS else ""
    for number, article in enumerate(read_json(path, _FILE, found.notes, _EXAMPLE).data, start=1):
        _add_article(found, article, number, part)


def _add_article(found: Collection, article: _Article, number: int, split: str) -> None:
    title = (article.title or "").replace("_", " ").strip() or f"Article {number}"
    contexts = [line_ends(paragraph.context) for paragraph in article.paragraphs]
    parts = distinct(contexts)
    if copies := len(contexts) - len(parts):
        found.notes.add("paragraphs that their document holds already, written once", title, copies)
    text = compose(title, parts)
    file = found.add_document(title, text.text)
    start_of = dict(zip(parts, text.starts, strict=True))
    for paragraph, context in zip(article.paragraphs, contexts, strict=True):
        for asked in paragraph.qas:
            _add_question(found, asked, paragraph.context, file, text, start_of[context], split)


def _add_question(
    found: Collection, asked: _Asked, context: str, file: str | None, text: Text, start: int, split: str
) -> None:
    tags = [asked.type.split("|||")[0]] if asked.type else []
    answers = [answer if isinstance(answer, _Answer) else _Answer(text=answer) for answer in asked.answers]
    answers = [answer for answer in answers if answer.text.strip()]
    if asked.is_impossible:
        found.add_question(asked.id, asked.question, False, split=split, tags=[*tags, IMPOSSIBLE])
        return
    if not answers:
        found.notes.add("questions without answer and not marked impossible, taken as unanswerable", asked.id)
    evidence: Iterable[Evidence] = ()
    if answers and file:
        ranges = _answer_ranges(found, asked.id, answers, context)
        evidence = [quote(file, text.text, start + left, start + right) for left, right in ranges]
    texts = [answer.text for answer in answers]
    found.add_question(asked.id, asked.question, bool(answers), texts, evidence, split=split, tags=tags)


def _answer_ranges(found: Collection, name: str, answers: list[_Answer], context: str) -> list[tuple[int, int]]:
    """Ranges of the answers in their paragraph, with the loader's line ends; all of it where none can be told."""
    paragraph = line_ends(context)
    ranges = []
    for answer in answers:
        if answer.answer_start is not None:
            place = _place(context, paragraph, answer.text, answer.answer_start)
            if place is None:
                found.notes.add("answers that do not stand where the set says, looked up by their text", name)
                place = _only_place(paragraph, line_ends(answer.text))
            if place:
                ranges.append(place)
    if all(answer.answer_start is None for answer in answers) and (
        place := _only_place(paragraph, line_ends(answers[0].text))
    ):
        ranges.append(place)
    if not ranges:
        found.notes.add("questions whose answer has no single place, given their whole paragraph as evidence", name)
    return _merged(ranges) or ([(0, len(paragraph))] if paragraph else [])


def _place(context: str, paragraph: str, answer: str, start: int) -> tuple[int, int] | None:
    """The range in a paragraph of what stands at a character of the set's own context."""
    if start < 0 or context[start : start + len(answer)] != answer:
        return None
    left, wanted = len(line_ends(context[:start])), line_ends(answer)
    return (left, left + len(wanted)) if paragraph[left : left + len(wanted)] == wanted else None


def _only_place(paragraph: str, answer: str) -> tuple[int, int] | None:
    start = paragraph.find(answer)
    once = start >= 0 and paragraph.find(answer, start + 1) < 0
    return (start, start + len(answer)) if once else None


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
