from concurrent.futures import ThreadPoolExecutor

import pytest
from llama_index.core.schema import NodeRelationship, NodeWithScore, RelatedNodeInfo, TextNode

from rag.answer import NOT_IN_DOCUMENTS
from rag.answering.quoting import QuoteSynthesizer
from rag.answering.synthesizer import answer_of
from rag.metadata import HEADINGS
from rag.models.reader import ReaderModel
from rag.retrieval.reranker import PassageReader
from tests.answering.headed import headed

RIVERS = "# Rivers\n\nThe Rhine rises in the Alps. It is 1,233 km long.\n\n- The Aare is a tributary."
TOWNS = "| Bern | seat of the government |\n|---|---|\n| Basel | river port |"


def node(text: str, document: str, start: int = 100, headings: str = "") -> NodeWithScore:
    source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)}
    return NodeWithScore(
        node=TextNode(
            text=text,
            id_=document,
            start_char_idx=start,
            end_char_idx=start + len(text),
            relationships=source,
            metadata={HEADINGS: headings} | headed(text),
        ),
        score=0.5,
    )


@pytest.fixture(scope="session")
def synthesizer(reader_model: ReaderModel) -> QuoteSynthesizer:
    return QuoteSynthesizer(PassageReader(reader_model, 10), 4)


def test_the_answer_quotes_a_sentence_cites_its_place_and_marks_the_short_answer(synthesizer: QuoteSynthesizer) -> None:
    response = synthesizer.synthesize("Where does the Rhine rise?", [node(TOWNS, "t"), node(RIVERS, "r")])
    answer = answer_of(response)
    assert str(response) == answer.answer == "The Rhine rises in the Alps. [1]"
    (citation,) = answer.citations
    assert (citation.document, citation.start, citation.end) == ("r", 110, 138)
    assert not answer.refused
    (sentence,) = answer.sentences
    assert sentence.support == "quoted"
    assert answer.short_answer is not None
    assert "Alps" in answer.short_answer
    assert sentence.short is not None
    assert sentence.text[slice(*sentence.short)] == answer.short_answer
    assert {passage.document for passage in answer.passages} == {"t", "r"}


def test_a_sentence_that_hangs_on_the_one_before_is_quoted_behind_it(
    synthesizer: QuoteSynthesizer, reader_model: ReaderModel
) -> None:
    answer = answer_of(synthesizer.synthesize("How long is the Rhine?", [node(RIVERS, "r")]))
    assert answer.answer == "The Rhine rises in the Alps. [1] It is 1,233 km long. [2]"
    assert [(c.start - 100, c.end - 100) for c in answer.citations] == [(10, 38), (39, 59)]
    assert [RIVERS[c.start - 100 : c.end - 100] == c.quote for c in answer.citations] == [True, True]
    first, second = answer.sentences
    assert first.short is None
    assert second.short is not None
    assert second.text[slice(*second.short)] == answer.short_answer
    brief = QuoteSynthesizer(PassageReader(reader_model, 10), 1)
    (sentence,) = answer_of(brief.synthesize("How long is the Rhine?", [node(RIVERS, "r")])).sentences
    assert sentence.text == "Under “Rivers”: It is 1,233 km long."


def test_without_such_a_sentence_the_heading_is_named_outside_the_citation(synthesizer: QuoteSynthesizer) -> None:
    nodes = [node("It is 1,233 km long. It flows north.", "r", headings="# Rivers\n## Rhine")]
    answer = answer_of(synthesizer.synthesize("How long is the Rhine?", nodes))
    (sentence,), (citation,) = answer.sentences, answer.citations
    assert sentence.text == "Under “Rivers – Rhine”: It is 1,233 km long."
    assert sentence.short is not None
    assert sentence.text[slice(*sentence.short)] == answer.short_answer
    assert "1,233" in (answer.short_answer or "")
    assert (citation.start, citation.end, citation.quote) == (100, 120, "It is 1,233 km long.")


def test_without_a_sentence_to_quote_it_refuses(synthesizer: QuoteSynthesizer) -> None:
    for nodes in ([], [node("# Rivers", "r")], [node("", "e")]):
        answer = answer_of(synthesizer.synthesize("Who?", nodes))
        assert answer.refused
        assert answer.answer == NOT_IN_DOCUMENTS
        assert answer.confidence == 0
        assert len(answer.passages) == len(nodes)


def test_a_list_marker_or_a_tables_bars_are_no_part_of_a_quote(synthesizer: QuoteSynthesizer) -> None:
    answer = answer_of(synthesizer.synthesize("Which town is a river port?", [node(TOWNS, "t")]))
    assert answer.sentences[0].text == "Basel | river port"


def test_a_question_longer_than_the_window_is_said_to_be_cut(synthesizer: QuoteSynthesizer) -> None:
    long = "Where does the Rhine rise " + "and so on " * 100
    (note,) = answer_of(synthesizer.synthesize(long, [node(RIVERS, "r")])).notes
    assert "longer than the reader's window" in note
    assert answer_of(synthesizer.synthesize("Where?", [node(RIVERS, "r")])).notes == []


def test_threads_may_share_it(synthesizer: QuoteSynthesizer) -> None:
    questions = ["Where does the Rhine rise?", "Which tributary is the Aare?", "Seat of the government?"] * 10

    def ask(question: str) -> object:
        return answer_of(synthesizer.synthesize(question, [node(RIVERS, "r"), node(TOWNS, "t")]))

    alone = [ask(question) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, questions)) == alone


def test_plain_texts_get_a_plain_answer(synthesizer: QuoteSynthesizer) -> None:
    assert synthesizer.get_response("Where does the Rhine rise?", [TOWNS, RIVERS]) == "The Rhine rises in the Alps."
    assert synthesizer.get_response("Where does the Rhine rise?", []) == ""
