"""Answers and passages as text for a terminal."""

import re
import unicodedata
from collections.abc import Sequence

from rag.answer import Answer, Citation, Passage, Sentence, notes_of

SHOWN_PASSAGES = 3

_BOLD, _NOT_BOLD = "\x1b[1m", "\x1b[22m"
_SPACE = re.compile(r"\s+")

_DIRECTION_OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def answer_text(answer: Answer, bold: bool = False) -> str:
    """The answer, its short form in bold if asked, what it cites or the nearest passages, and its confidence."""
    if answer.is_courtesy:
        return printable(answer.answer)
    said = answer.between.join(sentence_text(sentence, bold) for sentence in answer.sentences) or printable(
        answer.answer
    )
    lines = [said, ""]
    if answer.searched not in ("", answer.question):
        lines = [f"Searched for: {printable(answer.searched)}", "", *lines]
    if notes := notes_of(answer):
        lines += [*map(printable, notes), ""]
    lines += [f"[{citation.number}] {printable(place_text(citation))}" for citation in answer.citations]
    if answer.refused:
        lines += [f"{answer.reason} The nearest passages:", "", passages_text(answer.passages[:SHOWN_PASSAGES])]
    confidence = "" if answer.is_of_whole else f"Confidence {answer.confidence:.2f}, "
    return "\n".join([*lines, "", f"{confidence}{answer.seconds.total:.1f} s{usage_text(answer)}"])


def usage_text(answer: Answer) -> str:
    """What a language model took for an answer, none where none was asked."""
    used = answer.usage
    if used is None:
        return ""
    about = "about " if used.estimated else ""
    return (
        f", {printable(used.model)}: {about}{used.input_tokens:,} tokens in, {used.output_tokens:,} out,"
        f" {used.seconds:.1f} s"
    )


def sentence_text(sentence: Sentence, bold: bool = False) -> str:
    """A sentence of an answer with its markers, on one line; its short answer in bold if asked."""
    start, end = sentence.short if bold and sentence.short else (0, 0)
    before, short, after = (
        printable(_SPACE.sub(" ", part), keep_lines=True)
        for part in (sentence.text[:start], sentence.text[start:end], sentence.text[end:])
    )
    return f"{before}{_BOLD}{short}{_NOT_BOLD}{after}{sentence.markers}" if short else f"{after}{sentence.markers}"


def passages_text(passages: Sequence[Passage]) -> str:
    """Passages, numbered, with their places."""
    lines = []
    for number, passage in enumerate(passages, start=1):
        lines.append(f"{number}. {printable(place_text(passage))}")
        lines.append(f"   {printable(passage.text)}")
    return "\n".join(lines)


def place_text(place: Citation | Passage) -> str:
    """Where a citation or passage stands: `report.pdf (also copy.pdf), page 3, “Fees”, characters 20-71`."""
    also = f" (also {', '.join(place.also)})" if place.also else ""
    kind = "slide" if place.document.endswith(".pptx") else "page"
    page = f", {kind} {place.page}" if place.page else ""
    section = f", “{place.section}”" if place.section else ""
    return f"{place.document}{also}{page}{section}, characters {place.start}-{place.end}"


def printable(text: str, keep_lines: bool = False) -> str:
    """`text` without what a terminal would obey instead of show; in one line unless `keep_lines`."""
    text = text if keep_lines else " ".join(text.split())
    return "".join("\N{REPLACEMENT CHARACTER}" if _is_command(character) else character for character in text)


def _is_command(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _DIRECTION_OVERRIDES
