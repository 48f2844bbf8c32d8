from collections.abc import Sequence

import pytest
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from rag.answering.candidates import candidates, says_the_same
from rag.answering.selection import Choice, choose
from rag.models.calibrated import Fitted
from rag.retrieval.reranker import Reading, SentenceSpan, attach

FITTED = Fitted("", [1.0, 0, 0, 0, 0, 0], [1.0, 0, 0, 0, 0], [1.0, -0.2, 1.0, 1.0, *[0.0] * 5], 0.3)


def node(document: str, *sentences: tuple[str, str, float], start: int = 0) -> NodeWithScore:
    """A passage that was read: its sentences, each with the span that answers best and its logit."""
    text, spans = "", []
    for sentence, said, logit in sentences:
        at = len(text)
        spans.append(
            SentenceSpan(
                (at, at + len(sentence)),
                (at + sentence.index(said), at + sentence.index(said) + len(said)),
                logit,
            )
        )
        text += sentence + " "
    source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)}
    read = NodeWithScore(node=TextNode(text=text.strip(), start_char_idx=start, relationships=source), score=1.0)
    read.node.metadata["spans"] = spans
    return read


def read_for(question: str, nodes: Sequence[NodeWithScore]) -> None:
    for made in nodes:
        attach(made, question, Reading(0.5, made.node.metadata["spans"]), 1.0)


def chosen(question: str, nodes: Sequence[NodeWithScore], most: int = 4) -> Choice:
    read_for(question, nodes)
    choice = choose(question, nodes, FITTED, most)
    assert choice is not None
    return choice


def quoted(choice: Choice, nodes: Sequence[NodeWithScore]) -> list[str]:
    return [nodes[c.passage].text[slice(*c.sentence)] for c in choice.quoted]


BUILT = ("The bridge was built in 1903.", "1903", 2.0)
RIVER = ("The river is deep.", "deep", -3.0)


def test_the_likeliest_span_is_the_answer_in_its_sentence() -> None:
    nodes = [node("a", RIVER), node("b", RIVER, BUILT)]
    choice = chosen("When was the bridge built?", nodes)
    assert quoted(choice, nodes) == ["The bridge was built in 1903."]
    assert (choice.best.said, choice.short, choice.agreement) == ("1903", True, "single")
    assert [c.said for c in candidates("When was the bridge built?", nodes)] == ["1903", "deep", "deep"]


def test_a_question_for_yes_or_no_has_no_short_answer() -> None:
    choice = chosen("Was the bridge built in 1903?", [node("a", BUILT)])
    assert not choice.short
    assert choice.best.said == "1903"


def test_passages_that_say_the_same_raise_confidence() -> None:
    other = ("It dates from 1903 and is made of concrete.", "1903", 1.0)
    alone = chosen("When was the bridge built?", [node("a", BUILT)])
    both = chosen("When was the bridge built?", [node("a", BUILT), node("b", other)])
    assert both.agreement == "agree"
    assert both.confidence > alone.confidence
    # A copy of the same passage is no second witness.
    copy = chosen("When was the bridge built?", [node("a", BUILT), node("b", BUILT)])
    assert copy.agreement == "single"


def test_the_same_statement_with_another_filling_is_shown_beside_the_first() -> None:
    nodes = [node("a", BUILT), node("b", ("The bridge was built in 1911.", "1911", 1.8))]
    choice = chosen("When was the bridge built?", nodes)
    assert choice.agreement == "differ"
    assert quoted(choice, nodes) == ["The bridge was built in 1903.", "The bridge was built in 1911."]
    assert choice.best.said == "1903"


@pytest.mark.parametrize(
    "other",
    [
        ("The bridge was built in 1911.", "1911", -4.0),  # hardly an answer
        ("The tower of the church fell down in 1911.", "1911", 1.8),  # another matter
        ("The bridge was built in stone.", "stone", 1.8),  # another kind of filling
        ("The bridge was built in the year 1903.", "the year 1903", 1.8),  # the same in other words
    ],
)
def test_these_are_no_contradiction(other: tuple[str, str, float]) -> None:
    nodes = [node("a", BUILT), node("b", other)]
    choice = chosen("When was the bridge built?", nodes)
    assert choice.agreement != "differ"
    assert quoted(choice, nodes) == ["The bridge was built in 1903."]


WHY = [
    ("The ferry was too small for all the carts.", "The ferry was too small", 2.0),
    ("Floods carried away the old ford.", "Floods carried away the old ford", 1.5),
    ("The ferry was too small for the carts.", "The ferry was too small", 1.4),
    ("Merchants paid for it.", "Merchants", 1.2),
    ("A fair is held in May.", "in May", -5.0),
]


def test_why_gets_several_sentences_without_repetition_the_best_first_then_in_the_order_of_reading() -> None:
    nodes = [node("b", WHY[1], WHY[4], start=900), node("a", WHY[0]), node("b", WHY[3], start=100), node("c", WHY[2])]
    choice = chosen("Why was the bridge built?", nodes)
    assert quoted(choice, nodes) == [WHY[0][0], WHY[3][0], WHY[1][0]]
    assert quoted(chosen("Why was the bridge built?", nodes, most=2), nodes) == [WHY[0][0], WHY[1][0]]
    assert quoted(chosen("Who built the bridge?", nodes), nodes) == [WHY[0][0]]


def test_the_best_sentence_stands_before_those_that_precede_it_in_its_document() -> None:
    nodes = [node("a", WHY[3], WHY[1], WHY[0])]
    assert quoted(chosen("Why was the bridge built?", nodes), nodes) == [WHY[0][0], WHY[3][0], WHY[1][0]]


def test_what_is_half_as_likely_as_the_best_sentence_is_no_further_one() -> None:
    nodes = [node("a", WHY[0], ("Merchants paid for it.", "Merchants", -0.3))]
    assert quoted(chosen("Why was the bridge built?", nodes), nodes) == [WHY[0][0]]


def test_nothing_read_gives_no_choice() -> None:
    assert choose("Who?", [], FITTED, 4) is None
    assert choose("Who?", [NodeWithScore(node=TextNode(text="Unread."), score=1.0)], FITTED, 4) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("in 1903", "1903", True),
        ("Robert Maillart", "Maillart, the engineer", False),
        ("Maillart", "Robert Maillart", True),
        ("bridges", "the bridge", True),
        ("1903", "1911", False),
        ("", "1911", False),
    ],
)
def test_phrases_say_the_same_if_one_has_the_others_words(one: str, other: str, same: bool) -> None:
    assert says_the_same(one, other) is same
