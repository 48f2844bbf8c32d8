"""Phrases that a language model answers with: held to what the passage answers, not to what it holds."""

import pytest
from llama_index.core.schema import NodeWithScore, TextNode

from rag.llm.grounding import Grounder
from rag.llm.phrases import PhraseChecker, phrase_spans
from rag.llm.support import SupportChecker
from rag.models.reader import ReaderModel
from rag.models.verifier import VerifierModel

PASSAGE = (
    "The bridge over the Tay was designed by Thomas Bouch and opened in 1878. It collapsed in a storm a year later, "
    "when a train from Burntisland was on it. The present bridge is the work of William Henry Barlow."
)


@pytest.fixture(scope="module")
def reader() -> ReaderModel:
    return ReaderModel()


def test_the_places_of_a_phrase_are_whole_words_in_a_row() -> None:
    assert [PASSAGE[slice(*span)] for span in phrase_spans("“thomas  Bouch”.", PASSAGE)] == ["Thomas Bouch"]
    assert phrase_spans("homas Bouch", PASSAGE) == []
    assert phrase_spans("Thomas Barlow", PASSAGE) == []
    assert phrase_spans(" … ", PASSAGE) == []


@pytest.mark.parametrize(
    ("question", "phrase", "is_answer"),
    [
        ("Who designed the first bridge over the Tay?", "Thomas Bouch", True),
        ("Who designed the first bridge over the Tay?", "Burntisland", False),
        ("When was the bridge opened?", "1878", True),
        ("Where did the train come from?", "Burntisland", True),
        ("Where did the train come from?", "Thomas Bouch", False),
        ("Where did the train come from?", "Dundee", False),
    ],
)
def test_a_phrase_answers_where_the_reader_finds_it_too(
    reader: ReaderModel, question: str, phrase: str, is_answer: bool
) -> None:
    assert PhraseChecker(reader).is_answer(question, phrase, PASSAGE) is is_answer


def test_a_phrase_that_does_not_answer_is_partly_supported_and_a_statement_is_judged_as_before(
    reader: ReaderModel,
) -> None:
    grounder = Grounder(SupportChecker(VerifierModel()), PhraseChecker(reader))

    def verdict(question: str, text: str) -> str:
        (statement,) = grounder.ground(question, text, [NodeWithScore(node=TextNode(text=PASSAGE))], ()).statements
        return statement.support

    assert verdict("Where did the train come from?", "Burntisland [1]") == "supported"
    assert verdict("Where did the train come from?", "Thomas Bouch [1]") == "partial"
    assert (
        verdict("Where did the train come from?", "Thomas Bouch designed the bridge over the Tay. [1]") == "supported"
    )
