"""Messages that ask nothing of the documents ("thanks", "hello", "what can you do?"), and a short reply to them."""

import re
from functools import cache

from rag.answer import Answer

_PHRASES = {
    "about": (
        "what can you do( for me)?|what can i ask( you)?|what do you do|who are you|((can|could) you )?help( me)?",
        "was kannst du( alles)?|was können sie( alles)?|was kann ich (dich |sie )?fragen|wer bist du|wer sind sie|hilfe"
        "|(kannst du|können sie) mir helfen",
    ),
    "thanks": (
        "thanks|thank you|many thanks|thx|cheers",
        "danke(schön| schön| sehr| dir| ihnen)?|(vielen|besten|herzlichen) dank",
    ),
    "farewell": ("(good)?bye|see you|good night", "tschü(ss|ß|s)|auf wiedersehen|bis bald|gute nacht|ciao"),
    "greeting": (
        "hello|hi|hey|good (morning|afternoon|evening|day)|how are you",
        "hallo|guten (tag|morgen|abend)|moin|servus|grüß gott|wie geht es (dir|ihnen)|wie geht['’]s",
    ),
    "assent": (
        "ok(ay)?|great|perfect|fine|good|nice|got it|i see|all ?right|cool|understood|that['’]s all",
        "gut|super|prima|alles klar|verstanden|in ordnung|das ist alles",
    ),
}
"""Of each kind its words in English and in German; a message of several kinds is of the one that it begins with."""

_BESIDE = (
    "(very|so) much|a lot|again|there|all|then|and|for (your|the|that|this)( help| answer)?",
    "noch ?mal|dann|und|für (die|deine|ihre|das)( hilfe| antwort)?",
)
"""What may stand beside them."""

_REPLIES = {
    "about": ("", ""),
    "thanks": ("You are welcome. ", "Gern geschehen. "),
    "farewell": ("Goodbye. ", "Auf Wiedersehen. "),
    "greeting": ("Hello. ", "Hallo. "),
    "assent": ("All right. ", "Gut. "),
}
_ABOUT = (
    "I answer questions about the documents in this index, and say where each sentence stands in them.",
    "Ich beantworte Fragen zu den Dokumenten in diesem Index und sage, wo jeder Satz in ihnen steht.",
)

_LEFT = re.compile(r"""[\w"“”„«»‘`]|(?<!\w)'""")
"""A word, or a quotation mark: what stands in those is asked about."""


def courtesy_reply(message: str) -> Answer | None:
    """The reply to a message of which nothing is left without courtesies; None where something is asked.

    Nothing is searched for it, so it has no passages and cites nothing.
    """
    for language in range(len(_ABOUT)):
        if kind := _kind(message, language):
            said = f"{_REPLIES[kind][language]}{_ABOUT[language]}"
            return Answer(message, said, None, 0.0, False, None, [], [], [], kind="courtesy")
    return None


def _kind(message: str, language: int) -> str | None:
    """Which courtesy a message begins with in a language, None where anything is left of it without them."""
    of_kind = {kind: phrases[language] for kind, phrases in _PHRASES.items()}
    if _LEFT.search(_words("|".join([*of_kind.values(), _BESIDE[language]])).sub("", message)):
        return None
    found = {kind: match for kind, phrases in of_kind.items() if (match := _words(phrases).search(message))}
    return min(found, key=lambda kind: (found[kind].start(), -found[kind].end()), default=None)


@cache
def _words(phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{phrases})(?!\w)", re.IGNORECASE)
