import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.text.sentences import is_heading, quotable_spans, sentence_spans, trim_marker

TEXTS = st.text(
    st.sampled_from([*"ab .!?\n#-|*>1)”“", "é", "第", "。", "😀", "\t", "\u2028", "\x85", "`"]), max_size=200
) | st.text(max_size=200)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


@given(TEXTS)
@example("A.\n\nB")
@example("😀 first. Türkiye second. “Third.”")
def test_spans_are_in_order_apart_and_leave_only_white_space(text: str) -> None:
    previous_end = 0
    for start, end in sentence_spans(text):
        assert previous_end <= start < end
        assert not text[previous_end:start].strip()
        assert text[start:end] == text[start:end].strip()
        previous_end = end
    assert not text[previous_end:].strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Smith left. Mr. J. R. Hall stayed.", ["Dr. Smith left.", "Mr. J. R. Hall stayed."]),
        ("See Fig. 3 and No. 5. It cost $4.20.", ["See Fig. 3 and No. 5.", "It cost $4.20."]),
        ("“Stop.” She left!", ["“Stop.”", "She left!"]),
        ("A line\nthat wraps. And more.", ["A line\nthat wraps.", "And more."]),
        ("# Title\nText here", ["# Title", "Text here"]),
        ("- one\n- two. Three.\n1. four", ["- one", "- two.", "Three.", "1. four"]),
        ("| a | b |\n|---|---|\n| c | d |", ["| a | b |", "|---|---|", "| c | d |"]),
        ("第一句。第二句。", ["第一句。", "第二句。"]),
        ("```pip install x```\nA line\nthat wraps.", ["```pip install x```\nA line\nthat wraps."]),
        ("Before\n```\nx = 1\n\n# no title\n```\nAfter", ["Before", "```", "x = 1", "# no title", "```", "After"]),
        ("~~~\n```\n~~~\nA line\nthat wraps.", ["~~~", "```", "~~~", "A line\nthat wraps."]),
        ("````\n```\na\n````\nA line\nthat wraps.", ["````", "```", "a", "````", "A line\nthat wraps."]),
    ],
)
def test_sentences_of(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence", "heading"),
    [
        ("## Outcome\n\nText.", "## Outcome", True),
        ("Intro.\n\nThe neighbours\n\nText.", "The neighbours", True),
        ("Intro.\n\nIt ends here.\n\nText.", "It ends here.", False),
        ("- An item\n\nText.", "- An item", False),
        ("First line\nsecond line of one paragraph", "First line\nsecond line of one paragraph", False),
        ("The last words", "The last words", False),
        ("A title\n\nA subtitle\n\nAnd text.", "A title", True),
        ("The budget is 4 million\n\nAnn chairs\n\nBern hosts\n\nBasel pays", "The budget is 4 million", False),
    ],
)
def test_a_heading_introduces_what_follows(text: str, sentence: str, heading: bool) -> None:
    start = text.index(sentence)
    assert is_heading(text, (start, start + len(sentence))) is heading


@pytest.mark.parametrize(
    ("text", "trimmed"),
    [
        ("- an item", "an item"),
        ("12. Dezember was cold.", "12. Dezember was cold."),
        ("> 90 % of them", "> 90 % of them"),
        (">= 90 % of them", ">= 90 % of them"),
        ("one. - two", "one. - two"),
        ("> - quoted item", "quoted item"),
        ("| a | b |", "a | b"),
        ("|---|", "---"),
        ("-5 degrees", "-5 degrees"),
        ("- ", "- "),
        ("|", "|"),
    ],
)
def test_markers_are_no_part_of_a_quote(text: str, trimmed: str) -> None:
    start, end = trim_marker(text, (0, len(text)))
    assert text[start:end] == trimmed


@given(TEXTS)
def test_trimming_keeps_a_range_within_the_sentence(text: str) -> None:
    for span in sentence_spans(text):
        start, end = trim_marker(text, span)
        assert span[0] <= start < end <= span[1]


def test_headings_and_rules_are_not_quoted_and_markers_not_part_of_a_quote() -> None:
    def quotable(text: str) -> list[str]:
        return [text[start:end] for start, end in quotable_spans(text)]

    rivers = "# Rivers\n\nThe Rhine rises in the Alps. It is 1,233 km long.\n\n- The Aare is a tributary."
    assert quotable(rivers) == ["The Rhine rises in the Alps.", "It is 1,233 km long.", "The Aare is a tributary."]
    towns = "| Bern | seat of the government |\n|---|---|\n| Basel | river port |"
    assert quotable(towns) == ["Bern | seat of the government", "Basel | river port"]
    notes = "The budget is 4 million francs\n\nAnn Smith chairs the committee\n\nIt meets in Bern\n\nEverybody may come"
    assert quotable(notes)[0] == "The budget is 4 million francs"


def test_emphasis_ends_with_its_sentence() -> None:
    text = "**Do not touch the rigging.** The model is old. *Never run!* It is **late.**"
    assert [text[start:end] for start, end in sentence_spans(text, "en")] == [
        "**Do not touch the rigging.**",
        "The model is old.",
        "*Never run!*",
        "It is **late.**",
    ]
