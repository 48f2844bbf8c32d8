"""Documents cut into passages as the product cuts them, and questions asked of the passage that answers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from rag.config import Config
from rag.formats.parsed_document import ParsedDocument, Table
from rag.formats.tables.table_lines import table_lines, with_tables
from rag.formats.text import one_line
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import default_counter
from training.reader.examples import Example, Span
from training.reader.sets.places import example_of, words_of


class CutDocument(NamedTuple):
    """A document's text, its tables, and where its passages lie."""

    text: str
    tables: list[Table]
    passages: list[Span]


def cut_document(paragraphs: Iterable[str], rows: Iterable[Sequence[str]], labelled: bool) -> CutDocument:
    """Paragraphs with a table below, `labelled` as of a sheet or CSV file, otherwise between bars as of a page."""
    cells = ([one_line(cell) for cell in row] for row in rows)
    lines = "\n".join(table_lines(cells, labelled=labelled, may_be_form=False))
    parsed = with_tables(ParsedDocument("\n\n".join([*paragraphs, lines])), has_forms=False)
    return CutDocument(parsed.text, parsed.tables, _chunker().passage_spans(parsed.text, "en", parsed.tables))


def asked_of(
    name: str,
    document: str,
    number: str,
    question: str,
    answers: Sequence[str],
    spans: Sequence[Span],
    cut: CutDocument,
) -> Iterator[Example]:
    """The question asked of the passage that holds the first span, and of the likest of those that answer nothing."""
    start, end = next(((s, e) for s, e in cut.passages if s <= spans[0][0] and spans[0][1] <= e), (0, 0))
    inside = [(s - start, e - start) for s, e in spans if start <= s and e <= end]
    if not inside:  # a row longer than a passage is cut
        return
    answered = example_of(name, document, number, question, cut.text[start:end], inside, answers)
    yield answered
    asked, said = set(words_of(question)), [words_of(answer) for answer in answered.answers]
    others = [cut.text[s:e] for s, e in cut.passages if not any(s <= place < e for place, _ in spans)]
    others = [text for text in others if not any(_holds(words_of(text), words) for words in said)]
    if others:
        likest = max(others, key=lambda text: len(asked.intersection(words_of(text))))
        yield replace(answered, id=f"{number}-elsewhere", passage=likest, spans=(), relevant=False)


def _holds(words: list[str], run: list[str]) -> bool:
    return any(words[at : at + len(run)] == run for at in range(len(words) - len(run) + 1))


@lru_cache
def _chunker() -> SentenceChunker:
    return SentenceChunker(default_counter(), Config().max_passage_tokens)
