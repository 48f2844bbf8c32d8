"""Tables of values between commas, semicolons, tabs or bars."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter

from rag.formats.parsed_document import ParsedDocument
from rag.formats.tables.table_lines import table_lines, with_tables
from rag.formats.text import decode, finished, library_errors, one_line

_DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64_000
_SAMPLE_ROWS = 50


def read_csv(raw: bytes) -> ParsedDocument:
    """A table of values between commas, semicolons, tabs or bars, a line a row."""
    text, encoding, notes = decode(raw)
    with library_errors("CSV file"):
        rows = ([one_line(cell) for cell in row] for row in _rows(text, _delimiter(text)))
        # Two columns of a form would be saved as anything else.
        lines = table_lines(rows, labelled=True, may_be_form=False)
        parsed = ParsedDocument("\n".join(lines), notes=notes, encoding=encoding)
        return finished(with_tables(parsed, has_forms=False))


def _delimiter(text: str) -> str:
    """The delimiter that parts most of the first rows, and most of them into equally many columns."""
    sample = text[:_SAMPLE_CHARACTERS]

    def agreement(delimiter: str) -> tuple[int, int, int]:
        widths = Counter(len(row) for row in islice(_rows(sample, delimiter), _SAMPLE_ROWS) if len(row) > 1)
        width, count = max(widths.items(), key=itemgetter(1), default=(0, 0))
        return widths.total(), count, width

    return max(_DELIMITERS, key=agreement)


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    # A cell may be as long as the file; the module's limit is one for the process.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
