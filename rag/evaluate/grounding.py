"""Metrics of an answer's citations: do they hold what they claim, and does each pull its weight?"""

import re
from collections.abc import Callable, Sequence

from rag.answer import Answer, Sentence
from rag.answering.citations import is_exact
from rag.evaluate.evidence import DocumentText, Place, hits
from rag.llm.support import SupportChecker

_WORD = re.compile(r"[\w.,%€$£-]*\w[\w.,%€$£-]*")

Supports = Callable[[Sequence[str], str], bool]
"""Whether quotes, taken together, support a sentence."""


def verbatim(quotes: Sequence[str], sentence: str) -> bool:
    """Whether the quotes hold the sentence word for word, white space aside: the strictest of support checks."""
    return bool(sentence.strip()) and " ".join(sentence.split()) in " ".join(" ".join(quotes).split())


def told_by_cells(quotes: Sequence[str], sentence: str) -> bool:
    """Whether the quotes hold what ends each part of a sentence: `Ben Carter: Salary 51000; Town: Delft`.

    So are the rows of tables told, by cells and the labels of their columns, and lists by their items.
    """
    held = f" {' '.join(_WORD.findall(' '.join(quotes)))} "
    parts = [_WORD.findall(part) for part in sentence.split("; ")]
    return ":" in sentence and all(part and f" {part[-1]} " in held for part in parts)


def checked(checker: SupportChecker) -> Supports:
    """The check that a language model's sentences get when they are answered with, on the quotes taken together."""

    def supports(quotes: Sequence[str], sentence: str) -> bool:
        if verbatim(quotes, sentence):
            return True
        return bool(quotes) and checker.check(sentence, [" ".join(quotes)])[0].verdict in ("quoted", "supported")

    return supports


def citation_recall(answer: Answer, supports: Supports = verbatim) -> float | None:
    """Share of the sentences that their citations support, taken together; None of a refusal.

    Gao et al. 2023 (ALCE), with `supports` in the place of their entailment model.
    """
    return _share([_is_supported(answer, sentence, supports) for sentence in answer.sentences])


def citation_precision(answer: Answer, supports: Supports = verbatim) -> float | None:
    """Share of the citations that are of use; None without citations.

    A citation of a sentence is of use if all of the sentence's citations support it, and either this one does so alone,
    or the others do not without it. Gao et al. 2023 (ALCE).
    """
    of_use = []
    for sentence in answer.sentences:
        supported = _is_supported(answer, sentence, supports)
        quotes = _quotes(answer, sentence)
        for number, quote in enumerate(quotes):
            others = quotes[:number] + quotes[number + 1 :]
            needed = supports([quote], sentence.text) or not supports(others, sentence.text)
            of_use.append(supported and needed)
    return _share(of_use)


def citation_exactness(answer: Answer, document_text: DocumentText) -> float | None:
    """Share of the citations whose range holds exactly their quote; None without citations."""
    return _share([is_exact(citation, document_text(citation.document)) for citation in answer.citations])


def evidence_cited(answer: Answer, evidence: Sequence[Place]) -> float | None:
    """1 if a citation overlaps the evidence, else 0; None of a refusal and without evidence."""
    if answer.refused or not evidence:
        return None
    return float(any(hits(evidence, c.document, c.start, c.end) for c in answer.citations))


def _is_supported(answer: Answer, sentence: Sentence, supports: Supports) -> bool:
    quotes = _quotes(answer, sentence)
    is_told = sentence.support in ("calculated", "indexed") or (
        answer.model is None and told_by_cells(quotes, sentence.text)
    )
    return bool(quotes) and (is_told or supports(quotes, sentence.text))


def _quotes(answer: Answer, sentence: Sentence) -> list[str]:
    return [citation.quote for citation in answer.citations if citation.number in sentence.citations]


def _share(held: Sequence[bool]) -> float | None:
    return sum(held) / len(held) if held else None
