"""JSON and JSON Lines, a line a value with the path that leads to it."""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

from rag.errors import DocumentError
from rag.formats.parsed_document import ParsedDocument, Section
from rag.formats.tables.table_lines import table_lines, with_tables
from rag.formats.text import clean, decode, finished, headed, library_errors
from rag.text.headings import Heading

_LONGEST_CELL = 200
_LEAST_FILLED = 0.5
"""Share of the keys of all that objects have at least, to be rows of one table."""
_PARAGRAPH_END = re.compile(r"\n\s*\n\s*")
_NO_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)', re.DOTALL)


class _Object(list[tuple[str, Any]]):
    """An object's keys and values, keys that come twice included."""


def read_json(raw: bytes) -> ParsedDocument:
    """A JSON file: a line a value, a block for each item of a list or key of the whole; records as a table's rows."""
    text, encoding, notes = decode(raw)
    if not text.strip():
        return finished(ParsedDocument(""))
    with library_errors("JSON file"):
        value = _parse(text, 1)
        if isinstance(value, list) and not isinstance(value, _Object):
            written, sections = "\n\n".join(_records(list(enumerate(value, start=1)))), list[Section]()
        else:
            written, sections = _with_sections(value)
        return finished(with_tables(ParsedDocument(written, sections=sections, notes=notes, encoding=encoding)))


def read_json_lines(raw: bytes) -> ParsedDocument:
    """A JSON Lines file: a block for each record, which is numbered by its line; short records as a table's rows."""
    text, encoding, notes = decode(raw)
    lines = enumerate(text.split("\n"), start=1)
    with library_errors("JSON Lines file"):
        records = [(number, _parse(line, number)) for number, line in lines if line.strip()]
        text = "\n\n".join(_records(records))
        return finished(with_tables(ParsedDocument(text, notes=notes, encoding=encoding)))


def _parse(text: str, first_line: int) -> Any:
    """The value of `text`, with numbers as they are written. Raises DocumentError with the line that is wrong."""

    def reject(constant: str) -> NoReturn:
        found = next(match for match in _NO_NUMBER.finditer(text) if match.group(1))
        line = first_line + text.count("\n", 0, found.start())
        raise DocumentError(f"line {line}: {constant}, which is no JSON value. Write null.")

    try:
        return json.loads(text, object_pairs_hook=_Object, parse_int=str, parse_float=str, parse_constant=reject)
    except json.JSONDecodeError as error:
        advice = "Put each record on a line of its own in a .jsonl file" if error.msg == "Extra data" else "Correct it"
        line = first_line + error.lineno - 1
        raise DocumentError(f"line {line}: not JSON ({error.msg}, column {error.colno}). {advice}.") from None
    except RecursionError:
        raise DocumentError(f"line {first_line}: nested too deeply. Flatten it, or remove the file.") from None


def _records(records: list[tuple[int, Any]]) -> list[str]:
    if rows := _table([record for _, record in records]):
        return ["\n".join(table_lines(rows, headers=1, labelled=True))]
    blocks = ((number, _block("", record)) for number, record in records)
    return [f"## Record {number}\n\n{block}" for number, block in blocks if block]


def _table(values: list[Any]) -> list[list[str]] | None:
    """The rows of a table of these objects under their keys; None where they are no rows, or hold more than a cell."""
    if len(values) < 2 or not all(isinstance(value, _Object) for value in values):
        return None
    labels = {key: _label(key) for key in dict.fromkeys(key for value in values for key, _ in value)}
    records = [{labels[key]: _written(member) for key, member in value} for value in values]
    keys = list(dict.fromkeys(key for record in records for key in record))
    cells = [cell for record in records for cell in record.values()]
    if len(keys) < 2 or any(cell is None or "\n" in cell or len(cell) > _LONGEST_CELL for cell in cells):
        return None
    if len(cells) < len(keys) * len(records) * _LEAST_FILLED or any(
        len(r) < len(v) for r, v in zip(records, values, strict=True)
    ):
        return None
    return [keys, *([record.get(key) or "" for key in keys] for record in records)]


def _with_sections(value: Any) -> tuple[str, list[Section]]:
    """The lines of a value, and what each key stands over of an object whose keys all hold objects."""
    blocks: list[str] = []
    headings: list[tuple[int, Heading]] = []
    length = 0

    def add(path: str, value: Any, level: int) -> None:
        nonlocal length
        if isinstance(value, _Object) and len(value) > 1 and all(isinstance(member, _Object) for _, member in value):
            for key, member in value:
                headings.append((length, Heading(level, _label(key))))
                add(f"{path}.{_label(key)}" if path else _label(key), member, level + 1)
        elif block := _block(path, value):
            blocks.append(block)
            length += len(block) + 1

    add("", value, 1)
    text = "\n".join(blocks)
    return text, headed(headings, len(text))


def _block(path: str, value: Any) -> str:
    """The lines of a value; one of several paragraphs ends with a blank line, so that the next is apart."""
    return "\n".join(_lines(path, value)).strip()


def _lines(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, _Object):
        for key, member in value:
            yield from _lines(f"{path}.{_label(key)}" if path else _label(key), member)
    elif isinstance(value, list) and (rows := _table(value)):
        yield from table_lines(rows, caption=path, headers=1, labelled=True)
    elif isinstance(value, list):
        written = [_written(item) for item in value]
        if all(item is not None and "\n" not in item for item in written):
            yield from _lines(path, ", ".join(item for item in written if item))
        else:
            for index, item in enumerate(value):
                yield from _lines(f"{path}[{index}]", item)
    elif text := _written(value):
        label = f"{path}: " if path else ""
        yield f"- {label}{text}" + ("\n" if "\n" in text else "")


def _written(value: Any) -> str | None:
    """A value that holds no others as text, "" where it says nothing; None for others."""
    if isinstance(value, str):
        text = clean(value).strip()
        return _PARAGRAPH_END.sub("\n\n", text) if "\n" in text else text
    if isinstance(value, list):
        return None
    return "" if value is None else "true" if value else "false"


def _label(key: str) -> str:
    return " ".join(clean(key).split())
