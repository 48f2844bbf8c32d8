"""Which spans answer a question, and which sentences of the passages are quoted for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from rag.answer import Agreement
from rag.answering.candidates import Candidate, candidates, says_the_same
from rag.answering.confidence import confidence_features, stands_under
from rag.answering.mail_threads import Message
from rag.answering.question_kinds import is_yes_or_no, wants_more
from rag.metadata import LANGUAGE
from rag.models.calibrated import Fitted, logit, probability
from rag.text.languages import ENGLISH
from rag.text.sentences import Span
from rag.text.words import stems

LEAST_SHARE_OF_BEST = 0.4
"""What another passage says in the best one's place is quoted if it is at least this share as likely right."""

LEAST_SHARE_FURTHER = 0.5
"""The same for further sentences where one may not be enough.

Of 386 such questions of the reader's development documents, asked of the passage that answers, the sentences quoted
held the answer in 347 with 414 further ones at .4, and in 340 with 310 at .5. Of those that share no word with the
question 14 in 100 held it, of the others 19, so they are not left out for that.
"""

LEAST_SHARE_IN_THREAD = 0.2
"""The same for what another message of a thread of mails says, whose sentences are of the same words."""

SAME_STATEMENT = 0.5
"""Share of words that two sentences have in common, their spans aside, from which on they state the same matter."""

REPETITION = 0.7
"""Share of words in common from which on a sentence repeats another."""


class Outdated(NamedTuple):
    """What an earlier message of a thread says in the best candidate's place; the days of both, "" where untold."""

    candidate: Candidate
    day: str
    newer_day: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What is quoted, the best of it first; whether other passages say the same.

    `short` tells whether the best one's span is an answer by itself. `confidence` is the probability, 0 to 1, that it
    is right. `outdated` is what stood in its place before, None where nothing did.
    """

    quoted: list[Candidate]
    short: bool
    agreement: Agreement
    confidence: float
    outdated: Outdated | None = None

    @property
    def best(self) -> Candidate:
        """What answers best."""
        return self.quoted[0]


MessageOf = Callable[[Candidate], Message | None]
"""The message of a thread of mails that a candidate's sentence is from, None where it is from none."""


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
    aside = [c for c in every if c not in found]
    yes_no = is_yes_or_no(question)
    is_plain = not yes_no and not wants_more(question)
    found, outdated = _newest_first(question, found, message_of) if is_plain else (found, None)
    best = found[0]
    features = confidence_features(question, nodes, [*found, *aside])
    others = [c for c in found[1:] if c.passage != best.passage or c.sentence != best.sentence]
    differing = [] if yes_no else [c for c in others if _differs(best, c) and _is_about(question, best, c, nodes)][:1]
    more = _more(best, others, max_sentences) if wants_more(question) else []
    quoted = _best_first([best, *differing, *(c for c in more if c not in differing)][:max_sentences], nodes)
    if outdated:
        quoted = [best, outdated.candidate][:max_sentences]
    differ = outdated or differing
    agreement: Agreement = "differ" if differ and len(quoted) > 1 else "agree" if features.agreeing > 0 else "single"
    return Choice(
        quoted=quoted,
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
    return named <= stems(f"{other.around} {other.said}") and not other.misses_kind(question)


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
    return named <= stems(f"{node.text} {stands_under(node)}", language)


def _more(best: Candidate, others: Sequence[Candidate], most: int) -> list[Candidate]:
    """Further sentences nearly as likely as the best one, none of which repeats another."""
    chosen = [best]
    for candidate in others:
        if len(chosen) == most or candidate.likely < LEAST_SHARE_FURTHER * best.likely:
            break
        words = stems(f"{candidate.around} {candidate.said}")
        if all(_in_common(words, stems(f"{c.around} {c.said}")) < REPETITION for c in chosen):
            chosen.append(candidate)
    return chosen[1:]


def _best_first(quoted: Sequence[Candidate], nodes: Sequence[NodeWithScore]) -> list[Candidate]:
    """The first, then the rest by document, the first one's before others, each document's as they stand there."""
    documents = list(dict.fromkeys(nodes[c.passage].node.ref_doc_id for c in quoted))

    def place(candidate: Candidate) -> tuple[int, int]:
        node = nodes[candidate.passage].node
        start = getattr(node, "start_char_idx", None) or 0
        return documents.index(node.ref_doc_id), start + candidate.sentence[0]

    return [*quoted[:1], *sorted(quoted[1:], key=place)]


def _in_common(a: set[str], b: set[str]) -> float:
    return len(a & b) / len(a | b) if a | b else 0.0


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)
