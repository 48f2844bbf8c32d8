"""Questions that a cell of a table answers: of the row that its first cell names, under a label that is a measure."""

import re
from collections import Counter
from collections.abc import Iterator

from rag.formats.parsed_document import Table
from rag.formats.tables.table_header import kind_of
from rag.text.sentences import Span

_MEASURE = re.compile(
    r"(?:[a-z]+ )?(?:area|attendance|budget|capacity|cost|depth|distance|duration|elevation|fee|height"
    r"|length|population|power|price|size|speed|temperature|weight|width)"
)
"""Labels that "the … of" goes with; of a verb, a plural or a rank it does not."""

_NAME = re.compile(
    r"(?!.*\b(?i:total|all|others?|sum|average|mean|remainder|rest|none)\b)[A-Z][\w’'&-]*(?: [\w’'&-]+){0,4}"
)

_SHORT = 2
"""Words of a name that may be written small but for the first: Stoneground wholemeal."""


def questions_of_table(table: Table, text: str) -> Iterator[tuple[str, Span, str]]:
    """Questions with the row that answers each and the cell that does; `text` holds the table."""
    rows = [[text[slice(*cell)] if cell else "" for cell in row.cells] for row in table.rows]
    names = Counter(cells[0] for cells in rows if cells)
    for row, cells in zip(table.rows, rows, strict=True):
        if not cells or names[cells[0]] > 1 or not _NAME.fullmatch(cells[0]) or _is_phrase(cells[0]):
            continue
        for label, cell in zip(table.labels[1:], cells[1:], strict=False):
            measure = label.lower()
            if _MEASURE.fullmatch(measure) and kind_of(cell) != "text":
                yield f"What is the {measure} of “{cells[0]}”?", (row.start, row.end), cell


def _is_phrase(name: str) -> bool:
    """Whether a row's first cell is less a name than a part of a sentence: Due within one year."""
    words = name.split()
    return len(words) > _SHORT and not all(word[0].isupper() or word in ("of", "and", "the") for word in words)
