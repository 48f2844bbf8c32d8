"""Metadata filters of LlamaIndex as a person types them, and what can be filtered by."""

import re
from collections.abc import Sequence

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
