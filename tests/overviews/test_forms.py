import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.overviews.forms import LANGUAGES, compiled, language, normal


@pytest.mark.parametrize(
    ("form", "said", "slots"),
    [
        ("sum up {target}", "Sum up the lease!", {"target": "the lease"}),
        ("(sum|add) up [the] {target}", "add up the rents", {"target": "rents"}),
        ("a summary [of {target}]", "a summary", {"target": None}),
        ("a summary [{target}] [in {count} words]", "a summary in 9 words", {"target": None, "count": "9"}),
        ("{a} (and|with) {b}", "the lease, and the note", {"a": "the lease", "b": "the note"}),
        ("how many <thing> are there", "How many FILES are there?", {}),
        ("what's new", "What’s new", {}),
    ],
)
def test_a_form_matches_what_it_says(form: str, said: str, slots: dict[str, str | None]) -> None:
    match = re.fullmatch(compiled(form, {"thing": "files|documents"}), normal(said), re.IGNORECASE)
    assert match
    assert {name: value and value.strip() for name, value in match.groupdict().items()} == slots


@pytest.mark.parametrize(
    ("form", "said"), [("sum up {target}", "sum up"), ("(a|b) c", "c"), ("sum up", "please sum up"), ("a.b", "acb")]
)
def test_a_form_matches_nothing_else(form: str, said: str) -> None:
    assert re.fullmatch(compiled(form), normal(said), re.IGNORECASE) is None


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_language_has_forms_of_every_kind(name: str) -> None:
    forms = language(name)
    assert {form.kind for form in forms.forms} == {"summary", "comparison", "attribute", "documents", "list"}
    assert set(forms.months.values()) == set(range(1, 13))
    assert not any(form.pattern.fullmatch("") for form in forms.forms)


@given(st.text(max_size=200))
def test_any_text_is_words(text: str) -> None:
    words = normal(text)
    assert words == "" or words.endswith(" ")
    assert "  " not in words
