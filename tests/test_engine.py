import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from llama_index.core.schema import MetadataMode

from rag.answer import turn_of
from rag.answering.synthesizer import answer_of
from rag.build import build_index, open_engine
from rag.config import Config, load_config
from rag.engine import OTHER_LANGUAGE, CitedQueryEngine
from rag.errors import ConfigError, DocumentError, IndexFolderError, QuestionError
from rag.models.packaged_model import packaged_model
from rag.store.calibration import Calibration
from rag.store.vector_store import FaissStore
from tests.conftest import ORIGINAL


def text_of(engine: CitedQueryEngine, document: str) -> str:
    return engine.document(document).text


def test_a_question_is_answered_with_citations_that_hold(seeds_engine: CitedQueryEngine) -> None:
    answer = seeds_engine.ask("Who led the Russian delegation?").after(1.5)
    assert answer.short_answer == "Alexander Lavrentiev"
    assert answer.answer.endswith("[1]")
    for citation in answer.citations:
        assert text_of(seeds_engine, citation.document)[citation.start : citation.end] == citation.quote
    for passage in answer.passages:
        assert text_of(seeds_engine, passage.document)[passage.start : passage.end] == passage.text
    seconds = answer.seconds
    assert seconds.load == 1.5
    assert seconds.total == pytest.approx(seconds.load + seconds.retrieve + seconds.read + seconds.answer)


def test_the_same_question_gets_the_same_answer(seeds_engine: CitedQueryEngine) -> None:
    question = "What is the Constitutional Committee for?"
    first, second = seeds_engine.ask(question), seeds_engine.ask(question)
    assert first == replace(second, seconds=first.seconds)


def test_it_is_a_llama_index_query_engine(seeds_engine: CitedQueryEngine) -> None:
    response = seeds_engine.query("Who is the UN Special Envoy?")
    assert "Geir Pedersen" in str(response)
    assert answer_of(response).answer == str(response)
    assert len(response.source_nodes) == len(answer_of(response).passages)


def test_a_courtesy_is_answered_without_the_documents(seeds_engine: CitedQueryEngine) -> None:
    thanked = seeds_engine.ask("Thanks!")
    assert (thanked.is_courtesy, thanked.refused, thanked.searched, thanked.passages) == (True, False, "", [])
    assert list(seeds_engine.stream("Thanks!")) == [thanked]
    response = seeds_engine.query("Thanks!")
    assert (str(response), response.source_nodes, answer_of(response)) == (thanked.answer, [], thanked)


def test_a_courtesy_is_searched_where_the_person_says_so(seeds_engine: CitedQueryEngine) -> None:
    answer = seeds_engine.ask("Thanks!", searched="Who led the Russian delegation?")
    assert answer.short_answer == "Alexander Lavrentiev"
    assert seeds_engine.ask("Thanks!", searched=" ").is_courtesy


def test_a_conversation_goes_on_after_a_courtesy(seeds_engine: CitedQueryEngine) -> None:
    asked = seeds_engine.ask("Who led the Russian delegation?")
    history = [turn_of(asked), turn_of(seeds_engine.ask("Thanks!", [turn_of(asked)]))]
    assert seeds_engine.ask("And Iran?", history).searched == "And Iran? (Who led the … delegation)"


def test_documents_that_hold_a_courtesy_are_asked_about_it(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    text = (
        "Glossary\n\n'Thanks' means that a debt of honour is acknowledged.\n\nThe porter says hello to every guest.\n"
    )
    (folder / "glossary.txt").write_text(text, encoding="utf-8")
    config = Config(index_dir=tmp_path / "indexes")
    build_index(folder, config, "glossary")
    engine = open_engine(config, "glossary")
    assert "debt of honour" in engine.ask("What does 'thanks' mean in the glossary?").answer
    assert "porter" in engine.ask("Who says hello?").answer
    assert "porter" in engine.search("hello")[0].text


def test_what_the_documents_do_not_hold_is_refused(seeds_engine: CitedQueryEngine) -> None:
    answer = seeds_engine.ask("Which wine goes with grilled trout?")
    assert answer.refused
    assert answer.passages


def test_a_proposed_answer_is_the_one_before_it_is_refused(seeds_engine: CitedQueryEngine) -> None:
    for question in ("Which wine goes with grilled trout?", "Who led the Russian delegation?"):
        proposed, given = seeds_engine.propose(question), seeds_engine.ask(question)
        assert proposed.sentences
        assert not proposed.refused
        assert seeds_engine.decide(proposed) == replace(given, seconds=proposed.seconds)


def test_a_calibrated_index_decides_by_its_own_threshold_unless_one_is_set(
    seeds_config: Config, tmp_path: Path
) -> None:
    shutil.copytree(seeds_config.index_folder("seeds"), tmp_path / "seeds")
    config = seeds_config.model_copy(update={"index_dir": tmp_path})
    question = "Who led the Russian delegation?"
    raw = open_engine(config, "seeds").ask(question)
    open_engine(config, "seeds").store.calibrate(Calibration(1.0, -10.0, 0.5, 0.75, 0.25, []))
    refused = open_engine(config, "seeds").ask(question)
    assert (raw.refused, refused.refused) == (False, True)
    assert refused.confidence < 0.01
    given = open_engine(config.model_copy(update={"refusal_threshold": 0.0}), "seeds").ask(question)
    assert (given.answer, given.confidence) == (raw.answer, refused.confidence)


def test_the_text_of_a_document_or_none(seeds_engine: CitedQueryEngine) -> None:
    text = seeds_engine.document_text("astana-round-22.md")
    assert text == text_of(seeds_engine, "astana-round-22.md")
    assert seeds_engine.document_text("none") is seeds_engine.document_text("\udc80") is None


@pytest.mark.parametrize("question", ["", "  \n", "?!…"])
def test_an_empty_question_is_refused(seeds_engine: CitedQueryEngine, question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        seeds_engine.ask(question)
    with pytest.raises(QuestionError, match="empty"):
        seeds_engine.search(question)


def test_a_question_of_100000_characters_is_refused(seeds_engine: CitedQueryEngine) -> None:
    with pytest.raises(QuestionError, match="100,000 characters, more than the 2,000"):
        seeds_engine.ask("x" * 100_000)


def test_a_question_in_another_script_is_told_so(seeds_engine: CitedQueryEngine) -> None:
    with pytest.raises(QuestionError, match="in Cyrillic letters, the documents in Latin"):
        seeds_engine.ask("Кто возглавлял российскую делегацию?")


def test_a_document_that_is_not_there_is_named_with_those_that_are(seeds_engine: CitedQueryEngine) -> None:
    with pytest.raises(DocumentError, match=r"'astana\.md'.*astana-round-22\.md, humanitarian-situation\.txt"):
        seeds_engine.document("astana.md")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc", ".hidden", "a\nb", "x" * 300])
def test_an_index_name_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(IndexFolderError, match="cannot name an index"):
        load_config().index_folder(name)


def test_the_index_of_the_seeds_is_built_where_it_is_missing(seeds_config: Config, tmp_path: Path) -> None:
    config = seeds_config.model_copy(update={"index_dir": tmp_path / "indexes"})
    messages: list[str] = []
    assert open_engine(config, "seeds", messages.append).store.manifest.documents == 3
    assert [message.split()[0] for message in messages] == ["Indexing"]
    open_engine(config, "seeds", lambda message: pytest.fail("indexed again"))
    with pytest.raises(IndexFolderError, match="no index 'other'"):
        open_engine(config, "other")


def test_an_index_made_with_another_setting_is_refused(seeds_config: Config) -> None:
    config = seeds_config.model_copy(update={"max_passage_tokens": 128})
    with pytest.raises(IndexFolderError, match="max_passage_tokens 200, not 128.*--rebuild"):
        open_engine(config, "seeds")


def test_a_cross_encoder_of_others_may_rank(seeds_config: Config, tmp_path: Path) -> None:
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder = tmp_path / "cross-encoder"
    tokenizer = BertTokenizerFast.from_pretrained(packaged_model())
    shape = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        num_labels=1,
    )  # fmt: skip
    BertForSequenceClassification(shape).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = seeds_config.model_copy(update={"reranker": str(folder)})
    question = "Who led the Russian delegation?"
    passages = open_engine(config, "seeds").search(question)
    contents = FaissStore.open(config.index_folder("seeds")).contents
    documents = dict.fromkeys(passage.document for passage in passages)
    nodes = {node.node_id: node for document in documents for node in contents.passages_of(document, 1000)}
    read = [nodes[passage.id].get_content(MetadataMode.EMBED) for passage in passages]
    scores = CrossEncoder(str(folder)).predict([(question, text) for text in read]).tolist()
    assert scores == sorted(scores, reverse=True)
    answer = open_engine(config, "seeds").ask(question)
    assert [passage.id for passage in answer.passages] == [passage.id for passage in passages]
    assert all(passage.reader_score is not None for passage in answer.passages[: config.read_count])
    assert [passage.score for passage in answer.passages] == [passage.score for passage in passages]


def test_without_a_reranker_the_order_is_that_of_retrieval(seeds_config: Config) -> None:
    engine = open_engine(seeds_config.model_copy(update={"reranker": "none"}), "seeds")
    scores = [passage.score for passage in engine.search("Who led the Russian delegation?")]
    assert scores == sorted(scores, reverse=True)


def test_a_reranker_that_cannot_be_loaded_is_named(seeds_config: Config, tmp_path: Path) -> None:
    config = seeds_config.model_copy(update={"reranker": str(tmp_path / "nowhere")})
    with pytest.raises(ConfigError, match=r"reranker: '.*nowhere' cannot be loaded"):
        open_engine(config, "seeds")


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"{ORIGINAL} is not here")
@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Who led the Russian delegation?", "Alexander Lavrentiev"),
        ("Who is Iran’s Senior Political Advisor to the Foreign Minister?", "Ali Asghar Haji"),
        ("Where were the talks held?", "Astana, Kazakhstan"),
        ("Who led the Syrian government delegation?", "Ayman Riad"),
    ],
)
def test_the_original_document_is_answered_from(
    seeds_config: Config, tmp_path: Path, question: str, expected: str
) -> None:
    folder = tmp_path / "original"
    folder.mkdir()
    shutil.copy(ORIGINAL, folder)
    config = seeds_config.model_copy(update={"index_dir": tmp_path / "indexes"})
    build_index(folder, config, "original")
    answer = open_engine(config, "original").ask(question)
    assert expected in answer.answer
    text = ORIGINAL.read_text(encoding="utf-8")
    assert all(text[c.start : c.end] == c.quote for c in answer.citations)


def test_a_refusal_tells_that_question_and_documents_are_in_different_languages(seeds_engine: CitedQueryEngine) -> None:
    german = seeds_engine.ask("Wer leitete die russische Delegation?")
    assert german.refused
    assert german.notes == [OTHER_LANGUAGE.format(asked="German", written="English")]
    english = seeds_engine.ask("Which wine goes with grilled trout?")
    assert english.refused
    assert english.notes == []
