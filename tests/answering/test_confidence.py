import math

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from rag.answering.candidates import candidates
from rag.answering.confidence import ConfidenceFeatures, confidence_features
from rag.metadata import HEADINGS
from rag.retrieval.reranker import Reading, SentenceSpan, attach

QUESTION = "When was the bridge of Bern built?"
OVER = "# Bridges\n## Bern"


def read(text: str, said: str, logit: float, headings: str = OVER) -> NodeWithScore:
    """A passage of one sentence that was read: its span's logit, and the headings that it stands under."""
    at = text.index(said)
    node = NodeWithScore(node=TextNode(text=text, metadata={HEADINGS: headings}), score=0.5)
    spans = [SentenceSpan((0, len(text)), (at, at + len(said)), logit)]
    attach(node, QUESTION, Reading(0.5, spans), 0.7)
    return node


def features_of(*nodes: NodeWithScore) -> ConfidenceFeatures:
    return confidence_features(QUESTION, nodes, candidates(QUESTION, nodes))


BUILT = read("The bridge was built in 1903.", "1903", 2.0)


def test_confidence_is_told_by_the_best_the_next_agreement_and_the_questions_words() -> None:
    other = read("The river is deep.", "deep", -3.0)
    same = read("It dates from 1903.", "1903", 0.0)
    unread = NodeWithScore(node=TextNode(text="Unread."), score=1.0)
    found = features_of(BUILT, other, same, unread)
    rivals = math.log1p(1 / (1 + math.exp(3.0)))
    assert found[:6] == (
        2.0,
        pytest.approx(rivals),
        pytest.approx(0.5),
        pytest.approx(2 / 3),
        pytest.approx(math.log(2)),
        0.0,
    )
    assert (found.ahead, found.unnamed) == (4.0, 0.0)


def test_the_next_candidate_may_be_near_or_missing() -> None:
    assert features_of(BUILT, read("It was built in 1911.", "1911", 1.5)).ahead == 0.5
    assert (features_of(BUILT).rivals, features_of(BUILT).ahead) == (0.0, 4.0)


@pytest.mark.parametrize(
    ("text", "headings", "unnamed"),
    [
        ("The bridge was built in 1903.", OVER, 0.0),
        ("The bridge of Bern was built in 1903.", "", 0.0),
        ("The bridge of Basel was built in 1903.", "# Bridges", 1.0),
    ],
)
def test_names_of_the_question_stand_in_the_passage_or_above_it(text: str, headings: str, unnamed: float) -> None:
    assert features_of(read(text, "1903", 2.0, headings)).unnamed == unnamed
