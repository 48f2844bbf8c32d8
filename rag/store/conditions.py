"""Metadata filters of LlamaIndex as conditions in SQL, whichever database is asked."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from llama_index.core.vector_stores.types import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters

from rag.metadata import FOLDER, PAGE
from rag.store.filters import FIELDS

COMPARISONS = {
    FilterOperator.GT: ">",
    FilterOperator.GTE: ">=",
    FilterOperator.LT: "<",
    FilterOperator.LTE: "<=",
}
_OF_LISTS = {FilterOperator.IN, FilterOperator.NIN, FilterOperator.ANY, FilterOperator.ALL}


class Condition(NamedTuple):
    """An SQL expression over a document `d` (id, metadata) and a passage `p` (page, section, metadata), with values."""

    sql: str
    values: tuple[Any, ...] = ()


class Dialect(ABC):
    """How a database says what filters ask; all of it is true or false, never unknown."""

    true, false = "true", "false"

    def condition(self, filters: MetadataFilters) -> Condition:
        """The condition that passages must meet. Raises ValueError for what cannot be filtered by."""
        parts = [
            self.condition(part) if isinstance(part, MetadataFilters) else self._single(part)
            for part in filters.filters
        ]
        found = self.joined(" OR " if filters.condition == FilterCondition.OR else " AND ", self.true, parts)
        if filters.condition == FilterCondition.NOT and parts:
            return Condition(f"NOT coalesce({found.sql}, {self.false})", found.values)
        return found

    @abstractmethod
    def one_of(self, column: str, values: Sequence[str]) -> Condition:
        """Whether a column is one of these."""

    @abstractmethod
    def field(self, key: str) -> Condition:
        """What a key names. Raises ValueError for one that cannot be asked for."""

    @abstractmethod
    def equal(self, key: str, field: Condition, value: Any) -> Condition:
        """Whether it is `value`, None where it is absent."""

    @abstractmethod
    def below(self, field: Condition, folder: str) -> Condition:
        """Whether it is a folder or one in it."""

    @abstractmethod
    def compared(self, field: Condition, sign: str, value: Any) -> Condition:
        """Whether it is of the same kind as `value`, and so much."""

    @abstractmethod
    def contains(self, field: Condition, value: Any) -> Condition:
        """Whether it is a list that holds `value`; what is no list counts as a list of one."""

    @abstractmethod
    def holds_text(self, field: Condition, text: str, any_case: bool) -> Condition:
        """Whether it holds `text`, in whatever case."""

    @abstractmethod
    def is_empty(self, field: Condition) -> Condition:
        """Whether it is absent, or empty."""

    def _single(self, wanted: MetadataFilter) -> Condition:
        key, operator = wanted.key, wanted.operator
        field = self.field(key)
        value: Any = wanted.value
        if key in FIELDS and value is not None:
            value = _typed(key, value)
        if operator in COMPARISONS:
            return self.compared(field, COMPARISONS[operator], value)
        if operator in _OF_LISTS and not isinstance(value, list):
            raise ValueError(f"the operator {operator} needs a list of values")
        make: dict[FilterOperator, Callable[[], Condition]] = {
            FilterOperator.EQ: lambda: self._equal(key, field, value),
            FilterOperator.NE: lambda: _not(self._equal(key, field, value)),
            FilterOperator.IN: lambda: self._one_of(key, field, value),
            FilterOperator.NIN: lambda: _not(self._one_of(key, field, value)),
            FilterOperator.CONTAINS: lambda: self.contains(field, value),
            FilterOperator.ANY: lambda: self.joined(" OR ", self.false, [self.contains(field, one) for one in value]),
            FilterOperator.ALL: lambda: self.joined(" AND ", self.true, [self.contains(field, one) for one in value]),
            FilterOperator.TEXT_MATCH: lambda: self.holds_text(field, str(value), any_case=False),
            FilterOperator.TEXT_MATCH_INSENSITIVE: lambda: self.holds_text(field, str(value), any_case=True),
            FilterOperator.IS_EMPTY: lambda: self.is_empty(field),
        }
        if operator not in make:
            raise ValueError(f"an index cannot be filtered by the operator {operator}")
        return make[operator]()

    def _equal(self, key: str, field: Condition, value: Any) -> Condition:
        if key != FOLDER:
            return self.equal(key, field, value)
        return Condition(self.true) if value in ("", ".") else self.below(field, str(value))

    def _one_of(self, key: str, field: Condition, values: list[Any]) -> Condition:
        return self.joined(" OR ", self.false, [self._equal(key, field, value) for value in values])

    def joined(self, joint: str, empty: str, parts: list[Condition]) -> Condition:
        """Conditions as one; `empty` where there are none."""
        if not parts:
            return Condition(empty)
        return Condition(
            joint.join(f"({part.sql})" for part in parts), tuple(value for part in parts for value in part.values)
        )


def _not(condition: Condition) -> Condition:
    return Condition(f"NOT ({condition.sql})", condition.values)


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
