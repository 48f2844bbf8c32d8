"""What the reader says of the passages that are retrieved for the questions kept for development, of all kinds of text.

The product indexes whole documents, a folder a kind, and searches them; what is found is kept with its features.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.build import build_index
from rag.config import Config
from rag.evaluate.evidence import Place, hits
from rag.metadata import HEADED, HEADINGS, LANGUAGE
from rag.models.default_embedding import load_default_embedding
from rag.models.reader import PairScores, ReaderModel
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.passage_tables import rows_in
from rag.retrieval.reranker import PassageFeatures, features_of, heading_to_read
from rag.store.vector_store import FaissStore
from rag.text.languages import ENGLISH
from training.reader.corpora import Asked, Corpus, corpora
from training.rows import load_rows, save_rows


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was retrieved: its text, whether it holds evidence, what it stands under, and its features."""

    text: str
    document: str
    start: int
    score: float
    gold: bool
    headings: str
    headed: list[tuple[int, int, str]]
    language: str
    features: PassageFeatures


@dataclass(frozen=True, slots=True)
class Case:
    """A question for development, its accepted answers, none where there is no answer, and what was found."""

    kind: str
    set: str
    question: str
    answers: list[str]
    found: list[Found]


def collect(prepared: Path, work: Path, kept: Path, model: ReaderModel, count: int, questions: int) -> list[Case]:
    """Cases of at most `questions` questions a kind of text, `count` passages each.

    Those of a kind are left in `kept`, and not collected again where they lie there; documents and indexes in `work`.
    """
    cases: list[Case] = []
    kept.mkdir(parents=True, exist_ok=True)
    for corpus in corpora(prepared, questions):
        file = kept / f"{corpus.kind}.jsonl.gz"
        if not file.exists():
            save_cases(_of_corpus(corpus, work, model, count), file)
        cases += load_cases(file)
    return cases


def _of_corpus(corpus: Corpus, work: Path, model: ReaderModel, count: int) -> list[Case]:
    config = Config(index_dir=work / "indexes")
    build_index(_written(corpus, work / "documents"), config, corpus.kind)
    # The store and not an engine, which would open the weights that the package has now.
    store = FaissStore.open(config.index_folder(corpus.kind))
    retriever = HybridRetriever(store, load_default_embedding(config.cache_dir), count, config.candidate_count)

    def case(asked: Asked) -> Case | None:
        places = _places(asked, store)
        if places is None:
            return None
        nodes = retriever.retrieve(QueryBundle(asked.question))
        above = [heading_to_read(asked.question, node) for node in nodes]
        scores = model.score(asked.question, [node.text for node in nodes], above)
        found = [_found(asked.question, node, scored, places) for node, scored in zip(nodes, scores, strict=True)]
        return Case(corpus.kind, asked.set, asked.question, list(asked.answers) if places else [], found)

    with ThreadPoolExecutor(2) as pool:
        cases = [case for case in pool.map(case, corpus.asked) if case]
    store.close()
    unanswerable = sum(not case.answers for case in cases)
    print(
        f"{corpus.kind}: {len(cases):,} of {len(corpus.asked):,} questions, {unanswerable:,} unanswerable,"
        f" of {len(corpus.documents):,} documents",
        flush=True,
    )
    return cases


def _written(corpus: Corpus, folder: Path) -> Path:
    """The folder of a corpus' files."""
    of_kind = folder / corpus.kind
    of_kind.mkdir(parents=True, exist_ok=True)
    for name, text in corpus.documents.items():
        (of_kind / name).write_text(text, encoding="utf-8")
    return of_kind


def _places(asked: Asked, store: FaissStore) -> list[Place] | None:
    """Where the answers stand in the document as it was read, None where the passage does not stand there as it was."""
    if not asked.places:
        return []
    document = store.contents.document(asked.document)
    at = document.text.find(asked.passage) if document else -1
    return None if at < 0 else [Place(asked.document, at + start, at + end) for start, end in asked.places]


def _found(question: str, node: NodeWithScore, scored: PairScores, places: list[Place]) -> Found:
    text_node = node.node
    assert isinstance(text_node, TextNode)  # noqa: S101
    document, start, end = text_node.ref_doc_id or "", text_node.start_char_idx or 0, text_node.end_char_idx or 0
    gold = bool(hits(places, document, start, end))
    retrieval = node.score or 0.0
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    features = features_of(question, text_node.text, scored, retrieval, language, rows_in(text_node))
    headings, headed = str(text_node.metadata.get(HEADINGS, "")), text_node.metadata.get(HEADED, [])
    return Found(text_node.text, document, start, retrieval, gold, headings, headed, language, features)


def save_cases(cases: list[Case], file: Path) -> None:
    """Write JSON lines, compressed, as one rename."""
    save_rows(map(asdict, cases), file)


def load_cases(file: Path) -> list[Case]:
    """What `save_cases` wrote."""
    return [
        Case(**row | {"found": [Found(**found | {"features": _features(found["features"])}) for found in row["found"]]})
        for row in load_rows(file)
    ]


def _features(row) -> PassageFeatures:
    passage, spans = row
    return PassageFeatures(tuple(passage), [(tuple(a), tuple(b), tuple(c)) for a, b, c in spans])
