"""Passages that our own retriever finds for a question and that do not answer it."""

import random
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rag.build import build_index, open_engine
from rag.config import Config
from training.reader.examples import Example

KEPT = 3
"""Negatives a question, from the top 10."""

LEAST_SHARED = 60
"""Characters in a row that tell that a retrieved passage is, or holds part of, the paragraph asked about."""


def retrieved_negatives(examples: list[Example], count: int, seed: int) -> list[Example]:
    """Negatives for `count` questions of `examples` that have an answer, at most KEPT each, best ranked first."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "documents")
        folder.mkdir()
        for number, paragraphs in enumerate(_documents(examples)):
            (folder / f"{number:03d}.txt").write_text("\n\n".join(paragraphs), encoding="utf-8")
        config = Config(index_dir=Path(scratch))
        build_index(folder, config, "training")
        engine = open_engine(config, "training")
        asked = [example for example in examples if example.spans]
        asked = random.Random(seed).sample(asked, min(count, len(asked)))
        with ThreadPoolExecutor(2) as pool:
            found = pool.map(lambda example: [passage.text for passage in engine.search(example.question)], asked)
            return [
                replace(example, passage=passage, spans=(), relevant=False, id=f"{example.id}-{rank}")
                for example, passages in zip(asked, found, strict=True)
                for rank, passage in list(enumerate(_unanswering(example, passages)))[:KEPT]
            ]


def _documents(examples: Iterable[Example]) -> list[list[str]]:
    documents: dict[tuple[str, str], dict[str, None]] = {}
    for example in examples:
        documents.setdefault((example.set, example.document), {})[example.passage.strip()] = None
    return [list(paragraphs) for paragraphs in documents.values()]


def _unanswering(example: Example, passages: Iterable[str]) -> list[str]:
    answers = [answer.lower().strip() for answer in example.answers]
    own = example.passage
    pieces = [own[i : i + LEAST_SHARED] for i in range(0, max(1, len(own) - LEAST_SHARED), LEAST_SHARED)]
    return [
        passage
        for passage in passages
        if not any(answer in passage.lower() for answer in answers) and not any(piece in passage for piece in pieces)
    ]
