"""Every kind of part in the hands of LlamaIndex's own classes, which nobody here wrote; and the answers still cited."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from llama_index.core import MockEmbedding, SimpleDirectoryReader, VectorStoreIndex
from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.response.schema import RESPONSE_TYPE
from llama_index.core.indices.query.query_transform.base import BaseQueryTransform
from llama_index.core.node_parser import SentenceSplitter, SentenceWindowNodeParser, TokenTextSplitter
from llama_index.core.postprocessor import MetadataReplacementPostProcessor, SimilarityPostprocessor
from llama_index.core.readers.base import BaseReader
from llama_index.core.response_synthesizers import get_response_synthesizer
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

import rag
from rag import Answer, Config, DocumentReader, FaissStore, FollowUpTransform, Turn, answer_of, build_index, open_engine
from rag.errors import DocumentError, IndexFolderError, QuestionError
from rag.retrieval.places import PlaceCheck
from rag.store.files import index_lock
from tests.conftest import HashEmbedding, ScriptedLLM
from tests.loops import run_apart

RIVERS = (
    "# Rivers\n\nThe Rhine rises in the Alps. The Rhine is 1,233 km long. It flows past Basel.\n\n"
    "The Elbe rises in the Giant Mountains. The Elbe is 1,094 km long. It flows past Basel.\n\n"
    "The Rhone rises in the Alps. The Rhone is 813 km long. It flows past Lyon.\n"
)


@pytest.fixture
def config(model_cache: Path, tmp_path: Path) -> Config:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "rivers.md").write_text(RIVERS, encoding="utf-8")
    (folder / "towns.txt").write_text("Bern is the seat of the Swiss government.\n", encoding="utf-8")
    return Config(index_dir=tmp_path / "indexes", cache_dir=model_cache)


def assert_cited(config: Config, answer: Answer) -> None:
    """Fail unless each citation is the text of its document at its place."""
    assert answer.citations
    for citation in answer.citations:
        text = open_engine(config, "papers", embedding=HashEmbedding()).document_text(citation.document)
        assert text is not None
        assert text[citation.start : citation.end] == citation.quote


def built(config: Config, **parts: object) -> Config:
    build_index(Path("papers"), config, "papers", **parts)
    return config


@pytest.mark.parametrize(
    "parser",
    [
        SentenceSplitter(chunk_size=50, chunk_overlap=15),
        TokenTextSplitter(chunk_size=30, chunk_overlap=10),
        SentenceWindowNodeParser.from_defaults(window_size=1),
    ],
    ids=lambda parser: type(parser).__name__,
)
def test_a_node_parser(config: Config, parser: SentenceSplitter) -> None:
    report = build_index(Path("papers"), config, "papers", node_parser=parser)
    assert report.skipped == []
    store = FaissStore.open(config.index_folder("papers"))
    text = store.contents.document("rivers.md").text
    nodes = [node for node in store.contents.nodes(range(report.passages)).values() if node.ref_doc_id == "rivers.md"]
    assert len(nodes) > 2
    # “It flows past Basel.” stands there twice; each passage is at its own place.
    places = [(node.start_char_idx, node.end_char_idx) for node in nodes]
    assert [text[start:end] for start, end in places] == [node.text for node in nodes]
    assert len({start for start, _ in places}) == len(places)
    answer = open_engine(config, "papers").ask("How long is the Elbe?")
    assert answer.short_answer.startswith("1,094 km")
    assert answer.citations[0].quote == "The Elbe is 1,094 km long."
    assert text[answer.citations[0].start : answer.citations[0].end] == answer.citations[0].quote
    again = build_index(Path("papers"), config, "papers", node_parser=parser)
    assert again.unchanged == ["rivers.md", "towns.txt"]
    with pytest.raises(IndexFolderError, match=f"cut into passages by {type(parser).__name__}"):
        build_index(Path("papers"), config, "papers")


def test_what_a_node_parser_says_of_a_passage_is_kept(config: Config) -> None:
    built(config, node_parser=SentenceWindowNodeParser.from_defaults(window_size=1))
    node = open_engine(config, "papers")._retriever.retrieve("How long is the Elbe?")[0].node
    assert "The Elbe rises in the Giant Mountains." in node.metadata["window"]


def test_a_node_parser_that_changes_the_text_is_refused_by_name(config: Config) -> None:
    class Shouting(SentenceSplitter):
        def split_text_metadata_aware(self, text: str, metadata_str: str) -> list[str]:
            return [text.upper()]

    with pytest.raises(DocumentError, match="Shouting makes passages of it that do not stand in its text"):
        build_index(Path("papers"), config, "papers", node_parser=Shouting())


def test_an_embedding(config: Config) -> None:
    # Its vectors are all the same, and of no unit length: words alone tell passages apart.
    embedding = MockEmbedding(embed_dim=8)
    built(config, embedding=embedding)
    assert FaissStore.open(config.index_folder("papers")).manifest.dimension == 8
    answer = open_engine(config, "papers", embedding=embedding).ask("Where does the Rhine rise?")
    assert "Alps" in answer.short_answer
    with pytest.raises(IndexFolderError, match="8 dimensions, not 384"):
        open_engine(config, "papers")


def test_a_retriever(config: Config) -> None:
    built(config, embedding=HashEmbedding())
    store = FaissStore(config.index_folder("papers"))
    index = VectorStoreIndex.from_vector_store(store, embed_model=HashEmbedding())
    engine = open_engine(config, "papers", embedding=HashEmbedding(), retriever=index.as_retriever(similarity_top_k=1))
    answer = engine.ask("Which town is the seat of the Swiss government?")
    assert [passage.document for passage in answer.passages] == ["towns.txt"]
    assert answer.short_answer == "Bern"
    assert_cited(config, answer)


def test_postprocessors(config: Config) -> None:
    built(config, embedding=HashEmbedding(), node_parser=SentenceWindowNodeParser.from_defaults(window_size=1))
    parts = [SimilarityPostprocessor(similarity_cutoff=0.1), MetadataReplacementPostProcessor("window")]
    engine = open_engine(config, "papers", embedding=HashEmbedding(), postprocessors=parts)
    answer = engine.ask("How long is the Rhone?")
    # The passage is the window around the sentence now, at the place where that stands.
    (passage,) = [passage for passage in answer.passages if "813 km" in passage.text and "Lyon" in passage.text][:1]
    assert engine.document_text("rivers.md")[passage.start : passage.end] == passage.text
    assert answer.short_answer.startswith("813 km")
    assert_cited(config, answer)
    none = [SimilarityPostprocessor(similarity_cutoff=2.0)]
    assert open_engine(config, "papers", embedding=HashEmbedding(), postprocessors=none).ask("How long?").refused


@pytest.mark.parametrize("mode", ["compact", "refine", "tree_summarize", "simple_summarize"])
def test_a_synthesizer(config: Config, mode: str) -> None:
    built(config, embedding=HashEmbedding())
    said = "The Elbe is 1,094 km long. It is the longest river of Europe."
    synthesizer = get_response_synthesizer(llm=ScriptedLLM(script=lambda prompt: said), response_mode=mode)
    engine = open_engine(config, "papers", embedding=HashEmbedding(), synthesizer=synthesizer)
    answer = engine.ask("How long is the Elbe?")
    # Its text is cut into sentences; what the documents say is cited, what they do not is marked.
    assert [sentence.text for sentence in answer.sentences] == said.replace(". ", ".\n").split("\n")
    assert answer.sentences[0].support in ("quoted", "supported")
    assert answer.sentences[1].support in ("unsupported", "partial")
    assert answer.citations[0].quote == "The Elbe is 1,094 km long."
    assert_cited(config, answer)


def test_a_synthesizer_that_fails_leaves_quotes(config: Config) -> None:
    def fail(prompt: str) -> str:
        raise RuntimeError("no model today")

    built(config, embedding=HashEmbedding())
    synthesizer = get_response_synthesizer(llm=ScriptedLLM(script=fail))
    engine = open_engine(config, "papers", embedding=HashEmbedding(), synthesizer=synthesizer)
    answer = engine.ask("How long is the Elbe?")
    assert answer.short_answer.startswith("1,094 km")
    assert any("no model today" in note for note in answer.notes)


def test_a_language_model(config: Config) -> None:
    built(config, embedding=HashEmbedding())
    asked: list[str] = []

    def script(prompt: str) -> str:
        asked.append(prompt)
        return "How long is the Elbe?" if "Where does the Elbe rise?" in prompt else "The Elbe is 1,094 km long [1]."

    engine = open_engine(config, "papers", embedding=HashEmbedding(), llm=ScriptedLLM(script=script))
    answer = engine.ask("And how long is it?", [Turn("Where does the Elbe rise?", "In the Giant Mountains.", "")])
    assert answer.answer == "The Elbe is 1,094 km long. [1]"
    assert answer.model == "scripted"
    assert "1,094 km" in asked[-1]
    assert_cited(config, answer)


def test_the_engine_is_a_query_engine_that_does_not_block_the_loop(config: Config) -> None:
    built(config, embedding=HashEmbedding())
    threads: set[int] = set()

    class Watched(HashEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            threads.add(threading.get_ident())
            return super()._get_query_embedding(query)

    engine = open_engine(config, "papers", embedding=Watched())
    assert isinstance(engine, BaseQueryEngine)
    loops: set[int] = set()

    async def ask() -> RESPONSE_TYPE:
        loops.add(threading.get_ident())
        return await engine.aquery("How long is the Elbe?")

    response = run_apart(ask)
    assert answer_of(response).short_answer.startswith("1,094 km")
    assert threads
    assert not threads & loops


def test_the_formats_are_a_reader(config: Config) -> None:
    skipped = []
    (Path("papers") / "broken.pdf").write_bytes(b"%PDF-1.4\nnothing")
    reader = DocumentReader(on_skipped=skipped.append)
    assert isinstance(reader, BaseReader)
    documents = reader.load_data(Path("papers"))
    assert [(document.id_, document.metadata["type"]) for document in documents] == [
        ("rivers.md", "md"),
        ("towns.txt", "txt"),
    ]
    assert documents[0].text == RIVERS
    assert [file.path for file in skipped] == ["broken.pdf"]
    read = SimpleDirectoryReader("papers", required_exts=[".md"], file_extractor={".md": reader}).load_data()
    assert [document.text for document in read] == [RIVERS]
    with pytest.raises(DocumentError, match=r"broken\.pdf: .*damaged PDF"):
        reader.load_data("papers/broken.pdf")
    with pytest.raises(DocumentError, match=r"files of the type \.exe are not read"):
        reader.load_data("papers/tool.exe")


def test_follow_up_questions_are_rewritten_by_a_query_transform() -> None:
    transform = FollowUpTransform()
    assert isinstance(transform, BaseQueryTransform)
    history = [Turn("Where does the Elbe rise?", "In the Giant Mountains.", "")]
    assert "Elbe" in transform.run("How long is it?", {"history": history}).query_str
    assert transform.run("How long is it?").query_str == "How long is it?"


def test_what_is_retrieved_from_elsewhere_is_not_cited(caplog: pytest.LogCaptureFixture) -> None:
    def node(text: str, document: str, start: int | None = None) -> NodeWithScore:
        source = {NodeRelationship.SOURCE: RelatedNodeInfo(node_id=document)}
        end = None if start is None else start + len(text)
        made = TextNode(text=text, relationships=source, start_char_idx=start, end_char_idx=end)
        return NodeWithScore(node=made, score=0.5)

    check = PlaceCheck({"d": "One river.\nTwo  rivers. One river."}.get)
    given = [node("One river.", "d", 24), node("Two rivers.", "d"), node("Three.", "d", 0), node("One river.", "other")]
    with caplog.at_level(logging.WARNING):
        kept = check.postprocess_nodes(given, QueryBundle("?"))
    places = [(found.node.start_char_idx, found.node.end_char_idx, found.node.text) for found in kept]
    assert places == [(24, 34, "One river."), (11, 23, "Two  rivers.")]
    assert [record.message.split(":")[0] for record in caplog.records] == [
        "left out, for its text does not stand in d",
        "left out, for it is of no document of the index",
    ]


def test_a_question_in_other_letters_is_asked_where_the_embedding_may_know_them(config: Config) -> None:
    built(config)
    with pytest.raises(QuestionError, match="written in Cyrillic letters"):
        open_engine(config, "papers").ask("Где начинается Рейн?")
    Path("other").mkdir()
    build_index(Path("papers"), config, "others", embedding=HashEmbedding())
    assert open_engine(config, "others", embedding=HashEmbedding()).ask("Где начинается Рейн?").passages


@pytest.mark.parametrize("name", rag.__all__)
def test_a_public_name_is_there(name: str) -> None:
    found: Callable[..., object] = getattr(rag, name)
    assert found.__doc__


def test_another_name_is_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'open_motor'"):
        _ = rag.open_motor


def test_the_seeds_that_another_process_indexes_are_waited_for(model_cache: Path, tmp_path: Path) -> None:
    config = Config(cache_dir=model_cache, index_dir=tmp_path / "indexes")
    other = index_lock(config.index_folder("seeds"))
    begun = threading.Event()
    with ThreadPoolExecutor(1) as asking:
        engine = asking.submit(open_engine, config, "seeds", lambda message: begun.set())
        begun.wait()
        assert not engine.done()
        other.release()
        assert engine.result().search("Who led the Russian delegation?")
