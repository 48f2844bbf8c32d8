import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llama_index.core.schema import NodeWithScore, TextNode

from rag.llm.citation_markers import MarkerStream, cited_sentences
from rag.llm.grounding import written_so_far
from rag.llm.marker_forms import with_usual_markers

PASSAGES = [
    ("Lease", "The rent is 3,100 euros. See section 4 (2) and clause [Passage 3]. The area is 92 m² (1)."),
    ("Weather report", "It rains in Bern. It snows in Chur."),
    ("Minutes", "The board met on 16 May."),
]
RAIN, SNOW, RENT = "It rains in Bern", "It snows in Chur", "The rent is 3,100 euros"

Cited = list[tuple[str, list[int]]]


def read(text: str) -> tuple[Cited, list[str]]:
    """Sentences with the passages that they cite, and what was taken out."""
    marked = with_usual_markers(text, PASSAGES)
    stream = MarkerStream(len(PASSAGES))
    sentences = cited_sentences(stream.feed(marked.text) + stream.finish())
    cited = [
        (text, [stream.passage_of[number - 1] for number in numbers] or marked.listed) for text, numbers in sentences
    ]
    return cited, marked.problems + stream.problems


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        # After, within and before a sentence.
        (f"{RAIN} [2].", [(f"{RAIN}.", [2])]),
        (f"{RAIN}. [2]", [(f"{RAIN}.", [2])]),
        (f"{RAIN}.[2]", [(f"{RAIN}.", [2])]),
        (f"[2] {RAIN}.", [(f"{RAIN}.", [2])]),
        (f"[2]: {RAIN}.", [(f"{RAIN}.", [2])]),
        (f"[2]: {RAIN}.\n[1]: {RENT}.", [(f"{RAIN}.", [2]), (f"{RENT}.", [1])]),
        ("It rains [2] in Bern.", [(f"{RAIN}.", [2])]),
        # Several.
        (f"{RAIN} [2][3].", [(f"{RAIN}.", [2, 3])]),
        (f"{RAIN} [2, 3].", [(f"{RAIN}.", [2, 3])]),
        (f"{RAIN} [2 and 3].", [(f"{RAIN}.", [2, 3])]),
        (f"{RAIN} [1-3].", [(f"{RAIN}.", [1, 2, 3])]),
        (f"{RAIN} [2]. {SNOW} [3].", [(f"{RAIN}.", [2]), (f"{SNOW}.", [3])]),
        # In other brackets, and raised.
        (f"{RAIN} (2).", [(f"{RAIN}.", [2])]),
        (f"{RAIN}. (2)", [(f"{RAIN}.", [2])]),
        (f"{RAIN} (2, 3). {SNOW} (2).", [(f"{RAIN}.", [2, 3]), (f"{SNOW}.", [2])]),
        (f"{RAIN}.²", [(f"{RAIN}.", [2])]),
        (f"{RAIN}². {SNOW}.³", [(f"{RAIN}.", [2]), (f"{SNOW}.", [3])]),
        (f"{RAIN}^2.", [(f"{RAIN}.", [2])]),
        (f"{RAIN}.^2", [(f"{RAIN}.", [2])]),
        (f"{RAIN} [^2].", [(f"{RAIN}.", [2])]),
        (f"{RAIN}【2】.", [(f"{RAIN}.", [2])]),
        (f"{RAIN}【2†source】.", [(f"{RAIN}.", [2])]),
        (f"{RAIN}【4:2†Weather report】.", [(f"{RAIN}.", [2])]),
        # With a label.
        (f"{RAIN} [Passage 2].", [(f"{RAIN}.", [2])]),
        (f"{RAIN} [passages 2 and 3].", [(f"{RAIN}.", [2, 3])]),
        (f"{RAIN} (Passage 2).", [(f"{RAIN}.", [2])]),
        (f"{RAIN} (see passage 2).", [(f"{RAIN}.", [2])]),
        (f"{RAIN} [Source: 2].", [(f"{RAIN}.", [2])]),
        # Named in the sentence.
        ("Passage 2 states that it rains.", [("“Weather report” states that it rains.", [2])]),
        ("[2] states that it rains.", [("“Weather report” states that it rains.", [2])]),
        ("According to [2], it rains.", [("According to “Weather report”, it rains.", [2])]),
        ("According to passage 2, it rains.", [("According to “Weather report”, it rains.", [2])]),
        ("Based on passages 1 and 2, it rains.", [("Based on “Lease” and “Weather report”, it rains.", [1, 2])]),
        ("Based on passages 1-2, it rains.", [("Based on “Lease” and “Weather report”, it rains.", [1, 2])]),
        ("As stated in [1], it is dear [1].", [("As stated in “Lease”, it is dear.", [1])]),
        # Lists.
        (f"- {RAIN} [2]\n- {SNOW} [2]", [(f"- {RAIN}", [2]), (f"- {SNOW}", [2])]),
        (f"1. {RAIN}. [2]\n2. {RENT}. [1]", [(f"1. {RAIN}.", [2]), (f"2. {RENT}.", [1])]),
        (f"(1) {RAIN} [2].\n(2) {RENT} [1].", [(f"(1) {RAIN}.", [2]), (f"(2) {RENT}.", [1])]),
        # What it rests on, at the end.
        (f"{RAIN}.\n\nSources: [2]", [(f"{RAIN}.", [2])]),
        (f"{RAIN}. {SNOW}.\n\nSources:\n[2]\n[3]", [(f"{RAIN}.", [2, 3]), (f"{SNOW}.", [2, 3])]),
        (f"{RAIN}.\n\n**References:**\n- [2] Weather report", [(f"{RAIN}.", [2])]),
        (f"{RAIN} [2].\n\nReferences:\n1. [2] Weather report", [(f"{RAIN}.", [2])]),
        (f"{RAIN}[^2].\n\n[^2]: Weather report", [(f"{RAIN}.", [2])]),
        # No citation.
        (f"{RAIN}.", [(f"{RAIN}.", [])]),
        ("", []),
    ],
)
def test_every_way_of_citing_is_read(written: str, meant: Cited) -> None:
    cited, _ = read(written)
    assert cited == meant


@pytest.mark.parametrize(
    "written",
    [
        "The area is 92 m² [1].",
        "It has 10^6 parts and 3^2 rows.",
        "The sum of x^2 is small.",
        "See section 4 (2).",
        "The clause [Passage 3] is void.",
        "There were three in 2019 (see table 2).",
        "Passage 7 says so.",
        "A passage of 2 days.",
        "From 2 to 3 days.",
        "Answer:\n[2] It rains in Bern.",
        "The documents that speak of rain are:\n- [2] Weather report",
    ],
)
def test_what_is_no_citation_stays(written: str) -> None:
    marked = with_usual_markers(written, PASSAGES)
    assert (marked.text, marked.listed, marked.problems) == (written, [], [])


def test_what_is_taken_out_is_said() -> None:
    _, problems = read(f"{RAIN} [2].\n\nSources:\n[2] Weather report")
    assert problems == ["The model listed its sources at the end: taken out."]
    assert read("Sources: [2]")[1] == []


_PIECES = st.lists(
    st.sampled_from(
        [*"abc .,:\n()[]^²12-", " [2]", "[1]: ", " (2).", "【1†source】", "Passage 1", "Sources:\n", "[2] Lease"]
    ),
    max_size=25,
)


@given(_PIECES)
def test_no_word_is_lost_unsaid(pieces: list[str]) -> None:
    written = "".join(pieces)
    cited, problems = read(written)
    words = re.findall(r"[A-Za-z]+", " ".join(text for text, _ in cited))
    expected = re.findall(r"[A-Za-z]+", written.replace("†source", ""))
    lost = [word for word in expected if word not in words and word not in ("Passage", "Lease")]
    assert not lost or problems


@pytest.mark.parametrize(
    "written", [f"{RAIN}【2†source】. {SNOW} [Passage 2].", f"{RAIN}.² {SNOW} [2, 3].", f"{RAIN} [^2]."]
)
def test_no_half_of_a_marker_is_shown_while_it_is_written(written: str) -> None:
    nodes = [NodeWithScore(node=TextNode(text=text, metadata={"title": title})) for title, text in PASSAGES]
    shown = {written_so_far(written[:end], nodes) for end in range(len(written) + 1)}
    final = written_so_far(written, nodes)
    assert not any(re.search(r"[\[【†²(^]\w*$", re.sub(r"\[\d+\]", "", text)) for text in shown)
    assert all(final.startswith(re.sub(r"(?:\s*\[\d+\])+$", "", text).rstrip()) for text in shown)


def test_a_title_that_looks_like_a_marker_cites_nothing() -> None:
    marked = with_usual_markers(
        "According to passage 1, it rains.", [("Report [2] 【2】", "It rains."), ("Other", "It snows.")]
    )
    stream = MarkerStream(2)
    assert stream.feed(marked.text) + stream.finish() == "According to “Report 2 2” [1], it rains."
    assert stream.passage_of == [1]
