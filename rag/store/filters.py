"""Metadata filters of LlamaIndex as conditions in SQL, and as a person types them."""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters

from rag.errors import QuestionError
from rag.metadata import DATE, FOLDER, PAGE, SECTION, TITLE, TYPE

DOCUMENT = "document"

FIELDS = {
    DOCUMENT: "the document's path",
    FOLDER: "a folder of the documents, with those below it",
    TYPE: "the document's type, such as pdf",
    DATE: "the document's date, YYYY-MM-DD",
    TITLE: "the document's title",
    PAGE: "number of the page or slide",
    SECTION: "the sheet, chapter or heading that a passage stands under",
}
"""What can always be filtered by."""

_OPERATORS = {
    "!=": FilterOperator.NE,
    ">=": FilterOperator.GTE,
    "<=": FilterOperator.LTE,
    "=": FilterOperator.EQ,
    ">": FilterOperator.GT,
    "<": FilterOperator.LT,
    "~": FilterOperator.TEXT_MATCH_INSENSITIVE,
}
_TYPED = re.compile(r"\s*([\w.-]+?)\s*(!=|>=|<=|=|>|<|~)\s*(.*?)\s*", re.DOTALL)
_COMPARISONS = {
    FilterOperator.GT: ">",
    FilterOperator.GTE: ">=",
    FilterOperator.LT: "<",
    FilterOperator.LTE: "<=",
}


class Condition(NamedTuple):
    """An SQL expression over a document `d` (id, metadata) and a passage `p` (page, section, metadata), with values."""

    sql: str
    values: tuple[Any, ...] = ()


def parse_filters(typed: Sequence[str]) -> MetadataFilters | None:
    """Filters typed as `type=pdf`, `date>=2024-01-01`, `page<3`, `title~report` (holds the text, whatever its case).

    All must hold; of several `=` with one field, one. None for none. Raises QuestionError.
    """
    wanted: dict[str, list[MetadataFilter]] = {}
    alone: list[MetadataFilter | MetadataFilters] = []
    for text in typed:
        match = _TYPED.fullmatch(text)
        if not match:
            raise QuestionError(
                f"{text!r} is no filter. Write a field, = or another comparison, and a value: type=pdf."
            )
        key, sign, value = match.groups()
        if key not in FIELDS:
            raise QuestionError(f"there is no field {key!r} to filter by. Fields: {', '.join(FIELDS)}.")
        if key == PAGE and not value.isdecimal():
            raise QuestionError(f"{text!r}: a page is a number.")
        found = MetadataFilter(key=key, value=int(value) if key == PAGE else value, operator=_OPERATORS[sign])
        if found.operator == FilterOperator.EQ:
            wanted.setdefault(key, []).append(found)
        else:
            alone.append(found)
    if not typed:
        return None
    any_of = [MetadataFilters(filters=list(group), condition=FilterCondition.OR) for group in wanted.values()]
    return MetadataFilters(filters=[*any_of, *alone])


def condition_of(filters: MetadataFilters) -> Condition:
    """The condition that passages must meet. Raises ValueError for what cannot be filtered by."""
    parts = [condition_of(part) if isinstance(part, MetadataFilters) else _single(part) for part in filters.filters]
    if not parts:
        return Condition("1")
    joint = " OR " if filters.condition == FilterCondition.OR else " AND "
    sql = joint.join(f"({part.sql})" for part in parts)
    if filters.condition == FilterCondition.NOT:
        sql = f"NOT coalesce({sql}, 0)"
    return Condition(sql, tuple(value for part in parts for value in part.values))


def _single(wanted: MetadataFilter) -> Condition:
    field = _field(wanted.key)
    value: Any = wanted.value
    if wanted.key in FIELDS and value is not None:
        value = _typed(wanted.key, value)
    operator = wanted.operator
    if operator in _COMPARISONS:
        kind = "'text'" if isinstance(value, str) else "'integer', 'real'"
        return Condition(
            f"typeof({field.sql}) IN ({kind}) AND {field.sql} {_COMPARISONS[operator]} ?",
            (*field.values, *field.values, value),
        )
    make = _MAKERS.get(operator)
    if make is None:
        raise ValueError(f"FaissStore cannot filter by the operator {operator}")
    if operator in _OF_LISTS and not isinstance(value, list):
        raise ValueError(f"the operator {operator} needs a list of values")
    return make(wanted.key, field, value)


def _equal(key: str, field: Condition, value: Any) -> Condition:
    if key == FOLDER and value in ("", "."):
        return Condition("1")
    if key == FOLDER:
        below = f"{value}/"
        return Condition(
            f"coalesce({field.sql} = ? OR substr({field.sql}, 1, ?) = ?, 0)",
            (*field.values, value, *field.values, len(below), below),
        )
    return Condition(f"{field.sql} IS ?", (*field.values, value))


def _not(make: Callable[[str, Condition, Any], Condition]) -> Callable[[str, Condition, Any], Condition]:
    def negated(key: str, field: Condition, value: Any) -> Condition:
        positive = make(key, field, value)
        return Condition(f"NOT ({positive.sql})", positive.values)

    return negated


def _one_of(key: str, field: Condition, values: Any) -> Condition:
    return _joined(" OR ", "0", [_equal(key, field, value) for value in values])


def _contains(key: str, field: Condition, value: Any) -> Condition:
    # A value that is no list counts as a list of one.
    name = field.sql
    listed = f"CASE WHEN json_valid({name}) AND json_type({name}) = 'array' THEN {name} ELSE json_array({name}) END"
    exists = f"EXISTS (SELECT 1 FROM json_each({listed}) WHERE value = ?)"
    return Condition(exists, (*field.values * 4, value))


def _any_of(key: str, field: Condition, values: Any) -> Condition:
    return _joined(" OR ", "0", [_contains(key, field, value) for value in values])


def _all_of(key: str, field: Condition, values: Any) -> Condition:
    return _joined(" AND ", "1", [_contains(key, field, value) for value in values])


def _holds_text(key: str, field: Condition, value: Any) -> Condition:
    return Condition(f"coalesce(instr({field.sql}, ?) > 0, 0)", (*field.values, str(value)))


def _holds_text_insensitive(key: str, field: Condition, value: Any) -> Condition:
    return Condition(f"coalesce(instr(casefold({field.sql}), ?) > 0, 0)", (*field.values, str(value).casefold()))


def _is_empty(key: str, field: Condition, value: Any) -> Condition:
    return Condition(f"coalesce({field.sql}, '') IN ('', '[]')", field.values)


_MAKERS: dict[FilterOperator, Callable[[str, Condition, Any], Condition]] = {
    FilterOperator.EQ: _equal,
    FilterOperator.NE: _not(_equal),
    FilterOperator.IN: _one_of,
    FilterOperator.NIN: _not(_one_of),
    FilterOperator.CONTAINS: _contains,
    FilterOperator.ANY: _any_of,
    FilterOperator.ALL: _all_of,
    FilterOperator.TEXT_MATCH: _holds_text,
    FilterOperator.TEXT_MATCH_INSENSITIVE: _holds_text_insensitive,
    FilterOperator.IS_EMPTY: _is_empty,
}
_OF_LISTS = {FilterOperator.IN, FilterOperator.NIN, FilterOperator.ANY, FilterOperator.ALL}


def _joined(joint: str, empty: str, parts: list[Condition]) -> Condition:
    if not parts:
        return Condition(empty)
    return Condition(
        joint.join(f"({part.sql})" for part in parts), tuple(value for part in parts for value in part.values)
    )


def _field(key: str) -> Condition:
    if key == DOCUMENT:
        return Condition("d.id")
    if key in (PAGE, SECTION):
        return Condition(f"p.{key}")
    if '"' in key:
        raise ValueError(f"FaissStore cannot filter by the key {key!r}, which holds a quotation mark")
    if key in FIELDS:
        return Condition(f"json_extract(d.metadata, '$.{key}')")
    return Condition(
        "coalesce(json_extract(p.metadata, ?), json_extract(d.metadata, ?))", (f'$.metadata."{key}"', f'$."{key}"')
    )


def _typed(key: str, value: Any) -> Any:
    """`value` as the field is stored: numbers of pages as integers, everything else as text."""
    if isinstance(value, list):
        return [_typed(key, item) for item in value]
    if key != PAGE:
        return str(value)
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"a page is a number, not {value!r}") from None
