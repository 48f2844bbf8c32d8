"""The sentences of passages that may answer a question, and the span in each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from rag.answering.heading_names import accounts_for
from rag.answering.question_kinds import misses_kind
from rag.models.calibrated import probability
from rag.retrieval.reranker import reading_of
from rag.text.sentences import Span
from rag.text.words import stems


class Candidate(NamedTuple):
    """A sentence of a passage that may answer, and the span in it: ranges count in the passage's text."""

    passage: int
    sentence: Span
    span: Span
    logit: float
    said: str
    before: str
    after: str

    @property
    def around(self) -> str:
        """What the sentence says beside the span."""
        return f"{self.before} {self.after}"

    @property
    def likely(self) -> float:
        """The probability that the span is right, taken by itself."""
        return probability(self.logit)

    def misses_kind(self, question: str) -> bool:
        """Whether the span lacks the figure or time that is asked for."""
        return misses_kind(question, self.said, self.before, self.after)


def candidates(
    question: str,
    nodes: Sequence[NodeWithScore],
    ruled_out: Mapping[int, set[Span]] | None = None,
    set_aside: Mapping[int, set[Span]] | None = None,
) -> list[Candidate]:
    """The candidates of all nodes that were read for `question`, likeliest first, ties as they stand.

    `ruled_out` are by number of a node the sentences that the question cannot be about, `set_aside` those that all
    others go before: left out where the best of the others says all that is asked, and so has no rivals.
    """
    found = []
    for number, node in enumerate(nodes):
        reading = reading_of(node, question)
        for sentence, span, value in ((s.sentence, s.span, s.logit) for s in (reading.spans if reading else [])):
            if ruled_out and sentence in ruled_out.get(number, ()):
                continue
            before, after = node.text[sentence[0] : span[0]], node.text[span[1] : sentence[1]]
            found.append(Candidate(number, sentence, span, value, node.text[slice(*span)], before, after))
    aside = set_aside or {}
    found.sort(key=lambda one: (one.sentence in aside.get(one.passage, ()), -one.logit))
    if aside and found and accounts_for(question, nodes[found[0].passage], found[0].sentence):
        return [one for one in found if one.sentence not in aside.get(one.passage, ())] or found
    return found


def says_the_same(one: str, other: str) -> bool:
    """Whether the words of one phrase are among those of the other, case and inflection aside."""
    a, b = stems(one), stems(other)
    return bool(a and b) and (a <= b or b <= a)
