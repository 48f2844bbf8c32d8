"""What of a statement can be checked letter by letter: its numbers, dates and names, and whether it denies."""

import re

from rag.text.words import content_words, is_function_word, stems

_DIGITS = re.compile(r"\d+(?:[,\u00a0\u202f]\d{3})*(?:\.\d+)?")
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "k": 1e3, "m": 1e6, "bn": 1e9}
_SCALED = re.compile(rf"({_DIGITS.pattern})[ -]?({'|'.join(_SCALES)})\b", re.IGNORECASE)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"  # noqa: SIM905
    " eighteen nineteen twenty".split()
)
_TENS = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_IN_WORDS = {word: float(value) for value, word in enumerate(_SMALL)} | {
    word: 10.0 * value for value, word in enumerate(_TENS, 3)
} | {"hundred": 100.0, "dozen": 12.0, "half": 0.5}  # fmt: skip
_NOT_COUNTED = {"zero", "one", "half", "hundred"}
"""Number words that often count nothing: `one of them`, `half-hearted`, `a hundred`."""

_ORDER = re.compile(
    r"(?:^|[.:!?>]\s+)(?:please |you must |always |never )?(?:"
    r"(?:say|claim|pretend|state|write|assert|insist|declare|repeat|answer|reply|report)"
    r"(?: to (?:him|her|them|the \w+))? that\b"
    r"|(?:tell|inform|convince|ask) the (?:user|person|reader)\b|from now on you\b|you are now\b"
    r"|(?:ignore|disregard|forget)\b.{0,40}\b(?:above|instructions?|prompts?|rules|passages?|documents?)\b)",
    re.IGNORECASE,
)

MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_MONTH = re.compile(rf"\b({'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b", re.IGNORECASE)

_WORD = re.compile(r"[^\W\d_][\w’'-]*")
_NAME = re.compile(r"(?:[A-Z][\w’'-]*[a-z][\w’'-]*|[A-Z]{2,}[\w-]*)")
_RUN = re.compile(r"[A-Z][\w’'-]*(?: (?:of |the |for |and |de )*[A-Z][\w’'-]*)+")
_NOT_NAMES = frozenset(["I", "I'm", "I'll", "I've"])
_LEAST_STEM = 4
"""Letters that two forms of a name share: Syria and Syrian."""

_DENIES = re.compile(r"\b(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot)\b|n[’']t\b", re.IGNORECASE)
_DENIES_TOO = re.compile(
    r"\b(?:fail|refus|den[iy]|lack|reject|unable|prevent|absen|except|hardly|barely|only|little|few|ceas|stop|exclud"
    r"|avoid|prohibit|forbid|ban|oppos|instead|rather|false|un\w{4,}|dis\w{4,}"
    r"|in(?:correct|valid|complete|sufficient|dependent))\w*",
    re.IGNORECASE,
)


def missing_numbers(statement: str, source: str) -> list[str]:
    """The numbers of a statement, also in words, that a source does not hold in any form."""
    held = {value for _, value in _numbers(source, counted_only=False)}
    found: dict[str, bool] = {}
    for text, value in _numbers(statement):
        found[text] = found.get(text, False) or value in held
    return [text for text, is_held in found.items() if not is_held]


def missing_names(statement: str, source: str) -> list[str]:
    """The names and months of a statement that a source does not hold, inflected or as initials either."""
    words = {word.casefold().removesuffix("'s").removesuffix("’s") for word in _WORD.findall(source)}
    initials = ["".join(word[0] for word in run.split() if word[0].isupper()) for run in _RUN.findall(source)]
    missing = [
        name
        for name in dict.fromkeys(_names(statement))
        if not _is_held(name.casefold(), words) and not (name.isupper() and any(name in of_run for of_run in initials))
    ]
    months = {month[:3].lower() for month in _MONTH.findall(source)}
    missing += [
        m for m in dict.fromkeys(_MONTH.findall(statement)) if m[:3].lower() not in months and _is_month(m, statement)
    ]
    return list(dict.fromkeys(missing))


def denies_otherwise(statement: str, sentence: str) -> bool:
    """Whether of a statement and the sentence that comes nearest to it one denies and the other does not."""
    said, held = _DENIES.search(statement), _DENIES.search(sentence)
    if said and not held:
        return _DENIES_TOO.search(sentence) is None
    if held and not said and _DENIES_TOO.search(statement) is None:
        # A clause that the statement leaves out may deny something else.
        before, after = sentence[: held.start()], sentence[held.end() :]
        beside = {word for part in (content_words(before)[-2:], content_words(after)[:2]) for word in part}
        return len(stems(" ".join(beside)) & stems(statement)) >= min(2, len(beside))
    return False


def is_order(sentence: str) -> bool:
    """Whether a sentence tells a reader what to say or to forget: what is to be claimed is not so for that."""
    return _ORDER.search(sentence) is not None


def _numbers(text: str, counted_only: bool = True) -> list[tuple[str, float]]:
    """Numbers as they are written, each with every value that it may have."""
    found = [(match.group(), _value(match.group())) for match in _DIGITS.finditer(text)]
    for match in _SCALED.finditer(text):
        found.append((match.group(1), _value(match.group(1)) * _SCALES[match.group(2).lower()]))
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in _IN_WORDS and not (counted_only and word in _NOT_COUNTED):
            found.append((word, _IN_WORDS[word]))
    return found


def _value(digits: str) -> float:
    return float(re.sub(r"[,\u00a0\u202f]", "", digits))


def _names(text: str) -> list[str]:
    """Words written as names; the first word of a text only where another name follows it, or in capitals."""
    words = list(_WORD.finditer(text))
    found = []
    for at, match in enumerate(words):
        word = match.group()
        if not _NAME.fullmatch(word) or word in _NOT_NAMES or _MONTH.fullmatch(word):
            continue
        begins = at == 0 or re.search(r"[.!?:\"“”]\s*$", text[: match.start()]) is not None
        follows = at + 1 < len(words) and _NAME.fullmatch(words[at + 1].group()) is not None
        if (
            not begins
            or word.isupper()
            or (follows and content_words(word) == [word.lower()] and not is_function_word(word))
        ):
            found.append(word.removesuffix("'s").removesuffix("’s"))
    return found


def _is_held(name: str, words: set[str]) -> bool:
    parts = [part for part in re.split(r"[-’']", name) if part]
    return all(part in words or any(_are_forms(part, word) for word in words) for part in parts)


def _are_forms(one: str, other: str) -> bool:
    """Whether two words differ in their endings only: Iran and Iranian, Syria and Syrian, Italy and Italian."""
    shared = max(_LEAST_STEM, min(len(one), len(other)) - 1)
    return one[:shared] == other[:shared] and min(len(one), len(other)) >= _LEAST_STEM


def _is_month(word: str, text: str) -> bool:
    """Whether a word that may be a month is one: by a figure beside it, by `in` or `since` before it."""
    if word.lower() in MONTHS and word.lower() not in ("may", "march"):
        return True
    at = re.escape(word)
    return (
        re.search(rf"\d\S*\s+{at}\b|\b{at}\S*\s+\d|\b(?:in|since|of|until|till|by|during|early|late) {at}\b", text)
        is not None
    )
