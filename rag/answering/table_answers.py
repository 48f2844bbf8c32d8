"""What the tables of passages answer to a question, cell by cell; and which of their rows it cannot be about."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answering.citations import Shown
from rag.answering.question_kinds import answer_kind
from rag.answering.table_extremes import extreme_rows
from rag.answering.table_lookup import Found, Grid, Similarity, TableQuestion, look_up, names_stand
from rag.formats.parsed_document import Row
from rag.formats.table_header import kind_of
from rag.metadata import LANGUAGE, SECTION, TITLE
from rag.retrieval.passage_tables import tables_in
from rag.text.sentences import Span, is_heading, sentence_spans, trim_marker
from rag.text.words import stems

MOST_ROWS = 12
"""Rows that an answer shows at most."""

LEAST_EXPLAINED = 0.7
"""Share of a question's words that a table must account for to answer it from a cell whose column is named."""

LEAST_OF_ROW = 0.85
"""The same to answer it with whole rows, or several."""

PROSE = 80
"""Characters of a cell from which on its row is read like any other text."""

SURE = 0.95
"""Confidence where row and column are named and nothing of the question is left over."""

BY_KIND = 0.8
"""The same where a column is told by its kind alone, and where several rows or no column are."""

_NAME = re.compile(r"\w*\d[\w.,/-]*|(?<=[^.!?\s] )(?:\b[A-ZÀ-ÞĀ-ŽА-Я][\w’'-]*)")
_MARKUP = re.compile(r"\*\*|__|`")

WholeDocument = Callable[[str], Sequence[TextNode]]
"""All passages of a document by its id, in order; none where they are too many to be read at once."""


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The statements of the rows that are meant, `more` of them left out; and how likely that is right, 0 to 1."""

    statements: list[Shown]
    confidence: float
    more: int = 0


@dataclass(slots=True)
class _Table:
    """A table put together from the passages that hold parts of it."""

    grid: Grid
    is_whole: bool
    places: list[tuple[TextNode, Row]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TablesRead:
    """What tables answer, None where they do not; and by passage the rows that the question cannot be about."""

    answer: TableAnswer | None
    ruled_out: dict[int, set[Span]]


def read_tables(
    question: str,
    nodes: Sequence[NodeWithScore],
    whole: WholeDocument = lambda document_id: (),
    similarity: Similarity | None = None,
) -> TablesRead:
    """What the tables of `nodes`, best first, say to `question`."""
    asked = TableQuestion(question, answer_kind(question), _must_stand(question), similarity)
    ruled_out: dict[int, set[Span]] = {}
    best: tuple[float, _Table, Found] | None = None
    for table in _tables(nodes, whole):
        found = extreme_rows(asked, table.grid) if table.is_whole else None
        found = found or look_up(asked, table.grid)
        meant = {id(table.places[row][1]) for row in found.rows} if found else set()
        # A form's labels may say in other words what is asked for, which the reader may understand.
        if found or not table.grid.is_form or not names_stand(asked.names, table.grid):
            _rule_out(nodes, table, meant, ruled_out)
        if found and found.explained >= (LEAST_EXPLAINED if _is_one_cell(found) else LEAST_OF_ROW):
            confidence = _confidence(found)
            if best is None or confidence > best[0]:
                best = confidence, table, found
    return TablesRead(_answer(*best) if best else None, ruled_out)


def _is_one_cell(found: Found) -> bool:
    return found.by in ("label", "meaning") and len(found.rows) == 1


def _confidence(found: Found) -> float:
    return found.explained * (SURE if found.by == "label" and len(found.rows) == 1 else BY_KIND)


def _answer(confidence: float, table: _Table, found: Found) -> TableAnswer:
    shown = found.rows[:MOST_ROWS]
    statements = [_statement(table, found, row) for row in shown]
    return TableAnswer(statements, confidence, len(found.rows) - len(shown))


def _statement(table: _Table, found: Found, number: int) -> Shown:
    node, row = table.places[number]
    cells = table.grid.rows[number]
    quote = node, trim_marker(node.text, (row.start, row.end))
    if found.column is None or found.column >= len(cells) or not cells[found.column]:
        return Shown(_written(table.grid, cells), quote, None)
    value = cells[found.column]
    names = [cells[column] for column in found.named if column < len(cells) and cells[column]]
    if not table.grid.is_form and not any(stems(name) - _figures(name) for name in names):
        words = (
            cell for number, cell in enumerate(cells) if number != found.column and kind_of(cell) == "text" and cell
        )
        names = [next(words, next(filter(None, cells))), *names]
    subject = ", ".join(dict.fromkeys(names)).rstrip(":")
    label = table.grid.labels[found.column] if found.column < len(table.grid.labels) else ""
    before = f"{subject}: {label} ".replace("  ", " ") if label else f"{subject}: "
    return Shown(before + value, quote, (len(before), len(before) + len(value)))


def _written(grid: Grid, cells: Sequence[str]) -> str:
    labels = [*grid.labels, *[""] * len(cells)]
    return "; ".join(f"{label}: {cell}" if label else cell for label, cell in zip(labels, cells, strict=False) if cell)


def _tables(nodes: Sequence[NodeWithScore], whole: WholeDocument) -> Iterator[_Table]:
    """The tables that `nodes` hold parts of, whole where they are to be had so."""
    seen: set[tuple[str, int]] = set()
    for node in nodes:
        document = node.node.ref_doc_id or ""
        for number in [found.number for found in tables_in(node.node)]:
            if (document, number) in seen:
                continue
            seen.add((document, number))
            all_parts = whole(document)
            parts = all_parts or sorted(_of(nodes, document), key=lambda part: part.start_char_idx or 0)
            if table := _put_together(parts, number, is_whole=bool(all_parts)):
                yield table


def _of(nodes: Sequence[NodeWithScore], document: str) -> list[TextNode]:
    return [node.node for node in nodes if isinstance(node.node, TextNode) and node.node.ref_doc_id == document]


def _put_together(parts: Sequence[TextNode], number: int, is_whole: bool) -> _Table | None:
    labels: Sequence[str] = ()
    around = ""
    places: list[tuple[TextNode, Row]] = []
    for part in parts:
        for found in tables_in(part):
            if found.number == number:
                if not places:
                    labels = found.table.labels
                    around = f"{found.table.caption} {_around(part, found.table.rows[0].start)}"
                places += [(part, row) for row in found.table.rows]
    if not places:
        return None
    rows = [[_MARKUP.sub("", part.text[slice(*cell)]) if cell else "" for cell in row.cells] for part, row in places]
    return _Table(Grid(labels, rows, around), is_whole, places)


def _around(node: TextNode, start: int) -> str:
    """Title, section and the headings of a passage that stand before `start`."""
    text = node.text[:start]
    headings = [
        text[slice(*span)] for span in sentence_spans(text, node.metadata.get(LANGUAGE)) if is_heading(node.text, span)
    ]
    return " ".join([str(node.metadata.get(TITLE, "")), str(node.metadata.get(SECTION) or ""), *headings])


def _must_stand(question: str) -> frozenset[str]:
    """Stems of the figures and names of a question, which must stand in what answers it."""
    return frozenset({stem for name in _NAME.findall(question) for stem in stems(name)})


def _figures(name: str) -> set[str]:
    return {stem for stem in stems(name) if any(map(str.isdigit, stem))}


def _rule_out(nodes: Sequence[NodeWithScore], table: _Table, meant: set[int], ruled_out: dict[int, set[Span]]) -> None:
    numbers = {node.node.node_id: number for number, node in enumerate(nodes)}
    for part, row in table.places:
        is_prose = any(cell and cell[1] - cell[0] > PROSE for cell in row.cells)
        if id(row) not in meant and part.node_id in numbers and not is_prose:
            span = trim_marker(part.text, (row.start, row.end))
            ruled_out.setdefault(numbers[part.node_id], set()).add(span)
