"""Metadata filters as SQLite is asked for them, over the tables of rag.store.corpus."""

from collections.abc import Sequence
from typing import Any

from rag.metadata import PAGE, SECTION
from rag.store.conditions import Condition, Dialect
from rag.store.filters import DOCUMENT, FIELDS


class SqliteDialect(Dialect):
    """Conditions in SQL with placeholders `?`; metadata is JSON."""

    true, false = "1", "0"

    def one_of(self, column: str, values: Sequence[str]) -> Condition:
        """Whether a column is one of these."""
        return Condition(f"{column} IN ({','.join('?' * len(values))})", tuple(values))

    def field(self, key: str) -> Condition:
        """What a key names: metadata of the passage, or else of its document."""
        if key == DOCUMENT:
            return Condition("d.id")
        if key in (PAGE, SECTION):
            return Condition(f"p.{key}")
        if '"' in key:
            raise ValueError(f"an index cannot be filtered by the key {key!r}, which holds a quotation mark")
        if key in FIELDS:
            return Condition(f"json_extract(d.metadata, '$.{key}')")
        return Condition(
            "coalesce(json_extract(p.metadata, ?), json_extract(d.metadata, ?))", (f'$.metadata."{key}"', f'$."{key}"')
        )

    def equal(self, key: str, field: Condition, value: Any) -> Condition:
        """Whether it is `value`."""
        return Condition(f"{field.sql} IS ?", (*field.values, value))

    def below(self, field: Condition, folder: str) -> Condition:
        """Whether it is a folder or one in it."""
        below = f"{folder}/"
        return Condition(
            f"coalesce({field.sql} = ? OR substr({field.sql}, 1, ?) = ?, 0)",
            (*field.values, folder, *field.values, len(below), below),
        )

    def compared(self, field: Condition, sign: str, value: Any) -> Condition:
        """Whether it is of the same kind as `value`, and so much."""
        kind = "'text'" if isinstance(value, str) else "'integer', 'real'"
        return Condition(
            f"typeof({field.sql}) IN ({kind}) AND {field.sql} {sign} ?", (*field.values, *field.values, value)
        )

    def contains(self, field: Condition, value: Any) -> Condition:
        """Whether it is a list that holds `value`, or `value` itself."""
        name = field.sql
        listed = f"CASE WHEN json_valid({name}) AND json_type({name}) = 'array' THEN {name} ELSE json_array({name}) END"
        exists = f"EXISTS (SELECT 1 FROM json_each({listed}) WHERE value = ?)"
        return Condition(exists, (*field.values * 4, value))

    def holds_text(self, field: Condition, text: str, any_case: bool) -> Condition:
        """Whether it holds `text`; `casefold` is a function that Corpus makes known."""
        name = f"casefold({field.sql})" if any_case else field.sql
        return Condition(f"coalesce(instr({name}, ?) > 0, 0)", (*field.values, text.casefold() if any_case else text))

    def is_empty(self, field: Condition) -> Condition:
        """Whether it is absent, or empty."""
        return Condition(f"coalesce({field.sql}, '') IN ('', '[]')", field.values)
