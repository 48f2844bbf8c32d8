"""What the tables of passages answer to a question, cell by cell; and which of their rows it cannot be about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from llama_index.core.schema import NodeWithScore

from rag.answering.citations import Statement
from rag.answering.mail_header import asked_field
from rag.answering.question_kinds import answer_kind
from rag.answering.table_calculations import calculated
from rag.answering.table_extremes import extreme_rows
from rag.answering.table_lookup import heads_another, look_up, may_be, names_stand
from rag.answering.table_question import Found, Similarity, TableQuestion, names_in
from rag.answering.table_statements import MOST_ROWS, calculated_statement, row_statement
from rag.answering.whole_tables import TablesOf, WholeTable, whole_tables
from rag.formats.mail.header import HEADER
from rag.formats.parsed_document import Row
from rag.formats.tables.table_header import Kind
from rag.metadata import LANGUAGE
from rag.retrieval.reranker import reading_of
from rag.text.languages import ENGLISH
from rag.text.sentences import Span, trim_marker

LEAST_EXPLAINED = 0.6
"""Share of a question's words that a table must account for to answer it from a cell whose column is named."""

LEAST_OF_ROW = 0.85
"""The same to answer it with whole rows, or several."""

AS_LIKELY = 0.02
"""Difference of confidence up to which two tables answer as well."""

PROSE = 80
"""Characters of a cell from which on its row is read like any other text."""

SURE = 0.95
"""Confidence where row and column are named and nothing of the question is left over."""

BY_KIND = 0.8
"""The same where a column is told by its kind alone, and where several rows or no column are."""


@dataclass(frozen=True, slots=True)
class TableAnswer:
    """The statements of the rows that are meant, `more` of them left out; and how likely that is right, 0 to 1."""

    statements: list[Statement]
    confidence: float
    more: int = 0


@dataclass(frozen=True, slots=True)
class TablesRead:
    """What tables answer, None where they do not; and by passage the rows that the question cannot be about.

    `kind` is that of the cell that is asked for.
    """

    answer: TableAnswer | None
    ruled_out: dict[int, set[Span]]
    tables: list[tuple[WholeTable, Found | None]]
    kind: Kind | None = None

    def is_empty_in(self, document: str | None) -> bool:
        """Whether the cell that is asked for is there in a document, and holds nothing."""
        return any(
            found and found.is_empty and table.places[0][0].ref_doc_id == document for table, found in self.tables
        )

    def of_row(self, node_id: str, sentence: Span, span: Span, confidence: float) -> TableAnswer | None:
        """What the row that a sentence of a passage is says, where a reader saw the answer in `span` of it.

        With the other rows that the question is about as much; None where the sentence is no row, or one of prose.
        """
        for table, found in self.tables:
            for number, (part, row) in enumerate(table.places):
                is_it = part.node_id == node_id and trim_marker(part.text, (row.start, row.end)) == sentence
                if is_it and not _is_prose(row):
                    meant = found if found and number in found.rows else Found([number], None, [], 0.0, "none")
                    if table.grid.is_form:
                        meant = replace(meant, column=1, named=[0])
                    elif meant.column is None and meant.by != "unclear":
                        column = _column_at(row, span, meant.named)
                        fits = column is not None and may_be(table.grid.rows[number][column], self.kind)
                        meant = replace(meant, column=column if fits else None)
                    return _answer(confidence, table, meant)
        return None


def read_tables(
    question: str,
    nodes: Sequence[NodeWithScore],
    tables_of: TablesOf = lambda document: {},
    similarity: Similarity | None = None,
) -> TablesRead:
    """What the tables of `nodes`, best first, say to `question`."""
    kind = answer_kind(question)
    ruled_out: dict[int, set[Span]] = {}
    tables: list[tuple[WholeTable, Found | None]] = []
    of_nodes = list(whole_tables(nodes, tables_of))
    for table in of_nodes:
        first = table.places[0][0]
        language = first.metadata.get(LANGUAGE) or ENGLISH
        asked = TableQuestion(question, kind, names_in(question, language), similarity, language)
        siblings = [other.grid for other in of_nodes if other.places[0][0].ref_doc_id == first.ref_doc_id]
        if heads_another(asked, table.grid, siblings):
            _rule_out(nodes, table, set(), ruled_out)
            continue
        is_header = table.grid.caption == HEADER
        found = (
            asked_field(asked, table.grid, _said(nodes, first.ref_doc_id)) if is_header else _looked_up(asked, table)
        )
        tables.append((table, found))
        # None of the rows that a figure is made of answers by itself.
        meant = {id(table.places[row][1]) for row in found.rows} if found and not found.calculation else set()
        # A form's labels may say in other words what is asked for, which the reader may understand.
        if table.grid.is_form and not is_header and not found and names_stand(asked, table.grid):
            meant = _read_in_value(question, nodes, table)
        _rule_out(nodes, table, meant, ruled_out)
    enough = [(table, found) for table, found in tables if found and _is_enough(found)]
    best = max(enough, key=lambda pair: _confidence(pair[1]), default=None)
    # Forms of one kind say the same of different things.
    alike = enough if best and not best[0].grid.is_form else [best] if best else []
    answers = [_answer(_confidence(found), table, found) for table, found in alike]
    # Nobody said which table is to be counted.
    counted = {answers[at].statements[0].text for at, (_, found) in enumerate(alike) if found.calculation}
    is_unclear = len(counted) + any(found is not None and not found.rows for _, found in tables) > 1
    return TablesRead(None if counted and is_unclear else _together(answers), ruled_out, tables, kind)


def _looked_up(question: TableQuestion, table: WholeTable) -> Found | None:
    """What a table says to a question; what takes all rows, only of a table that has them."""
    found = calculated(question, table.grid) or extreme_rows(question, table.grid) if table.is_whole else None
    return found or look_up(question, table.grid)


def _together(answers: Sequence[TableAnswer]) -> TableAnswer | None:
    """The likeliest answer, with those of other tables that are as likely and say something else."""
    best = max(answers, key=lambda answer: answer.confidence, default=None)
    if best is None:
        return None
    statements = {
        statement.text: statement
        for answer in [best, *answers]
        if answer.confidence >= best.confidence - AS_LIKELY
        for statement in answer.statements
    }
    shown = list(statements.values())[:MOST_ROWS]
    return TableAnswer(shown, best.confidence, best.more + len(statements) - len(shown))


def _is_enough(found: Found) -> bool:
    """Whether what is explained of a question is enough to answer it by a look-up alone."""
    return found.explained >= (LEAST_EXPLAINED if _is_one_cell(found) else LEAST_OF_ROW)


def _is_one_cell(found: Found) -> bool:
    return found.by in ("label", "meaning") and len(found.rows) == 1


def _confidence(found: Found) -> float:
    return found.explained * (SURE if found.by == "label" and len(found.rows) == 1 else BY_KIND)


def _answer(confidence: float, table: WholeTable, found: Found) -> TableAnswer:
    if found.calculation:
        return TableAnswer([calculated_statement(table, found, found.calculation)], confidence)
    shown = found.rows[:MOST_ROWS]
    statements = [row_statement(table, found, row) for row in shown]
    return TableAnswer(statements, confidence, len(found.rows) - len(shown))


def _column_at(row: Row, span: Span, named: Sequence[int]) -> int | None:
    """The column of the cell that a span begins in, where that cell does not name the row."""
    cells = enumerate(row.cells)
    column = next((number for number, cell in cells if cell and cell[0] <= span[0] < cell[1]), None)
    return None if column in named else column


def _said(nodes: Sequence[NodeWithScore], document: str | None) -> str:
    """What the passages of a document say."""
    return " ".join(node.text for node in nodes if node.node.ref_doc_id == document)


def _is_prose(row: Row) -> bool:
    return any(cell and cell[1] - cell[0] > PROSE for cell in row.cells)


def _read_in_value(question: str, nodes: Sequence[NodeWithScore], table: WholeTable) -> set[int]:
    """The rows of a form in which a reader saw an answer in the value, not in the label."""
    spans = {
        (node.node.node_id, found.sentence): found.span
        for node in nodes
        if (reading := reading_of(node, question))
        for found in reading.spans
    }
    return {
        id(row)
        for part, row in table.places
        if (span := spans.get((part.node_id, trim_marker(part.text, (row.start, row.end)))))
        and _column_at(row, span, []) == 1
    }


def _rule_out(
    nodes: Sequence[NodeWithScore], table: WholeTable, meant: set[int], ruled_out: dict[int, set[Span]]
) -> None:
    numbers = {node.node.node_id: number for number, node in enumerate(nodes)}
    is_header = table.grid.caption == HEADER
    for part, row in table.places:
        if id(row) not in meant and part.node_id in numbers and (is_header or not _is_prose(row)):
            span = trim_marker(part.text, (row.start, row.end))
            ruled_out.setdefault(numbers[part.node_id], set()).add(span)
