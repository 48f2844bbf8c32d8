"""The one place where parts are put together, each of which can be given: an engine over an index, an index itself."""

import platform
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.vector_stores.types import MetadataFilters

from rag import DEFAULT_INDEX
from rag.answering.quoting import QuoteSynthesizer
from rag.answering.refusal import policy_for
from rag.answering.whole_tables import tables_in_store
from rag.config import FOLDERS, NO_RERANKER, READER, Config, load_config, seeds_folder
from rag.engine import CitedQueryEngine, no_document
from rag.errors import ConfigError, DatabaseLostError, IndexBusyError, IndexFolderError, QuestionError
from rag.models.default_embedding import OnnxEmbedding
from rag.models.embedding import load_embedding, window_of
from rag.models.reader import ReaderModel
from rag.models.similarity import TextSimilarity
from rag.overviews.overviews import Overviews
from rag.retrieval.follow_up import FollowUpTransform
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.places import PlaceCheck
from rag.retrieval.reranker import PassageReader
from rag.store.catalog import Catalog
from rag.store.compatibility import check_settings, new_manifest
from rag.store.copying import copy_contents, differences
from rag.store.document_info import DocumentInfo
from rag.store.filters import FIELDS
from rag.store.folder_catalog import FolderCatalog
from rag.store.index_store import IndexStore
from rag.store.manifest import OWN_PARSER, Manifest
from rag.text.languages import ENGLISH, name_of
from rag.text.words import is_utf8
from rag.tracing import start_tracing

if TYPE_CHECKING:
    from llama_index.core.llms import LLM
    from llama_index.core.node_parser.interface import NodeParser
    from llama_index.core.response_synthesizers.base import BaseSynthesizer

    from rag.cluster.connection import Cluster
    from rag.ingest.report import IndexReport, OnProgress

UNDERSTOOD = 0.5
"""Score of the best passage, a probability, up to which the reader may not have understood question or passages.

How often the first passage answers, with the multilingual embedding: of 158 English questions (squad2) .87 without the
reader, .93 with it, .92 so; of 14 in German, French, Russian and Chinese about English documents .86, .36 and .86.
"""

_LOOKED_EVERY_SECONDS = 0.5

_OTHER_LANGUAGE = (
    "Most of the text is in {}, and the default embedding knows English alone:"
    ' embedding = "multilingual" in rag.toml, then rag index --rebuild, finds more of it.'
)

Notify = Callable[[str], None]
"""Called with a sentence for the person who waits."""


def open_catalog(config: Config) -> Catalog:
    """The indexes that `config` names the place of. Raises ConfigError where what that needs is not installed."""
    return catalog_at(config.store.get_secret_value(), config.index_dir)


def catalog_at(store: str, index_dir: Path) -> Catalog:
    """The indexes in folders of `index_dir`, or in the database that `store` is the address of. Raises ConfigError."""
    if store == FOLDERS:
        return FolderCatalog(index_dir)
    try:
        from rag.store.postgres.catalog import PostgresCatalog
    except ImportError:
        raise ConfigError("store: PostgreSQL needs more packages: pip install 'footnote-rag[postgres]'") from None
    return PostgresCatalog(store)


def open_engine(
    config: Config,
    index_name: str,
    notify: Notify = lambda message: None,
    filters: MetadataFilters | None = None,
    *,
    embedding: BaseEmbedding | None = None,
    retriever: BaseRetriever | None = None,
    postprocessors: Sequence[BaseNodePostprocessor] | None = None,
    synthesizer: "BaseSynthesizer | None" = None,
    llm: "LLM | None" = None,
) -> CitedQueryEngine:
    """The engine over the index `index_name`, over what meets `filters` in it.

    Every part that is given, of whatever maker, takes the place of the one that `config` asks for. `retriever` is to
    give passages of the index; `synthesizer`'s text is cut into sentences, checked and cited as that of `llm` is. The
    index of the seeds is built where it is missing. Raises IndexFolderError, ModelError, ConfigError, DocumentError
    where the seeds cannot be read, and QuestionError where nothing meets `filters`.
    """
    index = open_catalog(config).index(index_name)
    if index_name == DEFAULT_INDEX and index.version() is None and (seeds := seeds_folder()):
        notify(f"Indexing {seeds} as {index.place} (once)")
        while index.version() is None:
            try:
                build_index(seeds, config, index_name, notify=notify, embedding=embedding)
            except IndexBusyError:
                # Another server began at the same moment, and may end before it is done.
                time.sleep(_LOOKED_EVERY_SECONDS)
    start_tracing(config.trace)
    store = index.open()
    with ThreadPoolExecutor(1) as beside:
        # Opening weights is work for a core of its own.
        model = beside.submit(ReaderModel)
        embedding = embedding or load_embedding(config.embedding, config.cache_dir, notify)
    _check(store, embedding, config)
    if filters and not store.count_matching(filters):
        raise QuestionError(
            f"nothing in the index {index_name!r} meets all of these filters. Loosen them; rag documents lists what"
            f" there is to filter by: {', '.join(FIELDS)}."
        )
    count = max(config.passage_count, config.read_count)
    ranks = config.reranker == READER and postprocessors is None
    # Of others it is not known what they were trained on; the reader knows English alone.
    is_multilingual = not isinstance(embedding, OnnxEmbedding)
    reader = PassageReader(model.result(), config.read_count, ranks, least_score=UNDERSTOOD if is_multilingual else 0.0)
    refusal = policy_for(config.refusal_threshold, store.manifest.calibration, reader.model.fitted.threshold)
    # How near its vectors are to each other is known of the default embedding alone.
    similarity = None if is_multilingual else TextSimilarity(embedding)
    quoting = QuoteSynthesizer(reader, config.max_answer_sentences, tables_in_store(store), similarity)
    writing, transform = None, FollowUpTransform()
    if config.llm or llm or synthesizer:
        from rag.llm.parts import model_parts

        known = None if is_multilingual else reader.model
        writing, transform = model_parts(config, quoting, refusal, known, llm, synthesizer)
    if postprocessors is None:
        postprocessors = [reader] if reader.ranks else _reranker(config.reranker, count)
    if retriever or postprocessors not in ([], [reader]):
        postprocessors = [*postprocessors, PlaceCheck(partial(_text_of, store))]
    return CitedQueryEngine(
        store=store,
        retriever=retriever
        or HybridRetriever(store, embedding, count, config.candidate_count, config.rankings, filters),
        postprocessors=postprocessors,
        synthesizer=writing or quoting,
        refusal=refusal,
        passage_count=config.passage_count,
        max_question_characters=config.max_question_characters,
        query_transform=transform,
        overviews=Overviews(store, embedding, filters),
        is_multilingual=is_multilingual,
    )


def open_elsewhere(config: Config, index_name: str, has_own_cache: bool, manifest_sha256: str) -> CitedQueryEngine:
    """The engine over an index, on a worker of a cluster; `has_own_cache` where it is on another machine.

    Raises IndexFolderError where the worker does not see the index whose manifest has the sha256 `manifest_sha256`, and
    what open_engine raises.
    """
    if has_own_cache:
        config = config.model_copy(update={"cache_dir": load_config().cache_dir})
    index = open_catalog(config).index(index_name)
    try:
        is_same = index.manifest().sha256 == manifest_sha256
    except DatabaseLostError:
        raise
    except IndexFolderError:
        is_same = False
    if not is_same:
        raise IndexFolderError(
            f"a worker on {platform.node()} does not see the index {index.place} as it is here. Workers on other"
            " machines need it under the same path, on a disk that is shared, or in PostgreSQL; or give --on ray."
        )
    return open_engine(config, index_name)


def build_index(
    folder: Path,
    config: Config,
    index_name: str,
    rebuild: bool = False,
    on_progress: "OnProgress" = lambda progress: None,
    notify: Notify = lambda message: None,
    *,
    embedding: BaseEmbedding | None = None,
    node_parser: "NodeParser | None" = None,
    cluster: "Cluster | None" = None,
) -> "IndexReport":
    """Bring the index `index_name` in step with `folder`: see rag.ingest.update.update_index.

    `embedding` and `node_parser`, of whatever maker, take the place of those that `config` asks for. Where a `cluster`
    is given (rag.cluster.connection), its workers read, cut and embed. Raises what update_index raises, ModelError and
    ConfigError.
    """
    from rag.ingest.parts import parts
    from rag.ingest.update import update_index

    loaded = embedding or load_embedding(config.embedding, config.cache_dir, notify)
    cached, parser = parts(loaded, node_parser, config.max_passage_tokens, config.cache_dir)
    readers = None
    if cluster:
        from rag.ingest.cluster_readers import ClusterReaders, WorkerSettings

        given = embedding or config.embedding
        cache_dir = config.cache_dir.absolute() if cluster.is_here else None
        settings = WorkerSettings(given, loaded.model_name, node_parser, config.max_passage_tokens, cache_dir)
        readers = ClusterReaders(cluster, settings)
    try:
        report = update_index(
            folder,
            open_catalog(config).index(index_name),
            cached,
            parser,
            config.max_file_megabytes,
            rebuild=rebuild,
            on_progress=on_progress,
            readers=readers,
        )
    finally:
        cached.close()
    language = max(report.languages, key=report.languages.__getitem__, default=ENGLISH)
    if language != ENGLISH and isinstance(loaded, OnnxEmbedding):
        report.advice = _OTHER_LANGUAGE.format(name_of(language))
    return report


def copy_index(
    config: Config,
    index_name: str,
    to: str,
    is_replaced: bool = False,
    on_share: Callable[[float, str], None] = lambda share, what: None,
) -> Manifest:
    """Copy an index into another store (`to`, as the setting `store` has it) under its name, and look whether it is the
    same there. The manifest of the copy.

    What was there under that name stays unless the copy is to replace it. Raises IndexFolderError and ConfigError.
    """
    index, target = (open_catalog(config).index(index_name), catalog_at(to, config.index_dir).index(index_name))
    if target.place == index.place:
        raise ConfigError(f"the index {index.place} is there already: name another store to copy it to.")
    before = target.version()
    if before is not None and not is_replaced:
        raise ConfigError(f"there is an index {target.place} already. Add --replace to have the copy take its place.")
    with closing(index.open()) as source, closing(target.create(source.manifest.emptied())) as copy:
        if target.version() != before:
            raise ConfigError(f"the index {target.place} was changed meanwhile. Try again.")
        copy_contents(source.contents, copy, lambda share: on_share(0.6 * share, "Copying"))
        copy.put_failures(source.manifest.failures)
        # Before anybody sees it.
        wrong = next(differences(source.contents, copy.contents), None)
        if wrong:
            raise IndexFolderError(f"the copy {target.place} is not the same: {wrong} It was not kept.")
        copy.persist(on_progress=lambda stage: on_share(0.8, stage))
    problems = target.verify(lambda share, what: on_share(0.8 + 0.2 * share, "Verifying")).problems
    if problems:
        raise IndexFolderError(f"the copy {target.place} is not whole: {problems[0]}")
    return target.manifest()


def list_documents(config: Config, index_name: str) -> list[DocumentInfo]:
    """The documents of an index, sorted by id. Raises IndexFolderError."""
    store = open_catalog(config).index(index_name).open()
    try:
        return store.contents.documents()
    finally:
        store.close()


def remove_document(config: Config, index_name: str, document_id: str) -> Manifest:
    """Remove a document from an index, or what it says of a file that could not be read. The manifest after it.

    Raises DocumentError and IndexFolderError.
    """
    store = open_catalog(config).index(index_name).open()
    try:
        if not is_utf8(document_id) or not (
            store.contents.document(document_id) or document_id in store.manifest.failures
        ):
            raise no_document(store, document_id)
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


def _text_of(store: IndexStore, document_id: str) -> str | None:
    document = store.contents.document(document_id)
    return document.text if document else None


def _check(store: IndexStore, embedding: BaseEmbedding, config: Config) -> None:
    """Raise IndexFolderError where the index cannot be asked with these settings; how it was cut does not matter."""
    made = store.manifest
    own = made.node_parser == OWN_PARSER
    longest = min(config.max_passage_tokens, window_of(embedding)) if own else made.max_passage_tokens
    check_settings(store, new_manifest(Path(made.folder), embedding, longest, made.node_parser))
