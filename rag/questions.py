"""What kind of answer a question asks for, told by its words."""

import re

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
