"""Metadata filters as PostgreSQL is asked for them, over the tables of rag.store.postgres.tables."""

import json
import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from rag.metadata import PAGE, SECTION
from rag.store.conditions import Condition, Dialect
from rag.store.filters import DOCUMENT, FIELDS


class PostgresDialect(Dialect):
    """Conditions in SQL with placeholders `%s`; what is asked for is jsonb, absent where it is null."""

    def one_of(self, column: str, values: Sequence[str]) -> Condition:
        """Whether a column is one of these."""
        return Condition(f"{column} = ANY(%s::text[])", (list(values),))

    def field(self, key: str) -> Condition:
        """What a key names: metadata of the passage, or else of its document."""
        if key == DOCUMENT:
            return Condition("to_jsonb(d.id)")
        if key in (PAGE, SECTION):
            return Condition(f"to_jsonb(p.{key})")
        if '"' in key:
            raise ValueError(f"an index cannot be filtered by the key {key!r}, which holds a quotation mark")
        of_document = "nullif((d.metadata -> %s::text)::jsonb, 'null')"
        if key in FIELDS:
            return Condition(of_document, (key,))
        of_passage = "nullif((p.metadata -> 'metadata' -> %s::text)::jsonb, 'null')"
        return Condition(f"coalesce({of_passage}, {of_document})", (key, key))

    def equal(self, key: str, field: Condition, value: Any) -> Condition:
        """Whether it is `value`, None where it is absent."""
        if key == DOCUMENT:
            return Condition("d.id = %s", (value,))
        if value is None:
            return Condition(f"{field.sql} IS NULL", field.values)
        return Condition(f"coalesce({field.sql} = %s::jsonb, false)", (*field.values, json.dumps(value)))

    def below(self, field: Condition, folder: str) -> Condition:
        """Whether it is a folder or one in it."""
        text = f"({field.sql}) #>> '{{}}'"
        return Condition(
            f"coalesce({text} = %s OR starts_with({text}, %s), false)",
            (*field.values, folder, *field.values, f"{folder}/"),
        )

    def compared(self, field: Condition, sign: str, value: Any) -> Condition:
        """Whether it is of the same kind as `value`, and so much; texts by their code points."""
        if isinstance(value, str):
            kind, found, given = "string", f"(({field.sql}) #>> '{{}}') COLLATE \"C\"", "%s"
        else:
            kind, found, given = "number", f"(({field.sql}) #>> '{{}}')::numeric", "%s::numeric"
        return Condition(
            # The order in which AND is looked at is PostgreSQL's to choose, that of CASE is not.
            f"CASE WHEN jsonb_typeof({field.sql}) = '{kind}' THEN {found} {sign} {given} ELSE false END",
            (*field.values, *field.values, value),
        )

    def contains(self, field: Condition, value: Any) -> Condition:
        """Whether it is a list that holds `value`, or `value` itself."""
        # A list contains what is no list as if that were a list of one.
        return Condition(f"coalesce({field.sql} @> %s::jsonb, false)", (*field.values, json.dumps(value)))

    def holds_text(self, field: Condition, text: str, any_case: bool) -> Condition:
        """Whether it holds `text`."""
        name = f"({field.sql}) #>> '{{}}'"
        if not any_case:
            return Condition(f"coalesce(strpos({name}, %s) > 0, false)", (*field.values, text))
        folded, times = _folded(name)
        return Condition(f"coalesce(strpos({folded}, %s) > 0, false)", (*field.values * times, text.casefold()))

    def is_empty(self, field: Condition) -> Condition:
        """Whether it is absent, or empty."""
        return Condition(f"coalesce({field.sql} IN ('\"\"', '[]'), true)", field.values)


def _folded(name: str) -> tuple[str, int]:
    """`name`, an expression, with the case of its letters folded as Python folds it, and how often it stands in that.

    PostgreSQL 15 has no such function, and what its lower() does depends on how a database was created.
    """
    single, several = _folds()
    replaced = f"translate({name}, '{''.join(single)}', '{''.join(single.values())}')"
    for letter, letters in several.items():
        replaced = f"replace({replaced}, '{letter}', '{letters}')"
    is_ascii = f"octet_length({name}) = char_length({name})"
    return f'CASE WHEN {is_ascii} THEN lower(({name}) COLLATE "C") ELSE {replaced} END', 4


@cache
def _folds() -> tuple[dict[str, str], dict[str, str]]:
    """Letters that case folding makes another of, and those that it makes several of."""
    letters = (chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF)
    folded = {letter: letter.casefold() for letter in letters if letter.casefold() != letter}
    several = {letter: to for letter, to in folded.items() if len(to) > 1}
    return {letter: to for letter, to in folded.items() if letter not in several}, several
