"""CLAP NQ: long answers to real questions, with the sentences they rest on."""

from pathlib import Path
from typing import NamedTuple

from pydantic import TypeAdapter

from rag.errors import DocumentError
from rag.evaluate.dataset import Evidence
from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.source import Id, SourceRow, members, read_json_lines
from rag.evaluate.importers.text import compose, line_ends, quote

_EXAMPLE = (
    '{"id": …, "input": …, "passages": [{"title": …, "text": …}], "output": [{"answer": …, "selected_sentences": […]}]}'
)


class _Passage(SourceRow):
    title: str = ""
    text: str


class _Output(SourceRow):
    answer: str = ""
    selected_sentences: tuple[str, ...] = ()


class _Asked(SourceRow):
    id: Id
    input: str
    passages: list[_Passage]
    output: list[_Output]


_ASKED = TypeAdapter(_Asked)


class _Page(NamedTuple):
    """The file of a passage, its text, and the range that the passage has in it."""

    file: str
    text: str
    start: int
    end: int


def read_clapnq(path: Path, found: Collection) -> None:
    """Read a file of CLAP NQ, or all .jsonl files of a folder: a document a passage, evidence each selected sentence.

    A question is answerable where an annotator wrote an answer. Where none of the sentences is in a passage, all of it
    is the evidence.
    """
    files = members(path, ".jsonl") if path.is_dir() else [path]
    if not files:
        raise DocumentError(f"{path}: no .jsonl file in it. Give the folder of a clapnq set, or one of its files.")
    for file in files:
        for _, asked in read_json_lines(file, _ASKED, found.notes, _EXAMPLE):
            _add_question(found, asked)


def _add_question(found: Collection, asked: _Asked) -> None:
    pages = [page for passage in asked.passages if (page := _add_passage(found, passage))]
    answers = [output.answer for output in asked.output if output.answer.strip()]
    if skipped := len(asked.output) - len(answers) if answers else 0:
        found.notes.add("annotations without an answer beside others with one, left out", asked.id, skipped)
    sentences = [sentence for output in asked.output if output.answer.strip() for sentence in output.selected_sentences]
    evidence = _evidence(found, asked.id, pages, sentences) if answers else []
    found.add_question(asked.id, asked.input, bool(answers), answers, evidence)


def _add_passage(found: Collection, passage: _Passage) -> _Page | None:
    text, starts = compose(passage.title, [line_ends(passage.text)])
    file = found.add_document(passage.title or "Passage", text)
    return _Page(file, text, starts[0], starts[0] + len(line_ends(passage.text))) if file else None


def _evidence(found: Collection, name: str, pages: list[_Page], sentences: list[str]) -> list[Evidence]:
    """The sentences where they stand, in order of place; all of the passages where one is missing or none is given."""
    places: set[tuple[int, int, int]] = set()
    wanted = [line_ends(sentence) for sentence in sentences if sentence.strip()]
    for sentence in wanted:
        place = next((place for number, page in enumerate(pages) if (place := _find(number, page, sentence))), None)
        if place:
            places.add(place)
        else:
            found.notes.add("selected sentences that are not in their passage, given all of it as evidence", name)
            places |= {(number, page.start, page.end) for number, page in enumerate(pages)}
    if not wanted:
        found.notes.add("answers without selected sentences, given their whole passage as evidence", name)
        places = {(number, page.start, page.end) for number, page in enumerate(pages)}
    return [quote(pages[number].file, pages[number].text, start, end) for number, start, end in sorted(places)]


def _find(number: int, page: _Page, sentence: str) -> tuple[int, int, int] | None:
    start = page.text.find(sentence, page.start, page.end)
    return (number, start, start + len(sentence)) if start >= 0 else None
