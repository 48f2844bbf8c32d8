from llama_index.core.schema import NodeWithScore, TextNode

from rag.metadata import HEADED, HEADINGS, SECTION, TITLE
from rag.retrieval.passage import as_passage, titles_over

ABOVE = "# Pumps\n## Pump K7"
TEXT = "First.\n\n### Care\n\nSecond.\n\n## Pump K9\n\nThird."


def test_each_place_has_the_titles_over_it() -> None:
    places = [TEXT.index(word) for word in ("First", "Second", "Third")]
    headed = [(TEXT.index("###"), 3, "Care"), (TEXT.index("## Pump"), 2, "Pump K9")]
    node = TextNode(text=TEXT, metadata={HEADINGS: ABOVE, HEADED: headed})
    assert [titles_over(place, node) for place in places] == ["Pumps Pump K7", "Pumps Pump K7 Care", "Pumps Pump K9"]
    assert [titles_over(place, TextNode(text=TEXT, metadata={HEADED: headed})) for place in places] == [
        "",
        "Care",
        "Pump K9",
    ]


def test_a_passage_says_the_headings_that_it_begins_under() -> None:
    metadata = {TITLE: "Pumps", HEADINGS: ABOVE, SECTION: "Pump K7"}
    assert as_passage(NodeWithScore(node=TextNode(text="It is red.", metadata=metadata))).section == "Pump K7"
    metadata[SECTION] = "Care"
    assert as_passage(NodeWithScore(node=TextNode(text="### Care", metadata=metadata))).section == "Pump K7 › Care"
    assert as_passage(NodeWithScore(node=TextNode(text="It is red."))).section is None
