import json

import pytest
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode

from rag.metadata import HEADINGS
from rag.models.reader import ReaderModel
from rag.retrieval.passage import as_passage
from rag.retrieval.reranker import PassageReader, reading_of

TEXTS = (
    "Cheese is made from milk. Farmers sell it on the market.",
    "The bridge was built in 1903 by Robert Maillart.",
    "",
)


def nodes() -> list[NodeWithScore]:
    return [
        NodeWithScore(node=TextNode(text=text, id_=str(number)), score=0.9 - number / 10)
        for number, text in enumerate(TEXTS)
    ]


def test_the_passage_that_answers_comes_first_with_its_probability_and_span(reader_model: ReaderModel) -> None:
    read = PassageReader(reader_model, 10).postprocess_nodes(nodes(), query_str="Who built the bridge?")
    assert len(read) == 3
    assert read[0].node_id == "1"
    first = reading_of(read[0], "Who built the bridge?")
    assert first is not None
    assert read[0].score == first.score
    assert 0 <= first.score <= 1
    (span,) = first.spans
    assert TEXTS[1][slice(*span.sentence)] == TEXTS[1]
    assert "Maillart" in TEXTS[1][slice(*span.span)]


def test_a_node_keeps_the_score_it_was_retrieved_with_and_stays_json(reader_model: ReaderModel) -> None:
    read = PassageReader(reader_model, 10).postprocess_nodes(nodes(), query_str="Who built the bridge?")
    passage = as_passage(read[0])
    assert passage.score == pytest.approx(0.8)
    assert passage.reader_score == pytest.approx(read[0].score or 0, abs=1e-4)
    assert json.loads(read[0].to_json())["node"]["metadata"]["reading"]["spans"]
    assert "reading" not in read[0].node.get_content(MetadataMode.LLM)


def test_nodes_beyond_the_number_that_is_read_follow_as_they_were(reader_model: ReaderModel) -> None:
    read = PassageReader(reader_model, 1).postprocess_nodes(nodes(), query_str="Who built the bridge?")
    assert [node.node_id for node in read] == ["0", "1", "2"]
    assert [reading_of(node, "Who built the bridge?") is not None for node in read] == [True, False, False]


def test_the_order_stays_where_another_ranks(reader_model: ReaderModel) -> None:
    reader = PassageReader(reader_model, 10, ranks=False)
    read = reader.postprocess_nodes(nodes(), query_str="Who built the bridge?")
    assert [node.node_id for node in read] == ["0", "1", "2"]
    assert [node.score for node in read] == [node.score for node in nodes()]
    assert all(reading_of(node, "Who built the bridge?") for node in read)
    assert not any(reading_of(node, "Who else?") for node in read)


def test_it_needs_a_question_and_takes_an_empty_list(reader_model: ReaderModel) -> None:
    reader = PassageReader(reader_model, 10)
    assert reader.postprocess_nodes([], query_str="Who?") == []
    with pytest.raises(ValueError, match="needs the question"):
        reader.postprocess_nodes(nodes())


def test_a_node_that_was_read_for_another_question_is_read_by_its_new_score(reader_model: ReaderModel) -> None:
    reader, used, fresh = PassageReader(reader_model, 10), nodes(), nodes()
    reader.postprocess_nodes(used, query_str="Where is cheese sold?")
    for node in used:
        node.score = 0.1
    for node in fresh:
        node.score = 0.1
    again, once = (reader.postprocess_nodes(of, query_str="Who built the bridge?") for of in (used, fresh))
    assert [(node.node_id, node.score) for node in again] == [(node.node_id, node.score) for node in once]


def test_a_reader_that_understands_nothing_leaves_the_order_of_retrieval(reader_model: ReaderModel) -> None:
    reader = PassageReader(reader_model, 10, least_score=0.5)
    for question, order in (
        ("Who built the bridge?", "102"),
        ("Wer hat die Brücke gebaut?", "012"),
        ("Кто построил мост?", "012"),
    ):
        read = reader.postprocess_nodes(nodes(), query_str=question)
        assert "".join(node.node_id for node in read) == order, question
        assert reading_of(read[0], question)
    assert read[0].score == 0.9


def test_headings_are_read_where_they_say_more_to_the_question(reader_model: ReaderModel) -> None:
    def score(question: str, headings: str) -> float:
        node = NodeWithScore(
            node=TextNode(text="It is cleaned every 5 weeks.", metadata={HEADINGS: headings}), score=0.5
        )
        read = PassageReader(reader_model, read_count=1).postprocess_nodes([node], query_str=question)
        return read[0].score or 0.0

    question = "How often is the filter of the pump K9 cleaned?"
    assert score(question, "# Pumps\n## Pump K9") > score(question, "# Bakery\n## Ovens") == score(question, "")
