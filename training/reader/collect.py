"""What the reader says of the passages that are retrieved for the questions kept for development.

Whole corpora are indexed, and only questions about documents that are kept for development are asked.
"""

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.answer import Source
from rag.build import build_index
from rag.config import Config
from rag.evaluate.dataset import Question, load_questions
from rag.evaluate.evidence import Place, hits, with_places
from rag.evaluate.importers import import_set
from rag.models.default_embedding import load_default_embedding
from rag.models.reader import ReaderModel
from rag.retrieval.hybrid import HybridRetriever
from rag.retrieval.reranker import PassageFeatures, features_of
from rag.store.vector_store import FaissStore
from training.reader.sets.table import SETS, WIKIPEDIA, read_examples


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that was retrieved: its text, whether it holds evidence, and its features."""

    text: str
    document: str
    start: int
    score: float
    gold: bool
    features: PassageFeatures


@dataclass(frozen=True, slots=True)
class Case:
    """A question for development, its accepted answers, none where there is no answer, and what was found."""

    set: str
    question: str
    answers: list[str]
    found: list[Found]


def collect(data: Path, work: Path, model: ReaderModel, count: int, every: int = 1) -> list[Case]:
    """Cases of every `every`-th development question, `count` passages each."""
    cases: list[Case] = []
    for name in WIKIPEDIA:
        folder = work / "sets" / name
        if not folder.exists():
            import_set("squad", data / SETS[name].files[0], folder)
        config = Config(index_dir=work / "indexes")
        build_index(folder / "documents", config, name)
        # The store and not an engine, which would open the weights that the package has now.
        store = FaissStore.open(config.index_folder(name))
        retriever = HybridRetriever(store, load_default_embedding(config.cache_dir), count, config.candidate_count)
        kept = {example.id for example in read_examples(data, name, "dev")}
        asked = with_places(load_questions(folder / "questions.jsonl"), partial(_source, store))
        asked = [pair for pair in asked if pair[0].id in kept][::every]

        def case(pair: tuple[Question, list[Place]], name=name, retriever=retriever) -> Case:
            question, places = pair
            nodes = retriever.retrieve(QueryBundle(question.question))
            scores = model.score(question.question, [node.text for node in nodes])
            found = [
                _found(question.question, node, scored, places) for node, scored in zip(nodes, scores, strict=True)
            ]
            return Case(name, question.question, question.answers if question.answerable else [], found)

        with ThreadPoolExecutor(2) as pool:
            cases += pool.map(case, asked)
        print(f"{name}: {len(asked):,} questions for development", flush=True)
    return cases


def _source(store: FaissStore, document_id: str) -> Source | None:
    document = store.contents.document(document_id)
    return Source(document_id, document.text) if document else None


def _found(question: str, node: NodeWithScore, scored, places: list[Place]) -> Found:
    text_node = node.node
    assert isinstance(text_node, TextNode)  # noqa: S101
    document, start, end = text_node.ref_doc_id or "", text_node.start_char_idx or 0, text_node.end_char_idx or 0
    gold = bool(hits(places, document, start, end))
    retrieval = node.score or 0.0
    features = features_of(question, text_node.text, scored, retrieval)
    return Found(text_node.text, document, start, retrieval, gold, features)


def save_cases(cases: list[Case], file: Path) -> None:
    """Write the cases, one a line."""
    with gzip.open(file, "wt", encoding="utf-8") as out:
        for case in cases:
            found = [[f.text, f.document, f.start, f.score, f.gold, f.features] for f in case.found]
            out.write(json.dumps([case.set, case.question, case.answers, found]) + "\n")


def load_cases(file: Path) -> list[Case]:
    """What `save_cases` wrote."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Case(name, question, answers, [Found(*rest, _features(features)) for *rest, features in found])
        for name, question, answers, found in rows
    ]


def _features(row) -> PassageFeatures:
    passage, spans = row
    return PassageFeatures(tuple(passage), [(tuple(a), tuple(b), tuple(c)) for a, b, c in spans])
