import re

from hypothesis import example, given
from hypothesis import strategies as st

from rag.formats.tables.label_lines import label_lines
from rag.formats.tables.line_search import matches_at_lines
from rag.formats.tables.markdown_tables import markdown_tables

LABELLED = re.compile(r"^[ \t]*([a-z]+):[ ]+(\S[^\n]*?)[ \t]*$", re.MULTILINE)
BARS = re.compile(r"^[ \t]*\|.*(?:\n[ \t]*\|.*)*", re.MULTILINE)
WITH_LINE_END = re.compile(r"^(?:[^|\n]+(?:\|[^|\n]*){2,}(?:\n|\Z)){2,}", re.MULTILINE)


@given(
    st.lists(st.sampled_from(["a: 1", " b:  2 ", ":", "| a |", "a | b | c", "a|b", "\n", "\n", " ", "c"])).map("".join)
)
@example("a | b | c\na | b | c\na | b | c")
def test_the_same_is_found_as_by_the_pattern_alone(text: str) -> None:
    for pattern, sign in ((LABELLED, ":"), (BARS, "|"), (WITH_LINE_END, "|")):
        found = [match.span() for match in matches_at_lines(pattern, text, sign)]
        assert found == [match.span() for match in pattern.finditer(text)]


def test_nothing_is_found_where_the_sign_is_missing() -> None:
    assert list(matches_at_lines(re.compile("^a", re.MULTILINE), "a\nb", ":")) == []
    assert label_lines("") == markdown_tables("") == []
