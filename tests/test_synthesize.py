from concurrent.futures import ThreadPoolExecutor

import pytest
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from rag.answer import NOT_IN_DOCUMENTS
from rag.synthesize import QuoteSynthesizer, answer_of, quotable_spans, score_sentences
from tests.conftest import HashEmbedding

EMBEDDING = HashEmbedding(dimension=4096)
RIVERS = "# Rivers\n\nThe Rhine rises in the Alps. It is 1,233 km long.\n\n- The Aare is a tributary."
TOWNS = "| Bern | seat of the government |\n|---|---|\n| Basel | river port |"


def node(text: str, document: str, start: int = 100) -> NodeWithScore:
    source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)}
    return NodeWithScore(
        node=TextNode(text=text, start_char_idx=start, end_char_idx=start + len(text), relationships=source), score=1.0
    )


def synthesizer(most: int = 3) -> QuoteSynthesizer:
    return QuoteSynthesizer(EMBEDDING, most)


def test_the_answer_quotes_the_best_sentence_and_cites_its_place() -> None:
    response = synthesizer().synthesize("Where does the Rhine rise?", [node(TOWNS, "t"), node(RIVERS, "r")])
    answer = answer_of(response)
    assert str(response) == answer.answer == "The Rhine rises in the Alps. [1]"
    (citation,) = answer.citations
    assert (citation.document, citation.start, citation.end) == ("r", 110, 138)
    assert not answer.refused
    assert answer.sentences[0].support == "quoted"
    assert [passage.document for passage in answer.passages] == ["t", "r"]


def test_without_a_sentence_to_quote_it_refuses() -> None:
    for nodes in ([], [node("# Rivers", "r")]):
        answer = answer_of(synthesizer().synthesize("Who?", nodes))
        assert answer.refused
        assert answer.answer == NOT_IN_DOCUMENTS
        assert len(answer.passages) == len(nodes)


def test_sentences_nearly_as_good_are_quoted_too_up_to_a_limit_and_never_twice() -> None:
    texts = ["Bern has a river.", "Bern has a bridge.", "Bern has a tower.", "Bern has a river."]
    nodes = [node(text, f"d{i}") for i, text in enumerate(texts)]
    assert len(answer_of(synthesizer(most=2).synthesize("Bern?", nodes)).sentences) == 2
    quoted = [s.text for s in answer_of(synthesizer(most=9).synthesize("Bern?", nodes)).sentences]
    assert sorted(quoted) == sorted(set(texts))


def test_headings_and_rules_are_not_quoted_and_markers_not_part_of_a_quote() -> None:
    def quotable(text: str) -> list[str]:
        return [text[start:end] for start, end in quotable_spans(text)]

    assert quotable(RIVERS) == ["The Rhine rises in the Alps.", "It is 1,233 km long.", "The Aare is a tributary."]
    assert quotable(TOWNS) == ["Bern | seat of the government", "Basel | river port"]


@pytest.mark.parametrize("question", ["What is the Aare?", "of the and", "?", "Rhine Rhine Rhine"])
def test_scores_lie_between_0_and_1_and_fall(question: str) -> None:
    scores = [sentence.score for sentence in score_sentences(question, [RIVERS, TOWNS], EMBEDDING)]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_threads_may_share_it() -> None:
    shared = synthesizer()
    nodes = [node(RIVERS, "r"), node(TOWNS, "t")]
    questions = ["Where does the Rhine rise?", "Which tributary is the Aare?", "Seat of the government?"] * 40
    alone = [answer_of(shared.synthesize(question, nodes)) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert [answer_of(r) for r in pool.map(lambda q: shared.synthesize(q, nodes), questions)] == alone


def test_notes_without_full_stops_are_quoted() -> None:
    notes = "The budget is 4 million francs\n\nAnn Smith chairs the committee\n\nIt meets in Bern\n\nEverybody may come"
    answer = answer_of(synthesizer().synthesize("What is the budget?", [node(notes, "n")]))
    assert answer.sentences[0].text == "The budget is 4 million francs"


def test_plain_texts_get_a_plain_answer() -> None:
    assert synthesizer().get_response("Where does the Rhine rise?", [TOWNS, RIVERS]) == "The Rhine rises in the Alps."
