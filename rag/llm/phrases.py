"""Phrases that a language model answers with: words of a passage that state nothing by themselves."""

import re
from math import inf

from rag.llm.support import EDGES
from rag.models.reader import ReaderModel
from rag.models.spans import best_span
from rag.text.sentences import Span

NEARLY = 3.0
"""Logits that the span of a phrase may lie below the reader's best of the passage, and still be what it answers with.

See `python -m training.fit_phrases`.
"""


class PhraseChecker:
    """Says whether a phrase is what a passage answers a question with, which whoever wrote it has left out.

    That a passage holds "Ali Asghar Haji" supports nothing; that the reader finds him where the question asks for
    somebody does.
    """

    def __init__(self, model: ReaderModel) -> None:
        self._model = model

    def is_answer(self, question: str, phrase: str, passage: str) -> bool:
        """Whether one of the places of `phrase` in `passage` is nearly the best answer of the passage."""
        return self.margin(question, phrase, passage) <= NEARLY

    def margin(self, question: str, phrase: str, passage: str) -> float:
        """Logits by which the best place of a phrase lies below the best span; infinite where it has none."""
        places = phrase_spans(phrase, passage)
        if not places:
            return inf
        (read,) = self._model.score(question, [passage])
        best = best_span(read.tokens)
        found = [span.score for place in places if (span := best_span(read.tokens, place))]
        return best.score - max(found) if best and found else inf


def phrase_spans(phrase: str, passage: str) -> list[Span]:
    """Where the words of a phrase stand in a row in a passage, in either case; nowhere where it has none."""
    words = phrase.strip(EDGES).split()
    if not words:
        return []
    row = r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)"
    return [match.span() for match in re.finditer(row, passage, re.IGNORECASE)]
