"""Which spans answer a question, and which sentences of the passages are quoted for it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from rag.answer import Agreement
from rag.answering.mail_threads import Message
from rag.answering.question_kinds import is_yes_or_no, misses_kind, wants_more
from rag.metadata import HEADINGS, LANGUAGE, SECTION, TITLE
from rag.models.calibrated import Fitted, logit, probability
from rag.retrieval.reranker import reading_of
from rag.text.languages import ENGLISH
from rag.text.sentences import Span
from rag.text.words import share_of_words, stems

LEAST_SHARE_OF_BEST = 0.4
"""A further sentence is quoted if its span is at least this share as likely right as the best one."""

LEAST_SHARE_IN_THREAD = 0.2
"""The same for what another message of a thread of mails says, whose sentences are of the same words."""

SAME_STATEMENT = 0.5
"""Share of words that two sentences have in common, their spans aside, from which on they state the same matter."""

REPETITION = 0.7
"""Share of words in common from which on a sentence repeats another."""

NO_OTHER = -10.0
"""The logit that stands for an answer that there is none of."""


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


class Outdated(NamedTuple):
    """What an earlier message of a thread says in the best candidate's place; the days of both, "" where untold."""

    candidate: Candidate
    day: str
    newer_day: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is quoted, in the order of reading, and which of it is the best; whether other passages say the same.

    `short` tells whether the best one's span is an answer by itself. `confidence` is the probability, 0 to 1, that it
    is right. `outdated` is what stood in its place before, None where nothing did.
    """

    quoted: list[Candidate]
    best: Candidate
    short: bool
    agreement: Agreement
    confidence: float
    outdated: Outdated | None = None


MessageOf = Callable[[Candidate], Message | None]
"""The message of a thread of mails that a candidate's sentence is from, None where it is from none."""


class ConfidenceFeatures(NamedTuple):
    """The logits of the best candidate and of the best one that says something else, and what speaks for the first.

    `agreeing` is how many other passages' best ones say the same, as a sum of their probabilities; `words` the share of
    the question's content words, stemmed, that the best one's passage has; `length` the logarithm of 1 and the words of
    its span, long ones being less often right; `misfit` 1 where the span lacks the figure or time that is asked for.
    """

    best: float
    other: float
    agreeing: float
    words: float
    length: float
    misfit: float


def candidates(
    question: str,
    nodes: Sequence[NodeWithScore],
    ruled_out: Mapping[int, set[Span]] | None = None,
    set_aside: Mapping[int, set[Span]] | None = None,
) -> list[Candidate]:
    """The candidates of all nodes that were read for `question`, likeliest first, ties as they stand.

    `ruled_out` are by number of a node the sentences that the question cannot be about, `set_aside` those that all
    others go before.
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
    return sorted(found, key=lambda one: (one.sentence in aside.get(one.passage, ()), -one.logit))


def choose(
    question: str,
    nodes: Sequence[NodeWithScore],
    fitted: Fitted,
    max_sentences: int,
    ruled_out: Mapping[int, set[Span]] | None = None,
    set_aside: Mapping[int, set[Span]] | None = None,
    message_of: MessageOf = lambda candidate: None,
) -> Choice | None:
    """The Choice for `question` among nodes that a PassageReader has read, None where there is no candidate.

    `ruled_out` are by number of a node the sentences that it cannot be about, `set_aside` those that others go before,
    though what speaks for them makes the others less sure. Of a thread the newest message is best.
    """
    every = candidates(question, nodes, ruled_out, set_aside)
    if not every:
        return None
    found = [c for c in every if not set_aside or c.sentence not in set_aside.get(c.passage, ())] or every
    yes_no = is_yes_or_no(question)
    is_plain = not yes_no and not wants_more(question)
    found, outdated = _newest_first(question, found, message_of) if is_plain else (found, None)
    best = found[0]
    features = confidence_features(question, nodes, [*found, *(c for c in every if c not in found)])
    others = [c for c in found[1:] if c.passage != best.passage or c.sentence != best.sentence]
    differing = [] if yes_no else [c for c in others if _differs(best, c) and _is_about(question, best, c, nodes)][:1]
    more = _more(best, others, max_sentences) if wants_more(question) else []
    quoted = _in_reading_order([best, *differing, *(c for c in more if c not in differing)][:max_sentences], nodes)
    if outdated:
        quoted = [best, outdated.candidate][:max_sentences]
    differ = outdated or differing
    agreement: Agreement = "differ" if differ and len(quoted) > 1 else "agree" if features.agreeing > 0 else "single"
    return Choice(
        quoted=quoted,
        best=best,
        short=not yes_no,
        agreement=agreement,
        confidence=probability(logit(fitted.confidence, features)),
        outdated=outdated if len(quoted) > 1 else None,
    )


def _newest_first(
    question: str, found: list[Candidate], message_of: MessageOf
) -> tuple[list[Candidate], Outdated | None]:
    """The candidates, that of the newest message that answers first, less what older ones say otherwise; and that."""
    best, newest = found[0], message_of(found[0])
    if newest is None:
        return found, None
    others = (c for c in found if _answers_otherwise(question, found[0], c))
    rivals = [(best, newest), *((c, message) for c in others if (message := message_of(c)))]
    for candidate, message in rivals:
        if message.is_newer_than(newest):
            best, newest = candidate, message
    older = {c: of for c, of in rivals if newest.is_newer_than(of) and not says_the_same(c.said, best.said)}
    left = [candidate for candidate in found if candidate is not best and candidate not in older]
    return [best, *left], next((Outdated(c, of.day, newest.day) for c, of in older.items()), None)


def _answers_otherwise(question: str, best: Candidate, other: Candidate) -> bool:
    """Whether another sentence answers with something else, and has all words of the question that the best one has."""
    is_there = other.sentence == best.sentence and other.passage == best.passage
    if is_there or other.likely < LEAST_SHARE_IN_THREAD * best.likely or says_the_same(best.said, other.said):
        return False
    named = stems(question) & stems(f"{best.around} {best.said}")
    return named <= stems(f"{other.around} {other.said}") and not _misses_kind(question, other)


def confidence_features(
    question: str, nodes: Sequence[NodeWithScore], found: Sequence[Candidate]
) -> ConfidenceFeatures:
    """What confidence is told by, of candidates the best of which is the first."""
    best = found[0]
    other = max((c.logit for c in found if not says_the_same(c.said, best.said)), default=NO_OTHER)
    best_of = {c.passage: c for c in reversed(found) if nodes[c.passage].text != nodes[best.passage].text}
    language = nodes[best.passage].node.metadata.get(LANGUAGE) or ENGLISH
    agreeing = sum(c.likely for c in best_of.values() if says_the_same(c.said, best.said))
    return ConfidenceFeatures(
        best.logit,
        max(other, NO_OTHER),
        agreeing,
        share_of_words(stems(question, language), nodes[best.passage].text, language),
        math.log1p(len(best.said.split())),
        float(_misses_kind(question, best)),
    )


def _misses_kind(question: str, candidate: Candidate) -> bool:
    return misses_kind(question, candidate.said, candidate.before, candidate.after)


def says_the_same(one: str, other: str) -> bool:
    """Whether the words of one phrase are among those of the other, case and inflection aside."""
    a, b = stems(one), stems(other)
    return bool(a and b) and (a <= b or b <= a)


def _differs(best: Candidate, other: Candidate) -> bool:
    """Whether `other` makes the same statement with another filling."""
    if other.passage == best.passage or other.likely < LEAST_SHARE_OF_BEST * best.likely:
        return False
    if says_the_same(best.said, other.said) or _has_digit(best.said) != _has_digit(other.said):
        return False
    return _in_common(stems(best.around), stems(other.around)) >= SAME_STATEMENT


def _is_about(question: str, best: Candidate, other: Candidate, nodes: Sequence[NodeWithScore]) -> bool:
    """Whether what a question names in the best sentence stands in the passage of another too."""
    node = nodes[other.passage]
    language = node.metadata.get(LANGUAGE) or ENGLISH
    named = stems(question, language) & stems(f"{best.around} {best.said}", language)
    return named <= stems(f"{node.text} {node.metadata.get(TITLE, '')} {_headings(node)}", language)


def _headings(node: NodeWithScore) -> str:
    """What a passage stands under."""
    return f"{node.metadata.get(HEADINGS, '')} {node.metadata.get(SECTION) or ''}"


def _more(best: Candidate, others: Sequence[Candidate], most: int) -> list[Candidate]:
    """Further sentences nearly as likely as the best one, none of which repeats another."""
    chosen = [best]
    for candidate in others:
        if len(chosen) == most or candidate.likely < LEAST_SHARE_OF_BEST * best.likely:
            break
        words = stems(f"{candidate.around} {candidate.said}")
        if all(_in_common(words, stems(f"{c.around} {c.said}")) < REPETITION for c in chosen):
            chosen.append(candidate)
    return chosen[1:]


def _in_reading_order(quoted: Sequence[Candidate], nodes: Sequence[NodeWithScore]) -> list[Candidate]:
    """By document, the best one's first, and within a document as they stand there."""
    documents = list(dict.fromkeys(nodes[c.passage].node.ref_doc_id for c in quoted))

    def place(candidate: Candidate) -> tuple[int, int]:
        node = nodes[candidate.passage].node
        start = getattr(node, "start_char_idx", None) or 0
        return documents.index(node.ref_doc_id), start + candidate.sentence[0]

    return sorted(quoted, key=place)


def _in_common(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
