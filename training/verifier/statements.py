"""Questions and answers as statements: "Who built it?" and "Maillart" as "Maillart built it."."""

import re

_SUBJECT = re.compile(
    r"(?:who|what|which(?: of the)? [\w' -]+?|what (?:type|kind|sort)s? of [\w' -]+?|what [\w'-]+(?: [\w'-]+)?"
    r"|how many [\w' -]+?)"
    r" (?=(?:is|are|was|were|has|have|had|can|could|will|would|may|must|[a-z]+(?:ed|es|s)|led|won|wrote|made|took|gave"
    r"|became|began|built|came|held|lost|met|paid|ran|said|saw|sold|sent|set|spent|told|fought|found|founded|brought"
    r"|caused|left)\b)(?!(?:is|are|was|were|has|have|had|can|could|will|would|does|did|do)"
    r" (?:the|a|an|his|her|its|their|[A-Z])\b)",
    re.IGNORECASE,
)
_OBJECT = re.compile(
    r"(?P<wh>who|what|which [\w' -]+?|when|where|in (?:what|which) \w+|on (?:what|which) \w+|how many [\w' -]+?)"
    r" (?P<aux>was|were|is|are) (?P<rest>(?:the|a|an|his|her|its|their|[A-Z]).*)",
)
_IDENTITY = re.compile(
    r"(?:who|what) (?P<aux>is|are|was|were) (?P<rest>(?:the|a|an|his|her|its|their|[A-Z]).*)", re.IGNORECASE
)
_PARTICIPLE = re.compile(
    r"\b(?P<verb>(?!need|speed|seed|feed|breed|need|red\b)\w+ed|born|built|held|known|made|found|written|given|taken|located|set|led|won|begun|fought|sold|seen|sent|used)\b"
)

_LEFT_OVER = re.compile(r"\b(?:did|does|do|who|what|which|when|where|how)\b(?! not)", re.IGNORECASE)
"""Words that tell that a rule did not fit."""


def statement(question: str, answer: str) -> str | None:
    """What question and answer say together, None where no rule turns them into a sentence."""
    asked = question.strip().rstrip("?").strip()
    said = answer.strip().rstrip(".")
    if not asked or not said:
        return None
    lowered = asked[:1].lower() + asked[1:]
    if match := _SUBJECT.match(lowered):
        rest = lowered[match.end() :]
        if rest and not rest.lower().startswith(("did ", "does ", "do ")):
            head = said
            if lowered.startswith("how many "):
                head = f"{said} {match.group()[9:].strip()}" if said.replace(",", "").split()[0][:1].isdigit() else said
            return _sentence(f"{head} {rest}")
    match = re.match(
        r"(?P<wh>when|where|in (?:what|which) \w+|on (?:what|which) \w+) (?P<aux>was|were|is|are) (?P<rest>.*)", lowered
    )
    if match and (verb := _PARTICIPLE.search(match["rest"])):
        before, after = match["rest"][: verb.start()].strip(), match["rest"][verb.start() :].strip()
        if before and len(before.split()) <= 8:
            place = said
            if match["wh"].startswith(("in ", "on ")) and not re.match(r"(?:in|on|at|during|by)\b", said, re.I):
                place = f"{match['wh'].split()[0]} {said}"
            return _sentence(f"{before} {match['aux']} {after} {place}")
    if match := _IDENTITY.match(lowered):
        return _sentence(f"{match['rest']} {match['aux']} {said}")
    return None


def _sentence(text: str) -> str | None:
    text = " ".join(text.split())
    return None if _LEFT_OVER.search(text) else f"{text[:1].upper()}{text[1:]}."
