from llama_index.core.schema import NodeWithScore, TextNode

from rag.formats.parsed_document import Row, Table
from rag.llm.given_passages import FEWEST, given_passages, shown_passage
from rag.metadata import HEADINGS, TITLE
from rag.retrieval.passage import READING
from rag.retrieval.passage_tables import place_tables


def passages(*scores: float | None) -> list[NodeWithScore]:
    found = []
    for number, score in enumerate(scores):
        read = {} if score is None else {READING: {"question": "q", "score": score, "spans": []}}
        found.append(NodeWithScore(node=TextNode(text=f"Passage {number}.", metadata=read), score=1.0))
    return found


def test_what_the_reader_holds_for_unlikely_is_not_given() -> None:
    nodes = passages(0.9, 0.5, 0.05, 0.04, 0.001)
    assert given_passages(nodes, 8) == nodes[:3]
    assert given_passages(nodes, 2) == nodes[:2]


def test_some_are_given_however_sure_the_reader_is() -> None:
    nodes = passages(0.99, 0.001, 0.001)
    assert given_passages(nodes, 8) == nodes[:FEWEST]
    assert given_passages(passages(0.9), 8)
    assert given_passages([], 8) == []


def test_all_are_given_where_none_was_read() -> None:
    nodes = passages(None, None, None, None)
    assert given_passages(nodes, 3) == nodes[:3]


def test_a_passage_stands_under_its_title_and_headings() -> None:
    node = TextNode(text="Wash it.", metadata={TITLE: "Pump K7", HEADINGS: "# Pump K7\n## Care"})
    assert shown_passage(NodeWithScore(node=node)) == ("Pump K7 – Care", "Wash it.")


def test_rows_stand_under_the_labels_of_their_columns() -> None:
    text = "| Rill 200 | 1.2 |\n| Rill 300 | 1.8 |\n"
    node = TextNode(text=text, metadata={TITLE: "Pumps"}, start_char_idx=100, end_char_idx=100 + len(text))
    rows = [Row(100, 118, ((102, 110), (113, 116))), Row(119, 137, ((121, 129), (132, 135)))]
    place_tables([node], [Table(("Pump", "Litres"), rows)])
    _, shown = shown_passage(NodeWithScore(node=node))
    assert shown == f"| Pump | Litres |\n{text}"
