"""Where answers stand in what they were asked about, and how that becomes an Example."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote

from training.reader.examples import Example, Span

WINDOW_CHARACTERS = 2400
"""Of a longer paragraph, such as a paper of covidqa, what surrounds the answer is kept."""

HEADING_PARTING = " – "
"""What stands between the titles of the headings above a passage, as the product writes them."""

_WORD = re.compile(r"\w+")


def example_of(
    name: str,
    document: str,
    number: str,
    question: str,
    context: str,
    spans: Sequence[Span],
    answers: Iterable[str] = (),
    titles: Sequence[str | None] = (),
    around: int = 0,
) -> Example:
    """An example of the set `name`; of a long context what surrounds the first span, or else the place `around`.

    Its answers are those given and what stands at its spans, none where it has no spans. `titles` are those of the
    headings above the context, the outermost first.
    """
    left, right = _window(context, spans[0][0] if spans else around)
    kept = tuple((start - left, end - left) for start, end in spans if left <= start and end <= right)
    passage = context[left:right]
    said = [*answers, *(passage[start:end] for start, end in kept)] if spans else []
    asked = " ".join(question.split())
    heading = heading_of(f"{name}/{number}", titles)
    return Example(name, document, number, asked, passage, tuple(dict.fromkeys(said)), kept, True, heading)


def heading_of(key: str, titles: Iterable[str | None]) -> str:
    """The titles as one heading, for half of the keys, by their hash: so a reader learns passages with and without."""
    if hashlib.sha256(key.encode()).digest()[0] % 2:
        return ""
    named = (" ".join(unquote(title).replace("_", " ").split()) for title in titles if title)
    return HEADING_PARTING.join(dict.fromkeys(filter(None, named)))


def spans_of(context: str, question: str, text: str, start: int | None = None) -> list[Span]:
    """Where an answer stands: as annotated, or else the occurrence amid most of the question's words; or nowhere.

    One that is as long as half a window is none.
    """
    stripped = text.strip()
    if not 0 < len(stripped) < WINDOW_CHARACTERS // 2:
        return []
    if start is not None and context[start : start + len(text)] == text:
        start += len(text) - len(text.lstrip())
        return [(start, start + len(stripped))]
    found = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(stripped)}(?!\w)", context)]
    if not found and (start := context.find(stripped)) >= 0:
        found = [(start, start + len(stripped))]
    asked = set(words_of(question))

    def nearness(span: Span) -> int:
        return len(asked.intersection(words_of(context[max(0, span[0] - 120) : span[1] + 120])))

    return [max(found, key=nearness)] if found else []


def words_of(text: str) -> list[str]:
    """Words without regard to case, white space and punctuation."""
    return _WORD.findall(text.lower())


def _window(context: str, middle: int) -> Span:
    if len(context) <= WINDOW_CHARACTERS:
        return 0, len(context)
    left = max(0, min(middle - WINDOW_CHARACTERS // 2, len(context) - WINDOW_CHARACTERS))
    while left > 0 and not context[left - 1].isspace():
        left -= 1
    return left, min(len(context), max(left + WINDOW_CHARACTERS, middle + WINDOW_CHARACTERS // 2))
