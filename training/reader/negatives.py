"""Passages that do not answer a question: that our own retriever finds for it, or of the same document."""

import random
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from pathlib import Path

from rag.build import build_index, open_engine
from rag.config import NO_RERANKER, Config
from training.reader.examples import Example
from training.reader.sets.places import heading_of, words_of

KEPT = 3
"""Negatives a question, from the top 10."""

LEAST_SHARED = 60
"""Characters in a row that tell that a retrieved passage is, or holds part of, the paragraph asked about."""


def retrieved_negatives(examples: list[Example], count: int, seed: int) -> list[Example]:
    """Negatives for `count` questions of `examples` that have an answer, at most KEPT each, best ranked first."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "documents")
        folder.mkdir()
        headings: dict[str, str] = {}
        for number, (heading, paragraphs) in enumerate(_documents(examples)):
            (folder / f"{number:03d}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
            headings[f"{number:03d}.txt"] = heading
        config = Config(index_dir=Path(scratch), reranker=NO_RERANKER)
        build_index(folder, config, "training")
        engine = open_engine(config, "training")
        asked = [example for example in examples if example.spans]
        asked = random.Random(seed).sample(asked, min(count, len(asked)))
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda example: engine.search(example.question), asked)
            return [
                _negative(example, passage.text, headings[passage.document], rank)
                for example, passages in zip(asked, found, strict=True)
                for rank, passage in enumerate(islice((p for p in passages if _answers_not(example, p.text)), KEPT))
            ]


def _negative(example: Example, passage: str, title: str, rank: int) -> Example:
    number = f"{example.id}-{rank}"
    heading = heading_of(f"{example.set}/{number}", [title])
    return replace(example, passage=passage, heading=heading, spans=(), relevant=False, id=number)


def _documents(examples: Iterable[Example]) -> Iterator[tuple[str, list[str]]]:
    """The heading and the paragraphs of each document; a paragraph of the document "" is one of its own."""
    paragraphs: dict[tuple[str, str], dict[str, None]] = {}
    headings: dict[tuple[str, str], str] = {}
    for example in examples:
        document = example.set, example.document or example.passage
        paragraphs.setdefault(document, {})[example.passage.strip()] = None
        # About half of the examples have it.
        headings[document] = example.heading or headings.get(document, "")
    return ((headings[document], list(texts)) for document, texts in paragraphs.items())


def neighbouring_negatives(examples: list[Example]) -> list[Example]:
    """For each example with an answer the passage of its document that shares most words and does not answer."""
    passages: dict[tuple[str, str], dict[str, set[str]]] = {}
    for example in examples:
        passages.setdefault((example.set, example.document), {})[example.passage] = set(words_of(example.passage))
    found = []
    for example in (example for example in examples if example.spans):
        asked = set(words_of(example.question))
        others = passages[example.set, example.document]
        unanswering = [text for text in others if _answers_not(example, text)]
        if unanswering:
            likest = max(unanswering, key=lambda text: len(asked & others[text]))
            found.append(replace(example, passage=likest, spans=(), relevant=False, id=f"{example.id}-elsewhere"))
    return found


def _answers_not(example: Example, text: str) -> bool:
    """Whether the text holds neither an answer nor a part of the passage that the question was asked about."""
    own = example.passage
    pieces = (own[i : i + LEAST_SHARED] for i in range(0, max(1, len(own) - LEAST_SHARED), LEAST_SHARED))
    lower = text.lower()
    return not any(answer.lower().strip() in lower for answer in example.answers) and not any(
        piece in text for piece in pieces
    )
