"""The sentences that carry a text: near to what all of it says, spread over its parts, none twice."""

import re
from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np

from rag.answering.antecedents import hangs
from rag.metadata import LANGUAGE
from rag.overviews.sources import DocumentSentence, Vectors

Embed = Callable[[Sequence[str]], Vectors]
"""Unit vectors of texts, [n, dimension]."""

FEWEST, MOST = 3, 7
"""Sentences of a summary."""

FEWEST_WORDS, MOST_WORDS = 5, 60
"""Words of a sentence that may stand in one."""

FEW_LABELS = 2
"""Lines of a label and a value from which on a sentence is a form: Present: …, Time: …"""

_ENDS = tuple('.!。…！)"”’»')
"""What closes a sentence that says something: no letterhead, no signature, no question."""

_LABEL = re.compile(r"^\W*[^\W\d_][^:\n]{0,25}:\W*\s", re.MULTILINE)

PASSAGES_A_PART = 3
"""Passages of a part whose sentences are compared."""

SAME = 0.85
"""Cosine from which on two sentences say the same."""

OPENS = 0.2
"""What the first sentence of a section is nearer for being that."""


def central_sentences(sentences: Sequence[DocumentSentence], embed: Embed, count: int = 0) -> list[DocumentSentence]:
    """The `count` sentences that carry a text, in its order; as many as its length wants where that is 0.

    Centroids of passages stand for a text and its parts (Radev et al. 2004); of each part the sentence is taken that is
    nearest to both.
    """
    usable = [s for s in sentences if _is_statement(s)] or [s for s in sentences if s.is_row] or list(sentences)
    count = count or _count(len(usable))
    if len(usable) <= count:
        return usable
    whole = _centroid(usable)
    chosen: list[DocumentSentence] = []
    kept: list[Vectors] = []
    for part in _parts(usable, count):
        centre = _centroid(part)
        near = _nearest_passages(part, whole + centre)
        vectors = embed([sentence.text for sentence in near])
        opening = np.array([OPENS if _opens(sentence, sentences) else 0.0 for sentence in near])
        scores = vectors @ whole + vectors @ centre + opening
        for at in np.argsort(-scores, kind="stable"):
            if all(float(vectors[at] @ other) < SAME for other in kept):
                chosen.append(near[at])
                kept.append(vectors[at])
                break
    return sorted(chosen, key=lambda sentence: sentence.start)


def _count(sentences: int) -> int:
    """3 sentences of 9 or fewer, 7 of 30 and more."""
    return int(min(MOST, max(FEWEST, round(sentences**0.55))))


def _is_statement(sentence: DocumentSentence) -> bool:
    words = len(sentence.text.split())
    language = sentence.node.metadata.get(LANGUAGE)
    return (
        not sentence.is_row
        and FEWEST_WORDS <= words <= MOST_WORDS
        and (sentence.text.rstrip().endswith(_ENDS) or (sentence.is_item and not sentence.text.endswith(":")))
        and not hangs(sentence.text, language)
        and len(_LABEL.findall(sentence.text)) < FEW_LABELS
    )


def _opens(sentence: DocumentSentence, sentences: Sequence[DocumentSentence]) -> bool:
    """Whether a sentence is the first below its heading."""
    under = (other for other in sentences if other.path == sentence.path and not other.is_row)
    return next(under, None) is sentence


def _centroid(sentences: Sequence[DocumentSentence]) -> Vectors:
    nodes = {sentence.node.node_id: sentence.node for sentence in sentences}
    mean = np.array([node.embedding for node in nodes.values()], dtype=np.float32).mean(axis=0)
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)


def _parts(sentences: Sequence[DocumentSentence], count: int) -> list[list[DocumentSentence]]:
    """The text in `count` parts of about one length, cut where headings change as far as they do."""
    groups = [list(group) for _, group in groupby(sentences, key=lambda sentence: sentence.path)]
    while len(groups) < count:
        longest = max(range(len(groups)), key=lambda at: len(groups[at]))
        group = groups[longest]
        groups[longest : longest + 1] = [group[: len(group) // 2], group[len(group) // 2 :]]
    while len(groups) > count:
        shortest = min(range(len(groups) - 1), key=lambda at: len(groups[at]) + len(groups[at + 1]))
        groups[shortest : shortest + 2] = [[*groups[shortest], *groups[shortest + 1]]]
    return groups


def _nearest_passages(part: Sequence[DocumentSentence], centre: Vectors) -> list[DocumentSentence]:
    nodes = {sentence.node.node_id: sentence.node for sentence in part}
    nearness = {name: float(np.array(node.embedding, dtype=np.float32) @ centre) for name, node in nodes.items()}
    best = set(sorted(nearness, key=lambda name: -nearness[name])[:PASSAGES_A_PART])
    return [sentence for sentence in part if sentence.node.node_id in best]
