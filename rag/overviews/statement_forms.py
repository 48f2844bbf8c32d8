"""Forms of English sentences that questions are made from: what they are about, what they say of it, what is asked."""

import re
from collections.abc import Callable
from typing import NamedTuple

_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_YEAR = r"(?:1[0-9]|20)\d\d"
_DAY = (
    rf"(?:in (?:(?:early|late|mid) )?(?:{_MONTH} )?{_YEAR}"
    rf"|on (?:[A-Z][a-z]+day,? )?(?:the )?(?:\d\d? {_MONTH}|{_MONTH} \d\d?)(?:,? {_YEAR})?"
    r"|on [A-Z][a-z]+days?|at \d\d?(?::\d\d| ?[ap]\.?m\b))"
)
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty"
    r"|fifty|sixty)(?: (?:hundred|thousand|million|billion))?"
)
_ABOUT = r"(?:(?:about|around|approximately|roughly|nearly|almost|over|more than|up to|at least|at most|exactly) )?"
_SPAN_OF_TIME = rf"{_ABOUT}{_NUMBER} (?:working |calendar |full )?(?:seconds|minutes|hours|days|weeks|months|years)"

# A verb would end so; before it a question cannot be turned round.
_PLAIN = r"(?!\w+(?:ed|s|ing|ly)\b)[a-z][a-z-]+"
_NOUN = r"[a-z][a-z-]+"
_CAPITAL = r"[A-Z][\w’'&-]*"
_NAME = rf"(?:{_CAPITAL}|St\.)(?:(?: (?:of|of the|de|von|van|la))? (?:{_CAPITAL}|\d+))*"
_NAMED = (
    rf"(?:The )?(?:{_PLAIN} ){{0,2}}{_NAME}|{_NAME}['’]s? (?:{_PLAIN} ){{0,2}}{_NOUN}"
    rf"|The (?:{_PLAIN} )?{_NOUN} of (?:the )?{_NAME}|The {_CAPITAL} (?:{_PLAIN} )?{_NOUN}"
)
_SUBJECT = rf"(?P<subject>{_NAMED}|(?P<common>The (?:{_NOUN} ){{0,2}}{_NOUN})|(?P<any>An? (?:{_NOUN} )?{_NOUN}))"
_WHO = rf"(?:the )?(?:{_PLAIN} ){{0,2}}{_NAME}"

# What was done by somebody, whom a sentence in the active voice names first in the same words.
_DONE = (
    "founded|designed|composed|directed|produced|invented|discovered|established|created|painted|developed|published"
    "|signed|introduced|opened|chaired|presented|prepared|approved|edited|translated|commissioned|managed|recorded"
    "|organised|organized|launched|proposed|conducted|supervised|repaired|inspected"
)
_DID = {"written": "wrote", "built": "built", "led": "led", "made": "made", "held": "held", "drawn": "drew"}
_PARTICIPLE = (
    rf"(?:{_DONE}|{'|'.join(_DID)}|born|begun|bought|sold|sent|fed|paid|set up|completed|finished|released|constructed"
    "|demolished|closed|reopened|adopted|passed|ratified|formed|incorporated|issued|restored|celebrated|broadcast|killed"
    "|executed|crowned|buried|abolished|dissolved|delivered|installed|tested|inaugurated|consecrated|cancelled"
    "|discontinued|destroyed|rebuilt|renovated|collected|served|cleaned|emptied|updated|revised|reviewed|renewed)"
)
_FIRST = r"(?:(?:first|last|finally|officially|formally|originally) )?"
_AT = rf"(?: (?:by|in|at|near|to) (?:the )?(?:{_PLAIN} )?{_NAME})?"
_BASE = {
    "opened": "open", "closed": "close", "died": "die", "began": "begin", "started": "start", "ended": "end",
    "joined": "join", "moved to": "move to", "left": "leave", "became": "become", "won": "win",
    "took place": "take place", "took effect": "take effect", "entered into force": "enter into force",
    "retired": "retire", "returned to": "return to", "founded": "found", "acquired": "acquire", "expired": "expire",
    "expires": "expire", "opens": "open", "closes": "close", "starts": "start", "begins": "begin", "ends": "end",
    "takes place": "take place", "meets": "meet",
}  # fmt: skip
_HAVE = {
    "has": "does {} have", "have": "do {} have", "had": "did {} have", "contains": "does {} contain",
    "consists of": "does {} consist of", "comprises": "does {} comprise", "employs": "does {} employ",
    "seats": "does {} seat", "covers": "does {} cover", "holds": "does {} hold", "includes": "does {} include",
}  # fmt: skip
_THINGS = (
    rf"(?!more|other|additional|further|such|years? |hundred|of )(?:{_PLAIN} )?(?!ones|times|was\b|is\b|has\b)[a-z-]+s"
)
_DOES = {"covers": "cover", "includes": "include", "requires": "require", "offers": "offer", "provides": "provide"}
_END = r"(?= ?[,;(]| (?!and \d|or \d|to \d|through |until |of |’)[a-z]|\.?$)"
_STOP = r"(?= ?[,;]|\.?$)"


class Form(NamedTuple):
    """A sentence's pattern, the kind of question that it makes, and the question, with {} for what it is about.

    Groups of the pattern: `subject`, which is `common` where no name is in it, `any` where it is one of many;
    `expected` is what answers.
    """

    kind: str
    pattern: re.Pattern[str]
    question: Callable[[re.Match[str]], str]


def _form(kind: str, said: str, asked: str | Callable[[re.Match[str]], str]) -> Form:
    question = asked if callable(asked) else lambda found: found.expand(asked)
    return Form(kind, re.compile(f"{_SUBJECT} {said}"), question)


def _does(verb: str) -> str:
    return "does" if verb.split(maxsplit=1)[0].endswith("s") else "did"


FORMS = (
    _form(
        "when",
        rf"(?P<be>was|were|is|are) (?P<rest>{_FIRST}{_PARTICIPLE}{_AT}) (?P<expected>{_DAY}){_END}",
        r"When \g<be> {} \g<rest>",
    ),
    _form(
        "when",
        rf"(?P<verb>{'|'.join(_BASE)})(?P<object>(?: (?:the )?(?:{_PLAIN} )?{_NAME})?) (?P<expected>{_DAY}){_END}",
        lambda said: f"When {_does(said['verb'])} {{}} {_BASE[said['verb']]}{said['object']}",
    ),
    _form(
        "who",
        rf"(?:was|were|is|are) {_FIRST}(?P<verb>{_DONE}|{'|'.join(_DID)}) by (?P<expected>{_WHO}){_END}",
        lambda said: f"Who {_DID.get(said['verb'], said['verb'])} {{}}",
    ),
    _form(
        "where",
        rf"(?P<be>is|are|was|were) (?P<rest>located|situated|based|headquartered|born|buried|held)"
        rf" (?:in|at|on|near) (?P<expected>(?:the )?(?:{_PLAIN} ){{0,3}}{_NAME})",
        r"Where \g<be> {} \g<rest>",
    ),
    _form(
        "how many",
        rf"(?P<verb>{'|'.join(_HAVE)}) {_ABOUT}(?P<expected>{_NUMBER}) (?P<things>{_THINGS})"
        r"(?= (?:and|in|at|on|for|with)\b| ?[,;(]|\.?$)",
        lambda said: f"How many {said['things']} {_HAVE[said['verb']]}",
    ),
    _form("when", rf"(?P<be>is|was) (?P<expected>{_DAY}){_END}", r"When \g<be> {}"),
    _form(
        "how long",
        rf"(?<!age )(?P<be>is|was) (?P<expected>{_SPAN_OF_TIME})(?= (?:from|after)\b| ?[,;]|\.?$)",
        r"How long \g<be> {}",
    ),
    _form(
        "how long",
        rf"(?P<verb>take|last)s (?P<expected>{_SPAN_OF_TIME}){_END}",
        r"How long does {} \g<verb>",
    ),
    _form(
        "how much",
        rf"costs (?P<expected>{_ABOUT}[$€£]?{_NUMBER}){_END}",
        r"How much does {} cost",
    ),
    _form(
        "how long",
        rf"(?P<be>is|was) {_ABOUT}(?P<expected>{_NUMBER}) ?(?:[a-z]{{1,2}}|[a-z]+s|feet) (?:\([^()]+\) )?"
        rf"(?P<how>long|high|tall|wide|deep|old|thick){_END}",
        r"How \g<how> \g<be> {}",
    ),
    _form(
        "figure",
        rf"(?P<be>is|was) {_ABOUT}(?P<expected>[$€£]?{_NUMBER} ?%?)(?: (?:percent|per cent|[a-z]+s|[A-Za-z]{{1,2}}))?"
        rf"(?: (?:per|a) [a-z]+)?(?: \([^()]+\))?{_STOP}",
        r"What \g<be> {}",
    ),
    _form("aim", r"(?P<be>is|was) (?P<expected>)to [a-z]+ ", r"What \g<be> {}"),
    _form("what", r"(?P<be>is|was) (?P<expected>)an? ", r"What \g<be> {}"),
    _form(
        "what does",
        rf"(?P<verb>{'|'.join(_DOES)}) (?P<expected>)(?:{_PLAIN}|[a-z]+s|the|all) ",
        lambda said: f"What does {{}} {_DOES[said['verb']]}",
    ),
)

SHORT_FORM = re.compile(r"(?<=[a-z]) ?\((?P<letters>[A-Z]{3,6})\)")
"""Letters in brackets behind words."""

DOER = re.compile(
    rf"(?P<name>[A-Z][a-z’'-]+(?: (?:de|van|von|al-?))?(?: [A-Z][a-z’'-]+){{1,2}})"
    rf" (?P<deed>(?:{_DONE}|{'|'.join(_DID.values())}|headed|leads|heads|chairs)"
    rf" the (?:{_PLAIN} ){{0,2}}(?:{_NAME}|{_CAPITAL} {_NOUN}))(?= ?[,;]| in {_YEAR}|\.?$)"
)
"""Somebody by at least two names, and what they did, which is named too."""
