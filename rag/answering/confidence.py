"""What tells how likely the best candidate answers a question."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from rag.answering.candidates import Candidate, says_the_same
from rag.answering.table_question import matched_words, names_in
from rag.metadata import HEADINGS, LANGUAGE, SECTION, TITLE
from rag.text.languages import ENGLISH
from rag.text.words import share_of_words, stems

NO_LOGIT = -10.0
"""What stands for the logit of a candidate that there is none of."""

FAR_AHEAD = 4.0
"""Distance to the next candidate from which on more of it tells nothing."""


class ConfidenceFeatures(NamedTuple):
    """The logit of the best candidate, and what speaks for and against it.

    `rivals` are all candidates that say something else, as the logarithm of 1 and the sum of their probabilities;
    `agreeing` is how many other passages' best ones say the same, as a sum of their probabilities; `words` the share of
    the question's content words, stemmed, that the best one's passage has; `length` the logarithm of 1 and the words of
    its span, long ones being less often right; `misfit` 1 where the span lacks the figure or time that is asked for;
    `ahead` the distance to the best rival, at most FAR_AHEAD; `unnamed` 1 where a name or a figure of
    the question stands neither in the best one's passage nor in what that stands under.
    """

    best: float
    rivals: float
    agreeing: float
    words: float
    length: float
    misfit: float
    ahead: float
    unnamed: float


NO_CANDIDATE = ConfidenceFeatures(NO_LOGIT, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0)
"""Of a question that nothing answers."""


def confidence_features(
    question: str, nodes: Sequence[NodeWithScore], found: Sequence[Candidate]
) -> ConfidenceFeatures:
    """What confidence is told by, of candidates the best of which is the first."""
    best, node = found[0], nodes[found[0].passage]
    rivals = [c for c in found if not says_the_same(c.said, best.said)]
    best_of = {c.passage: c for c in reversed(found) if nodes[c.passage].text != node.text}
    language = node.metadata.get(LANGUAGE) or ENGLISH
    names = names_in(question, language)
    held = stems(f"{node.text} {stands_under(node)}", language)
    return ConfidenceFeatures(
        best=best.logit,
        rivals=math.log1p(sum(c.likely for c in rivals)),
        agreeing=sum(c.likely for c in best_of.values() if says_the_same(c.said, best.said)),
        words=share_of_words(stems(question, language), node.text, language),
        length=math.log1p(len(best.said.split())),
        misfit=float(best.misses_kind(question)),
        ahead=min([FAR_AHEAD, *(best.logit - c.logit for c in rivals)]),
        unnamed=float(names > matched_words(names, held)),
    )


def stands_under(node: NodeWithScore) -> str:
    """The titles of what a passage stands under."""
    return f"{node.metadata.get(TITLE, '')} {node.metadata.get(HEADINGS, '')} {node.metadata.get(SECTION) or ''}"
