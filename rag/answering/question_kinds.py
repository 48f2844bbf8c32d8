"""What kind of answer a question asks for, told by its words."""

import re

from rag.formats.tables.table_header import Kind

_NUMBERS = (
    r"\d|(?i:\b(?:zero|none|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|\w+ty|half|third|thirds"
    r"|quarters?|dozens?|hundreds?|thousands?|millions?|billions?|once|twice|several|few|many|all|both|no)\b)"
)
_TIMES = (
    r"\d|\b(?:January|February|March|April|May|June|July|August|September|October|November|December|\w+day|week|month"
    r"|year|century|spring|summer|autumn|winter|morning|noon|evening|night|before|after|during|when|once|since|until)\b"
)
_KINDS: tuple[tuple[str, str, Kind | None], ...] = (
    (r"\b(?:what|which) (?:year|century)\b", r"\d|\bcentury\b", None),
    (r"^(?:and |but |so |since |until )?when\b|\b(?:what|which) (?:date|day|month)\b", _TIMES, "day"),
    (r"\bhow (?:many|much)\b|\bwhat (?:percent|percentage|number|share|proportion)\b", _NUMBERS, "number"),
    (
        r"^(?:and |but |so |by |for |from |of |to |with )?who(?:m|se)?\b",
        r"[A-Z]|\b(?:the|an?|his|her|their|\w+s)\b",
        "text",
    ),
)
"""What tells that a question asks for a year, a time, a number or somebody, what such an answer has in it, and the kind
of a table's cell that holds it."""

_NAME_BEFORE = re.compile(r"\b[A-Z][\w'’-]* $")
_NO_WORD = re.compile(r"[^\w\s%]|\s*$")

_YES_NO = re.compile(
    r"(?:and |but |so )?(?:is|are|was|were|am|do|does|did|can|could|has|have|had|will|would|should|may|might|must)\b",
    re.IGNORECASE,
)
_HOW_MEASURE = (
    r"many|much|long|old|far|tall|big|often|large|high|deep|wide|fast|heavy|late|early|soon|small|young|hot|cold|"
    r"strong|thick|broad|frequently|quickly"
)
_MORE = re.compile(
    r"^(?:explain|describe|list|compare|name|summari[sz]e|outline|discuss)\b|\bwhy\b"
    rf"|\bhow\b(?! (?:{_HOW_MEASURE})\b)"
    r"|\b(?:reasons|causes|effects|consequences|differences|advantages|disadvantages|steps|positions|views|goals|aims"
    r"|purposes|factors|features|types|kinds|examples|countries|parties|members)\b"
    r"|\bwhat (?:did|do|does) .+ and .+ (?:say|think|want|demand|propose|ask)\b",
    re.IGNORECASE,
)


def is_yes_or_no(question: str) -> bool:
    """Whether the answer is yes or no, so that no phrase of a document can be it."""
    return _YES_NO.match(question.strip()) is not None and " or " not in question


def wants_more(question: str) -> bool:
    """Whether one sentence may not be enough: why, how, lists, what several people said."""
    return _MORE.search(question.strip()) is not None


def answer_kind(question: str) -> Kind | None:
    """What the cell of a table holds that answers: a figure, a day, words; None where it may be anything."""
    for asked, _, kind in _KINDS:
        if re.search(asked, question.strip(), re.IGNORECASE):
            return kind
    return None


def misses_kind(question: str, said: str, before: str = "", after: str = "") -> bool:
    """Whether `said` cannot be what is asked for: no figure where a number is wanted, no time where a time is.

    `before` and `after` are what its sentence says around it: a number that ends a name counts nothing.
    """
    for asked, held, kind in _KINDS:
        if re.search(asked, question.strip(), re.IGNORECASE):
            return re.search(held, said) is None or (kind == "number" and _ends_name(said, before, after))
    return False


def _ends_name(said: str, before: str, after: str) -> bool:
    """Whether a figure is the last word of a name, as in `Person 6.`"""
    return said.isdigit() and _NAME_BEFORE.search(before) is not None and _NO_WORD.match(after) is not None
