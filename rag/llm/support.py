"""Whether passages support a statement: rules that are exact, and a small verifier that was trained to tell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rag.answer import Verdict
from rag.llm.facts import denies_otherwise, is_order, missing_names, missing_numbers
from rag.models.calibrated import FittedVerifier, logit, probability
from rag.models.verifier import SupportScores, VerifierModel
from rag.text.sentences import Span, quotable_spans, sentence_spans
from rag.text.words import share_of_words, stems

MOST_SENTENCES = 3
"""Of a passage, in a row, that a statement cites."""

ADDED_SHARE = 0.15
"""Share of a statement's words that a further sentence must add to be cited too."""

PARTLY_SHARE = 0.4
"""Least share of a statement's words that a passage has which supports some of it."""

EDGES = " \t\n\"'“”‘’.,;:!?"


class SupportFeatures(NamedTuple):
    """What tells how likely a passage supports a statement.

    The verifier's logit; the share of the statement's content words, stemmed, that the passage has; 1 where it lacks a
    number of the statement.
    """

    supported: float
    words: float
    numbers: float


@dataclass(frozen=True, slots=True)
class Support:
    """How a passage supports a statement, the probability that it does, and the range of the passage that does.

    `missing` are the statement's numbers and names that the passage lacks.
    """

    verdict: Verdict
    probability: float
    span: Span | None
    missing: list[str]


class SupportChecker:
    """Says of a statement how each of several passages supports it."""

    def __init__(self, model: VerifierModel) -> None:
        self._model = model

    def check(self, statement: str, passages: Sequence[str], headings: Sequence[str] | None = None) -> list[Support]:
        """The Support by each passage; `headings` name what a passage is about, which it may call `he` or `it`."""
        tops = headings or [""] * len(passages)
        scores = self._model.score(statement, [_under(top, text) for top, text in zip(tops, passages, strict=True)])
        return [
            _judge(statement, text, top, scored, self._model.fitted)
            for text, top, scored in zip(passages, tops, scores, strict=True)
        ]


def features_of(statement: str, passage: str, heading: str, scores: SupportScores) -> SupportFeatures:
    """What is told by a statement, a passage and the verifier's scores, before weights make a probability of it."""
    source = _under(heading, passage)
    return SupportFeatures(
        scores.supported,
        share_of_words(stems(statement), source),
        float(bool(missing_numbers(statement, source))),
    )


def supporting_span(statement: str, passage: str) -> Span | None:
    """The range of whole sentences in a row that comes nearest to a statement, None where no word is shared."""
    wanted = stems(statement)
    spans = quotable_spans(passage)
    if not wanted or not spans:
        return None
    shares = [share_of_words(wanted, passage[slice(*span)]) for span in spans]
    best = max(range(len(spans)), key=lambda i: (shares[i], -(spans[i][1] - spans[i][0])))
    if shares[best] == 0:
        return None
    first, last, share = best, best, shares[best]
    while last - first + 1 < MOST_SENTENCES:
        wider = [(a, b) for a, b in ((first - 1, last), (first, last + 1)) if a >= 0 and b < len(spans)]
        grown = [(share_of_words(wanted, passage[spans[a][0] : spans[b][1]]), a, b) for a, b in wider]
        if not grown or max(grown)[0] < share + ADDED_SHARE:
            break
        share, first, last = max(grown)
    return spans[first][0], spans[last][1]


def quoted_span(statement: str, passage: str) -> Span | None:
    """The range of a passage's sentences that a statement repeats word for word, None where it does not."""
    words = statement.strip(EDGES).split()
    if not words:
        return None
    found = re.search(r"\s+".join(map(re.escape, words)), passage)
    if found is None:
        return None
    # A part of a sentence may say what the whole does not.
    spans = sentence_spans(passage)
    starts = any(
        not passage[start : found.start()].strip(EDGES + "#*>|-•") for start, _ in spans if start <= found.start()
    )
    ends = [end for _, end in spans if found.end() <= end and not passage[found.end() : end].strip(EDGES + "|")]
    if not starts or not ends:
        return None
    # What closes the row of a table is none of its text.
    return found.start(), found.end() + len(passage[found.end() : ends[0]].rstrip(" \t\n|"))


def _judge(statement: str, passage: str, heading: str, scores: SupportScores, fitted: FittedVerifier) -> Support:
    if quoted := quoted_span(statement, passage):
        return Support("quoted", 1.0, quoted, [])
    features = features_of(statement, passage, heading, scores)
    likely = probability(logit(fitted.support, features))
    source = _under(heading, passage)
    missing = [*(missing_numbers(statement, source) if features.numbers else []), *missing_names(statement, source)]
    span = supporting_span(statement, passage)
    nearest = passage[slice(*span)] if span else ""
    holds_every_fact = not missing and not denies_otherwise(statement, nearest) and not is_order(nearest)
    if likely >= fitted.supported and holds_every_fact:
        verdict: Verdict = "supported"
    elif likely >= fitted.supported or (scores.partly >= fitted.partly and features.words >= PARTLY_SHARE):
        verdict = "partial"
    else:
        verdict = "unsupported"
    return Support(verdict, likely, span, missing)


def _under(heading: str, passage: str) -> str:
    return f"{heading}\n{passage}" if heading else passage
