import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.llm.citation_markers import CitedSentence, MarkerStream, cited_sentences


def read(text: str, passages: int = 5, size: int = 3) -> tuple[str, MarkerStream]:
    stream = MarkerStream(passages)
    shown = "".join(stream.feed(text[at : at + size]) for at in range(0, len(text), size))
    return shown + stream.finish(), stream


@pytest.mark.parametrize(
    ("written", "shown", "passages"),
    [
        ("So it was [3]. And so [1].", "So it was [1]. And so [2].", [3, 1]),
        ("So it was.[3][1] And so.[3]", "So it was. [1] [2] And so. [1]", [3, 1]),
        ("Both [2, 4] say so.", "Both [1] [2] say so.", [2, 4]),
        ("All [1-3] say so.", "All [1] [2] [3] say so.", [1, 2, 3]),
        ("As 【2】 says.", "As [1] says.", [2]),
        ("In [2010-2012], with [no] cause [2].", "In [2010-2012], with [no] cause [1].", [2]),
        ("He wrote [sic] that [the talks] failed [2].", "He wrote [sic] that [the talks] failed [1].", [2]),
    ],
)
def test_markers_count_in_order_of_appearance(written: str, shown: str, passages: list[int]) -> None:
    for size in (1, 2, 3, 100):
        text, stream = read(written, size=size)
        assert (text, stream.passage_of, stream.problems) == (shown, passages, [])


@pytest.mark.parametrize(
    ("written", "shown", "named"),
    [
        ("It was so [99].", "It was so.", "99"),
        ("It was so [0] [2].", "It was so [1].", "0"),
        ("It was so [^1].", "It was so.", "[^1]"),
        ("It was so [n].", "It was so.", "[n]"),
        ("It was so [source 2].", "It was so.", "[source 2]"),
        ("It was so [no. 2].", "It was so.", "[no. 2]"),
        ("It was so [1a].", "It was so.", "[1a]"),
        ("It was so [", "It was so", "ends inside"),
        ("It was so [2", "It was so", "ends inside"),
    ],
)
def test_what_cannot_be_a_citation_is_taken_out_and_named(written: str, shown: str, named: str) -> None:
    for size in (1, 2, 100):
        text, stream = read(written, size=size)
        assert text == shown
        assert len(stream.problems) == 1
        assert named in stream.problems[0]


@given(st.text(alphabet="ab [],123【】\n.^", max_size=60), st.integers(1, 7))
def test_where_a_chunk_ends_makes_no_difference(written: str, size: int) -> None:
    whole, at_once = read(written, size=1000)
    text, stream = read(written, size=size)
    assert (text, stream.passage_of, stream.problems) == (whole, at_once.passage_of, at_once.problems)
    assert all(1 <= passage <= 5 for passage in stream.passage_of)


def test_a_marker_belongs_to_the_sentence_before_it() -> None:
    assert cited_sentences("It rains. [1] [2] The sun [3] shines. It snows.") == [
        CitedSentence("It rains.", [1, 2]),
        CitedSentence("The sun shines.", [3]),
        CitedSentence("It snows.", []),
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("[1]: It rains.", [("It rains.", [1])]),
        ("[1] It rains.", [("It rains.", [1])]),
        ("[1]: It rains. It snows.", [("It rains.", [1]), ("It snows.", [1])]),
        ("[1]: It rains. It snows [2].", [("It rains.", [1]), ("It snows.", [2])]),
        ("[1]: It rains\n[2]: It snows", [("It rains", [1]), ("It snows", [2])]),
        ("[1]: It rains.\nIt snows.", [("It rains.", [1]), ("It snows.", [])]),
        ("[1] It rains. [2] It snows.", [("It rains.", [1]), ("It snows.", [2])]),
        ("[1] [2]: It rains.", [("It rains.", [1, 2])]),
        ("[1]:\nIt rains.", [("It rains.", [1])]),
        ("It rains. [1]: It snows.", [("It rains.", []), ("It snows.", [1])]),
        ("It rains. [1]:", [("It rains.", [1])]),
        ("It rains [1]:", [("It rains:", [1])]),
        ("It rains. [1]\nIt snows. [2]", [("It rains.", [1]), ("It snows.", [2])]),
        ("It rains.\n[1]", [("It rains.", [1])]),
        ("There are two [1]: rain and snow.", [("There are two: rain and snow.", [1])]),
        ("It rains from 5 p.m. [1]: It snows.", [("It rains from 5 p.m.", []), ("It snows.", [1])]),
        ("1. It rains. [1]\n2. It snows. [2]", [("1. It rains.", [1]), ("2. It snows.", [2])]),
        (": It rains.", [("It rains.", [])]),
        ("[1]", []),
        ("", []),
    ],
)
def test_a_marker_with_a_colon_or_before_a_line_belongs_to_what_follows(
    text: str, sentences: list[tuple[str, list[int]]]
) -> None:
    assert cited_sentences(text) == sentences


@given(
    st.text(alphabet="ab .:\n", max_size=30), st.lists(st.sampled_from(["[1]", "[2]:", " [1]:", "\n[2]"]), max_size=4)
)
def test_no_word_is_lost_with_the_markers(text: str, markers: list[str]) -> None:
    marked = "".join(f"{marker} {text}" for marker in ["", *markers])
    words = [word for sentence in cited_sentences(marked) for word in re.findall(r"\w+", sentence.text)]
    assert words == re.findall(r"\w+", text) * (len(markers) + 1)
