"""CitedQueryEngine, and the one place where its parts and those of an index are put together."""

import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.base.response.schema import Response
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.prompts.mixin import PromptMixin
from llama_index.core.schema import Document, NodeWithScore, QueryBundle
from llama_index.core.vector_stores.types import MetadataFilters

from rag import DEFAULT_INDEX
from rag.answer import Answer, Passage, Seconds, Source, Turn, Usage, added
from rag.answering.locations import placed
from rag.answering.quoting import ANSWER, QuoteSynthesizer
from rag.answering.refusal import RefusalPolicy, policy_for
from rag.config import NO_RERANKER, READER, Config, seeds_folder
from rag.errors import ConfigError, DocumentError, QuestionError
from rag.ingest.sections import PAGE_KINDS
from rag.models.embedding import load_embedding, load_tokenizer, packaged_model
from rag.models.reader import ReaderModel
from rag.models.vector_cache import CachedEmbedding
from rag.retrieval.follow_up import rewritten
from rag.retrieval.hybrid import HybridRetriever, mixed
from rag.retrieval.passage import as_passage
from rag.retrieval.reranker import PassageReader
from rag.store.compatibility import check_settings, new_manifest
from rag.store.corpus import DocumentInfo
from rag.store.filters import FIELDS
from rag.store.manifest import MANIFEST_FILE, Manifest
from rag.store.vector_store import FaissStore
from rag.text.words import is_utf8, scripts, stems
from rag.tracing import start_tracing, traced

if TYPE_CHECKING:
    from rag.ingest.update import IndexReport, OnProgress
    from rag.llm.condenser import Condenser
    from rag.llm.synthesizer import ModelSynthesizer

Notify = Callable[[str], None]
"""Called with a sentence for the person who waits."""


class CitedQueryEngine(BaseQueryEngine):
    """Questions in, Answers out: a LlamaIndex query engine whose Response carries an Answer.

    `ask` gives the Answer itself, `stream` also what a language model has written until then. `history` is what a
    follow-up question goes on with; `searched` says in its place what to search for. Safe to share between threads:
    asking changes nothing.
    """

    def __init__(
        self,
        store: FaissStore,
        retriever: BaseRetriever,
        postprocessors: Sequence[BaseNodePostprocessor],
        synthesizer: "QuoteSynthesizer | ModelSynthesizer",
        refusal: RefusalPolicy,
        passage_count: int,
        max_question_characters: int,
        condenser: "Condenser | None" = None,
    ) -> None:
        super().__init__(callback_manager=None)
        self.store = store
        self._retriever = retriever
        self._postprocessors = postprocessors
        self._passage_count = passage_count
        self._synthesizer = synthesizer
        self._refusal = refusal
        self._max_question_characters = max_question_characters
        self._condenser = condenser

    def ask(self, question: str, history: Sequence[Turn] = (), searched: str | None = None) -> Answer:
        """The Answer to `question`. Raises QuestionError and LanguageModelError."""
        *_, answer = self.stream(question, history, searched)
        return answer

    def stream(self, question: str, history: Sequence[Turn] = (), searched: str | None = None) -> Iterator[Answer]:
        """Answers that hold what is written so far, without sentences; the last one is what `ask` gives.

        Closing the iterator stops a language model's work. Raises QuestionError and LanguageModelError.
        """
        for answer, _ in traced("CitedQueryEngine.stream", self._answers(question, history, searched)):
            yield answer if answer.is_draft else self.decide(answer)

    def propose(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer before it is decided whether to refuse, its confidence not calibrated.

        Raises QuestionError and LanguageModelError.
        """
        *_, (answer, _) = self._answers(question, history, None)
        return answer

    def decide(self, answer: Answer) -> Answer:
        """What `ask` makes of a proposed answer: the answer, or a refusal with the nearest passages."""
        return self._refusal.decide(answer)

    def search(self, question: str, history: Sequence[Turn] = ()) -> list[Passage]:
        """The best passages for `question`, best first. Raises QuestionError."""
        self._check(question)
        searched, _ = self._searched(question, history, None)
        return [as_passage(node) for node in self._read(searched, self._retrieve(question, searched))]

    def document(self, document_id: str) -> Document:
        """The document with this id. Raises DocumentError, which names what there is."""
        document = self.store.get_document(document_id) if is_utf8(document_id) else None
        if document is None:
            raise _no_document(self.store, document_id)
        return document

    def document_text(self, document_id: str) -> str | None:
        """The text that citations of a document count in, or None where there is no such document."""
        document = self.store.get_document(document_id) if is_utf8(document_id) else None
        return document.text if document else None

    def source(self, document_id: str) -> Source | None:
        """The same with its pages, and with the id that citations of it name."""
        text = self.document_text(document_id)
        if text is None:
            return None
        pages = [(s.start, s.end) for s in self.store.sections(document_id) if s.kind in PAGE_KINDS]
        return Source(self.store.holder(document_id), text, pages)

    def _query(self, query_bundle: QueryBundle) -> Response:
        *_, (answer, nodes) = self._answers(query_bundle.query_str, (), None)
        answer = self.decide(answer)
        return Response(answer.answer, source_nodes=nodes, metadata={ANSWER: answer})

    def _answers(
        self, question: str, history: Sequence[Turn], searched: str | None
    ) -> Generator[tuple[Answer, list[NodeWithScore]], None, None]:
        """What is written so far, and at the end the answer before it is decided whether to refuse; with its nodes."""
        self._check(question)
        started = time.perf_counter()
        # What a person wrote to be searched is searched as it is.
        asked = searched or question
        searched, condensing = self._searched(question, history, searched)
        nodes = self._retrieve(asked, searched)
        self._check_script(searched, [node.text for node in nodes])
        retrieved = time.perf_counter()
        nodes = self._read(searched, nodes)
        read = time.perf_counter()
        for answer in self._synthesizer.stream(searched, nodes):
            done = time.perf_counter()
            seconds = Seconds(
                retrieve=retrieved - started, read=read - retrieved, answer=done - read, total=done - started
            )
            citations = [placed(citation, self.store) for citation in answer.citations]
            usage = added(condensing, answer.usage)
            given = replace(
                answer, question=question, searched=searched, citations=citations, seconds=seconds, usage=usage
            )
            yield given, nodes

    def _searched(self, question: str, history: Sequence[Turn], given: str | None) -> tuple[str, Usage | None]:
        """The question as it is searched, and what a language model took to write it so."""
        if given is not None and given.strip():
            self._check(given)
            return given, None
        if not history:
            return question, None
        found, usage = self._condenser.condense(question, history) if self._condenser else (None, None)
        found = found or rewritten(question, history)
        return (found if len(found) <= self._max_question_characters else question), usage

    def _retrieve(self, question: str, searched: str) -> list[NodeWithScore]:
        named = self._retriever.retrieve(QueryBundle(searched))
        if searched == question or not stems(question) & stems(searched):
            return named
        return mixed(self._retriever.retrieve(QueryBundle(question)), named)

    def _read(self, question: str, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
        """The best nodes, ranked anew."""
        for postprocessor in self._postprocessors:
            nodes = postprocessor.postprocess_nodes(nodes, QueryBundle(question))
        return nodes[: self._passage_count]

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return self._query(query_bundle)

    def _get_prompt_modules(self) -> dict[str, PromptMixin]:
        return {"response_synthesizer": self._synthesizer}

    def _check(self, question: str) -> None:
        if not any(character.isalnum() for character in question):
            raise QuestionError("the question is empty. Ask something in words.")
        if not is_utf8(question):
            raise QuestionError("the question holds bytes that are no text. Type it again.")
        if len(question) > self._max_question_characters:
            raise QuestionError(
                f"the question has {len(question):,} characters, more than the {self._max_question_characters:,}"
                " allowed. Shorten it, or raise max_question_characters in rag.toml."
            )

    def _check_script(self, question: str, passages: list[str]) -> None:
        asked, written = scripts(question), set().union(*map(scripts, passages))
        if asked and written and not asked & written:
            raise QuestionError(
                f"the question is written in {_names(asked)} letters, the documents in {_names(written)}."
                " Ask in the language of the documents."
            )


def open_engine(
    config: Config,
    index_name: str,
    notify: Notify = lambda message: None,
    filters: MetadataFilters | None = None,
) -> CitedQueryEngine:
    """The engine over the index `index_name`, over what meets `filters` in it.

    The index of the seeds is built where it is missing. Raises IndexFolderError, ModelError, DocumentError where the
    seeds cannot be read, and QuestionError where nothing meets `filters`.
    """
    index = config.index_folder(index_name)
    if index_name == DEFAULT_INDEX and not os.path.exists(index / MANIFEST_FILE) and (seeds := seeds_folder()):
        notify(f"Indexing {seeds} as {index} (once)")
        build_index(seeds, config, index_name, notify=notify)
    start_tracing(config.trace)
    store = FaissStore.open(index)
    with ThreadPoolExecutor(1) as beside:
        # Opening weights is work for a core of its own.
        model = beside.submit(ReaderModel)
        embedding = _embedding(config, notify)
    check_settings(store, new_manifest(Path(store.manifest.folder), embedding, config.max_passage_tokens))
    if filters and not store.count_matching(filters):
        raise QuestionError(
            f"nothing in the index {index_name!r} meets all of these filters. Loosen them; rag documents lists what"
            f" there is to filter by: {', '.join(FIELDS)}."
        )
    count = max(config.passage_count, config.read_count)
    retriever = HybridRetriever(store, embedding, count, config.candidate_count, config.rankings, filters)
    reader = PassageReader(model.result(), config.read_count, ranks=config.reranker == READER)
    refusal = policy_for(config.refusal_threshold, store.manifest.calibration, reader.model.fitted.threshold)
    quoting = QuoteSynthesizer(reader, config.max_answer_sentences)
    writing, condenser = None, None
    if config.llm:
        from rag.llm.parts import model_parts

        writing, condenser = model_parts(config, quoting, refusal)
    return CitedQueryEngine(
        store=store,
        retriever=retriever,
        postprocessors=[reader] if reader.ranks else _reranker(config.reranker, count),
        synthesizer=writing or quoting,
        refusal=refusal,
        passage_count=config.passage_count,
        max_question_characters=config.max_question_characters,
        condenser=condenser,
    )


def build_index(
    folder: Path,
    config: Config,
    index_name: str,
    rebuild: bool = False,
    on_progress: "OnProgress" = lambda progress: None,
    notify: Notify = lambda message: None,
) -> "IndexReport":
    """Bring the index `index_name` in step with `folder`: see rag.ingest.update.update_index."""
    from rag.ingest.chunker import SentenceChunker
    from rag.ingest.update import update_index

    embedding = CachedEmbedding(_embedding(config, notify), config.cache_dir / "vectors")
    chunker = SentenceChunker(load_tokenizer(packaged_model()), config.max_passage_tokens)
    try:
        return update_index(
            folder,
            config.index_folder(index_name),
            embedding,
            chunker,
            config.max_file_megabytes,
            rebuild=rebuild,
            on_progress=on_progress,
        )
    finally:
        embedding.close()


def list_documents(config: Config, index_name: str) -> list[DocumentInfo]:
    """The documents of an index, sorted by id. Raises IndexFolderError."""
    store = FaissStore.open(config.index_folder(index_name))
    try:
        return store.documents()
    finally:
        store.close()


def remove_document(config: Config, index_name: str, document_id: str) -> Manifest:
    """Remove a document from an index. The manifest after it. Raises DocumentError and IndexFolderError."""
    store = FaissStore.open(config.index_folder(index_name))
    try:
        if not is_utf8(document_id) or not store.get_document(document_id):
            raise _no_document(store, document_id)
        store.delete(document_id)
        store.persist()
        return store.manifest
    finally:
        store.close()


def _reranker(name: str, count: int) -> list[BaseNodePostprocessor]:
    """The cross-encoder of another's making that a setting names, if it does. Raises ConfigError."""
    if name in (READER, NO_RERANKER):
        return []
    from llama_index.core.postprocessor import SentenceTransformerRerank

    try:
        # Never code that comes with a model: LlamaIndex would run it unless told not to.
        ranker = SentenceTransformerRerank(
            model=name, top_n=count, device="cpu", keep_retrieval_score=True, trust_remote_code=False
        )
        return [ranker]
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        first = str(error).strip().splitlines()[:1]
        raise ConfigError(
            f"reranker: {name!r} cannot be loaded as a cross-encoder ({''.join(first)}). Name {READER}, {NO_RERANKER},"
            " or the folder of a sentence-transformers cross-encoder."
        ) from None


def _no_document(store: FaissStore, document_id: str) -> DocumentError:
    known = list(store.document_hashes())
    listed = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    return DocumentError(f"there is no document {document_id!r} in the index {store.folder.name!r}. It holds: {listed}")


def _embedding(config: Config, notify: Notify) -> BaseEmbedding:
    return load_embedding(config.cache_dir, lambda: notify("Preparing the embedding model (once, about 10 seconds)"))


def _names(scripts_found: set[str]) -> str:
    return " and ".join(sorted(name.capitalize() for name in scripts_found))
