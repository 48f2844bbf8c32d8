"""Questions that a sentence answers, made from its own words by forms of English so narrow that little comes of them.

A question that is not made is missed by nobody, a clumsy one is seen by all: what is in doubt makes none.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from rag.text.words import is_function_word, stems


class Statement(NamedTuple):
    """A sentence with what stands around it: the next one, the passage of both, and the titles over them, a line each, the document's first.

    It is `among_few` where there are so few documents that whoever asks knows which "the notice period" is meant.
    """

    text: str
    following: str
    passage: str
    titles: str
    among_few: bool


class MadeQuestion(NamedTuple):
    """A question, its kind, and what its short answer has at least a word of, "" where that may be anything."""

    text: str
    kind: str
    expected: str


ABBREVIATION = "abbreviation"
"""The kind of what asks what letters stand for."""

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
_NAMED = rf"(?:The )?(?:{_PLAIN} ){{0,2}}{_NAME}|{_NAME}['’]s? (?:{_PLAIN} ){{0,2}}{_NOUN}|The (?:{_PLAIN} )?{_NOUN} of (?:the )?{_NAME}"
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
_THINGS = rf"(?!more|other|additional|further|such|years? |hundred|of )(?:{_PLAIN} )?(?!ones|times|was\b|is\b|has\b)[a-z-]+s"
_DOES = {"covers": "cover", "includes": "include", "requires": "require", "offers": "offer", "provides": "provide"}
_END = r"(?= ?[,;(]| (?!and \d|or \d|to \d|through |until |of |’)[a-z]|\.?$)"
_STOP = r"(?= ?[,;]|\.?$)"


class _Form(NamedTuple):
    kind: str
    pattern: re.Pattern[str]
    question: Callable[[re.Match[str]], str]


def _form(kind: str, said: str, asked: str | Callable[[re.Match[str]], str]) -> _Form:
    question = asked if callable(asked) else lambda found: found.expand(asked)
    return _Form(kind, re.compile(f"{_SUBJECT} {said}"), question)


_FORMS = (
    _form(
        "when",
        rf"(?P<be>was|were|is|are) (?P<rest>{_FIRST}{_PARTICIPLE}{_AT}) (?P<expected>{_DAY}){_END}",
        r"When \g<be> {} \g<rest>",
    ),
    _form(
        "when",
        rf"(?P<verb>{'|'.join(_BASE)})(?P<object>(?: (?:the )?(?:{_PLAIN} )?{_NAME})?) (?P<expected>{_DAY}){_END}",
        lambda said: (
            f"When {'does' if said['verb'].split()[0].endswith('s') else 'did'} {{}} {_BASE[said['verb']]}{said['object']}"
        ),
    ),
    _form(
        "who",
        rf"(?:was|were|is|are) {_FIRST}(?P<verb>{_DONE}|{'|'.join(_DID)}) by (?P<expected>{_WHO}){_END}",
        lambda said: f"Who {_DID.get(said['verb'], said['verb'])} {{}}",
    ),
    _form(
        "where",
        rf"(?P<be>is|are|was|were) (?P<rest>located|situated|based|headquartered|born|buried)"
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
    _form("how long", rf"(?P<be>is|was) (?P<expected>{_SPAN_OF_TIME})(?= (?:from|after)\b| ?[,;]|\.?$)", r"How long \g<be> {}"),
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
    _form("what", r"(?P<be>is|was) (?P<expected>)an? ", r"What \g<be> {}"),
    _form(
        "what does",
        rf"(?P<verb>{'|'.join(_DOES)}) (?P<expected>)(?:{_PLAIN}|[a-z]+s|the|all) ",
        lambda said: f"What does {{}} {_DOES[said['verb']]}",
    ),
)

_SHORT_FORM = re.compile(r"(?<=[a-z]) ?\((?P<letters>[A-Z]{3,6})\)")

_POINTS = frozenset(
    "first second third fourth fifth latter former following above next previous other same only last past original new"
    " current final result reason problem main total whole rest also".split()  # noqa: SIM905
)
"""Words that point to something said before."""


def questions_from(said: Statement) -> Iterator[MadeQuestion]:
    """The questions that an English sentence answers."""
    yield from _abbreviations(said.text)
    for form in _FORMS:
        found = form.pattern.match(said.text)
        if found and _stands_alone(found, form.kind, said):
            subject = found["subject"]
            is_common = re.search(rf"\b{re.escape(subject.lower())}\b", said.passage)
            if is_common or subject.startswith(("The ", "A ", "An ")):
                subject = subject[0].lower() + subject[1:]
            yield MadeQuestion(f"{form.question(found).format(subject)}?", form.kind, found["expected"])


def _stands_alone(found: re.Match[str], kind: str, said: Statement) -> bool:
    """Whether the subject says to somebody who has not read the passage what is meant."""
    subject = found["subject"]
    first, *others = subject.split()
    if _POINTS & {*others[: len(others) if found["common"] or found["any"] else -1], first.lower()}:
        return False
    if found["any"]:
        return kind in ("how long", "how much", "how many", "what does")
    if found["common"]:
        is_known = stems(subject) <= stems(said.titles) or (
            said.among_few and len(others) > 1 and kind in ("figure", "how much", "how long", "when")
        )
        return is_known and kind != "what"
    if first != "The" and is_function_word(first):
        return False
    if first == "The" and len(others) == 1 and others[0] not in said.titles.split():
        return False
    if first != "The" and not _is_name(first, said):
        return False
    return kind not in ("what", "figure") or _is_thing(found, kind, said)


def _is_name(word: str, said: Statement) -> bool:
    """Whether a sentence begins with a capital for more than being its first word."""
    own = re.escape(re.sub(r"['’]s?$", "", word))
    if not word[1:].islower() or re.search(rf"\b{own}\b", said.titles):
        return True
    return re.search(rf"[a-z,;] {own}\b", said.passage) is not None and not re.search(
        rf"\b{own.lower()}\b", said.passage
    )


def _is_thing(found: re.Match[str], kind: str, said: Statement) -> bool:
    """Whether a name is none of a person, for whom it would be asked who that is."""
    subject = found["subject"]
    if kind == "figure":
        return " of " in subject or re.search(r"['’]s? ", subject) is not None
    if re.match(r"(?:He|She|His|Her)\b", said.following) or re.search(r"\(born|\bwho\b", said.text[:120]):
        return False
    if " " not in subject:
        return subject == said.titles.partition("\n")[0]
    return (
        re.match(r"(?:It|Its)\b", said.following) is not None
        or any(character.isdigit() for character in subject)
        or (subject.startswith("The ") and " " in subject[4:])
    )


def _abbreviations(sentence: str) -> Iterator[MadeQuestion]:
    """What short forms stand for that stand in brackets behind words that begin with their letters."""
    for found in _SHORT_FORM.finditer(sentence):
        letters = found["letters"]
        words = re.findall(r"\w+", sentence[: found.start()])[-len(letters) :]
        if "".join(word[0].upper() for word in words) == letters and not is_function_word(words[0]):
            yield MadeQuestion(f"What does {letters} stand for?", ABBREVIATION, " ".join(words))
