"""INSCIT: conversations that look for information in Wikipedia."""

from pathlib import Path
from typing import NamedTuple

from pydantic import Field, TypeAdapter

from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.source import SourceRow, member, read_json
from rag.evaluate.importers.text import compose, heading, line_ends, quote

_NOTHING_FOUND = "noAnswerNoRelevantInfo"
_EXAMPLE = (
    '{"dialog": {"turns": [{"context": […], "labels": [{"responseType": …, "response": …,'
    ' "evidence": [{"passage_id": "Title:0", "passage_text": …, "passage_titles": […]}]}]}]}}'
)


class _Passage(SourceRow):
    passage_id: str = Field(pattern=r":\d+$")
    passage_text: str
    passage_titles: tuple[str, ...] = ()

    @property
    def article(self) -> str:
        """The title of the article."""
        return self.passage_id.rpartition(":")[0]

    @property
    def number(self) -> int:
        """Which passage of the article it is, from 0."""
        return int(self.passage_id.rpartition(":")[2])

    @property
    def section(self) -> str:
        """The titles of section, subsection, …, without the article's."""
        return " / ".join(title for title in self.passage_titles[1:] if title.strip())


class _Label(SourceRow):
    responseType: str
    response: str
    evidence: tuple[_Passage, ...] = ()


class _Turn(SourceRow):
    context: list[str] = Field(min_length=1)
    labels: list[_Label]
    prevEvidence: tuple[tuple[_Passage, ...], ...] = ()


class _Dialog(SourceRow):
    turns: list[_Turn]


class _Place(NamedTuple):
    file: str
    text: str
    start: int
    end: int


_DIALOGS = TypeAdapter(dict[str, _Dialog])


def read_inscit(path: Path, found: Collection) -> None:
    """Read a file of INSCIT or its folder: a document an article, made of the passages in the file; a question a turn.

    Evidence is the passages of all labels. A turn is answerable where one of its labels has evidence or is a direct
    answer: a clarification, or relevant information where the very answer is missing, rests on passages as well, and
    the tags tell. Unanswerable is a turn where the annotators found nothing; what they said instead is no answer.
    """
    file = member(path, ["dev.json"], "inscit") if path.is_dir() else path
    dialogs = read_json(file, _DIALOGS, found.notes, _EXAMPLE)
    places = _add_articles(found, dialogs)
    for name, dialog in dialogs.items():
        for number, turn in enumerate(dialog.turns, start=1):
            labels = [label for label in turn.labels if label.responseType != _NOTHING_FOUND or label.evidence]
            held = [places[passage.passage_id, passage.passage_text] for label in labels for passage in label.evidence]
            evidence = [quote(*place) for place in held if place]
            answerable = bool(evidence) or any(label.responseType == "directAnswer" for label in labels)
            found.add_question(
                f"{name}#{number}",
                turn.context[-1],
                answerable,
                [label.response for label in labels] if answerable else [],
                evidence,
                history=turn.context[:-1],
                tags=[label.responseType for label in turn.labels],
            )


def _add_articles(found: Collection, dialogs: dict[str, _Dialog]) -> dict[tuple[str, str], _Place | None]:
    """A document for each article; the place of each passage by id and text, None for one without text."""
    articles: dict[str, dict[tuple[str, str], _Passage]] = {}
    for turn in (turn for dialog in dialogs.values() for turn in dialog.turns):
        for group in [*(label.evidence for label in turn.labels), *turn.prevEvidence]:
            for passage in group:
                articles.setdefault(passage.article, {})[passage.passage_id, passage.passage_text] = passage
    places: dict[tuple[str, str], _Place | None] = {}
    for title, passages in articles.items():
        places |= _add_article(found, title, sorted(passages.values(), key=lambda passage: passage.number))
    found.notes.add("articles that hold only the passages in the file, not all of their text", count=len(articles))
    return places


def _add_article(found: Collection, title: str, passages: list[_Passage]) -> dict[tuple[str, str], _Place | None]:
    parts: list[str] = []
    part_of: dict[tuple[str, str], int] = {}
    section = ""
    for passage in passages:
        if passage.section not in ("", section):
            parts.append(heading(passage.section, level=2))
        section = passage.section
        part_of[passage.passage_id, passage.passage_text] = len(parts)
        parts.append(line_ends(passage.passage_text))
    has_text = any(passage.passage_text.strip() for passage in passages)
    text, starts = compose(title, parts if has_text else [""] * len(parts))
    file = found.add_document(title, text)
    return {
        key: _Place(file, text, starts[part], starts[part] + len(parts[part])) if file and parts[part] else None
        for key, part in part_of.items()
    }
