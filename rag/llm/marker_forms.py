"""The many ways in which language models cite, written as `[1]` for a MarkerStream to read."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.llm.citation_markers import cited_passages

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_LIST = r"\d{1,2}(?:\s*(?:[,;&–-]|and)\s*\d{1,2})*"
_LABEL = r"(?:passage|source|document|excerpt|reference|citation)s?"
"""What the numbered texts are called by those who were told of passages."""

_BRACKETED = re.compile(
    rf"[\[【(](?:"
    rf"(?:\d{{1,2}}:)?(?P<dagger>\d{{1,2}})†[^\[\]【】()\n]{{0,40}}"  # [1†source], as ChatGPT's tools have it
    rf"|\^(?P<caret>{_LIST})"
    rf"|(?:{_LABEL}|see {_LABEL})[\s.:#]*(?P<labelled>{_LIST})"
    rf")[\]】)]",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"(?<![\[(\w])(?:the {_LABEL}|{_LABEL})\s+(?:number\s+)?(?P<named>{_LIST})(?!\s*[\]\d])", re.IGNORECASE
)
_NOUN = re.compile(
    r"(?P<before>\b(?:according to|based on|stated in|described in|mentioned in|as per|see|in|from|by|per)\s+)"
    r"\[(?P<noun>\d{1,2})\](?=\s*[,\w])"
    r"|^[ \t]*\[(?P<first>\d{1,2})\]"
    r"(?=[ \t]+(?:states?|says?|mentions?|notes?|reports?|describes?|explains?|shows?)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_RAISED = re.compile(r"(?P<word>[^\W\d_]{3,}|[.!?…,;:”\"')])(?P<raised>[⁰¹²³⁴-⁹]{1,2}|\^\d{1,2})(?![\w^])")
_ROUND = re.compile(rf"(?P<word>\S)[ \t]?\((?P<round>{_LIST})\)(?=[ \t]*(?:[.!?;,]|$|[ \t][A-Z]))", re.MULTILINE)
_SQUARE = re.compile(r"[\[【]\s*\d")

_LISTED = re.compile(
    r"[ \t]*(?:[-*•]|\d{1,2}[.)])?[ \t]*(?P<markers>(?:\[\d{1,2}\][\s,;]*)+)[ \t]*[:.–-]*[ \t]*(?P<rest>.*)"
)
_BRACKETS = re.compile(r"[\[\]【】]")
_HEADING_WORDS = 3
LISTED = "The model listed its sources at the end: taken out."


class Marked(NamedTuple):
    """A text whose markers are `[1]`; passages that it lists as its sources; sentences on what was taken out."""

    text: str
    listed: list[int]
    problems: list[str]


def with_usual_markers(text: str, passages: Sequence[tuple[str, str]]) -> Marked:
    """`text` with every citation of one of `passages` (titles and texts, counted from 1) written as `[1]`.

    What a passage holds word for word is text. A passage that is named in a sentence gets its title there: According to
    “Lease” [2], as its number will be another. A list of sources at the end is taken out, and told by `listed`.
    """
    source = "\n".join(body for _, body in passages)

    def known(numbers: str) -> list[int]:
        found = cited_passages(numbers) or []
        return found if all(1 <= number <= len(passages) for number in found) else []

    def title_and_marker(number: int) -> str:
        # A title may hold what looks like a marker.
        return f"“{_BRACKETS.sub('', passages[number - 1][0])}” [{number}]"

    def bracketed(match: re.Match[str]) -> str:
        numbers = match["dagger"] or match["caret"] or match["labelled"]
        return f"[{numbers}]" if known(numbers) and match.group() not in source else match.group()

    def raised(match: re.Match[str]) -> str:
        number = match["raised"].lstrip("^").translate(_SUPERSCRIPTS)
        return f"{match['word']} [{number}]" if known(number) and match.group() not in source else match.group()

    def rounded(match: re.Match[str]) -> str:
        is_text = match.group() in source
        return match.group() if is_text or not known(match["round"]) else f"{match['word']} [{match['round']}]"

    def named(match: re.Match[str]) -> str:
        numbers = known(match["named"])
        if not numbers or match.group() in source:
            return match.group()
        return " and ".join(map(title_and_marker, numbers))

    def noun(match: re.Match[str]) -> str:
        (number,) = known(match["noun"] or match["first"]) or [0]
        return f"{match['before'] or ''}{title_and_marker(number)}" if number else match.group()

    text = _RAISED.sub(raised, _BRACKETED.sub(bracketed, text))
    text = _NOUN.sub(noun, _NAMED.sub(named, text))
    if not _SQUARE.search(text):
        text = _ROUND.sub(rounded, text)
    return _without_list(text, passages)


def _without_list(text: str, passages: Sequence[tuple[str, str]]) -> Marked:
    """The text without the lines at its end that list what it rests on.

    They name no more than titles, or nothing but numbers under a heading such as "Sources:".
    """
    lines = text.rstrip().split("\n")
    heading, _, beside = lines[-1].partition(":")
    if beside.strip() and (listed := _listed(beside, passages)) and _is_heading(f"{heading}:"):
        return Marked("\n".join(lines[:-1]), listed.numbers, [LISTED]) if len(lines) > 1 else Marked(text, [], [])
    found: list[_Listed] = []
    at = len(lines)
    while at:
        item = _listed(lines[at - 1], passages)
        if item:
            found.append(item)
        elif lines[at - 1].strip():
            break
        at -= 1
    is_headed = at > 0 and _is_heading(lines[at - 1])
    kept = "\n".join(lines[: at - is_headed])
    # What a sentence leads into is what it says.
    is_led_into = at > 0 and not is_headed and lines[at - 1].rstrip(" *_").endswith(":")
    if not found or not kept.strip() or is_led_into or not (is_headed or all(item.is_titled for item in found)):
        return Marked(text, [], [])
    return Marked(kept, [number for item in reversed(found) for number in item.numbers], [LISTED])


class _Listed(NamedTuple):
    numbers: list[int]
    is_titled: bool


def _is_heading(line: str) -> bool:
    said = line.strip(" \t*#_")
    return said.endswith(":") and len(said.split()) <= _HEADING_WORDS and "[" not in said


def _listed(line: str, passages: Sequence[tuple[str, str]]) -> _Listed | None:
    """The passages that a line names as sources, if it says nothing else than what they are called."""
    found = _LISTED.fullmatch(line)
    numbers = [int(number) for number in re.findall(r"\d+", found["markers"])] if found else []
    if not found or not all(1 <= number <= len(passages) for number in numbers):
        return None
    said = set(re.findall(r"\w+", found["rest"].lower()))
    titles = {word for number in numbers for word in re.findall(r"\w+", passages[number - 1][0].lower())}
    return _Listed(numbers, bool(said)) if said <= titles else None
