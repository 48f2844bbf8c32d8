"""What a conversation is about: a name, or words that question and answer share."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from rag.answer import Turn
from rag.text.words import content_words, is_function_word, stems, words_of

SUBJECT_WORDS = 4
"""Most words of a subject that is not a name."""

_NAME = re.compile(r"[A-Z0-9][\w’'.-]*(?:\s+(?:(?:of|the|de|la|von|van|and|in|on|for)\s+)*[A-Z0-9][\w’'.-]*)*")
_ADJECTIVE = re.compile(r"[a-z](?:ian|ean|ish|ese|an|nch|ch|ic|aqi|ani)$")
_HE_OR_SHE = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)
_PERSON = re.compile(r"[A-Z][\w’'.-]+(?: (?:de |la |von |van |al-)*[A-Z][\w’'.-]*)+$")
_ASKING = re.compile(
    r"^(?:who|what|when|where|why|which|how|is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|tell|give"
    r"|name|list|describe|explain|in|on|at|the|a|an|i|i'm|please|are|any|some|aside|apart|since|during|after|before|of|to"
    r"|for|by|with|from|yes|no|there|it|they|he|she|this|that|these|those|if|as|although|while|however)$",
    re.IGNORECASE,
)


def subject_of(history: Sequence[Turn], question: str = "") -> str:
    """What the last turn that says so is about, for `question`, whose own names do not count.

    A name of its question, of several one that its answer has too, in the words that both share; else the subject that
    stands behind it, else words that both share, else a name of the answer; for `he` and `she` a person. Where no turn
    has any, words of the last question.
    """
    own = stems(question)
    newest = list(reversed(history))
    if _HE_OR_SHE.search(question):
        people = (name for turn in newest for name in names(f"{turn.question} {turn.answer}") if _PERSON.match(name))
        if person := next((name for name in people if not stems(name) <= own), ""):
            return person
    for turn in newest:
        said, _, carried = turn.question.rstrip(")").partition(" (")
        asked, given = ([name for name in names(text) if not stems(name) <= own] for text in (said, turn.answer))
        shared = said_again(turn)
        if asked:
            best = max(asked, key=lambda name: (name in turn.answer, len(name)))
            return shared if best in shared else best
        if carried or shared or given:
            return carried or shared or max(given, key=len)
    return " ".join([word for word in content_words(newest[0].question) if not _ASKING.match(word)][:SUBJECT_WORDS])


def said_again(turn: Turn) -> str:
    """The words of a question that its answer says again: `the notice period is three months` of `notice period`."""
    asked, given = words_of(turn.question), words_of(turn.answer)
    matcher = SequenceMatcher(None, [w.casefold() for w in asked], [w.casefold() for w in given], autojunk=False)
    runs = [_trimmed(asked[block.a : block.a + block.size]) for block in matcher.get_matching_blocks()]
    return max((" ".join(run) for run in runs), key=len)


def _trimmed(words: list[str]) -> list[str]:
    """Words without the function words at their ends."""
    while words and is_function_word(words[0]):
        words = words[1:]
    while words and is_function_word(words[-1]):
        words = words[:-1]
    return words


def names(text: str, is_sentence: bool = True) -> list[str]:
    """Runs of words written as names, without question words and the capital that only begins a sentence.

    An adjective of a country goes with the word after it: `Russian delegation`.
    """
    found = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        begins = is_sentence and re.search(r"(?:^|[.!?:]\s)\s*$", text[: match.start()]) is not None
        while words and (_ASKING.match(words[0]) or (begins and len(words) == 1 and not words[0][1:2].isupper())):
            words, begins = words[1:], False
        while words and (words[-1][0].islower() or _ASKING.match(words[-1])):
            words = words[:-1]
        name = " ".join(words).strip(".,'’-")
        name = re.sub(r"['’]s$", "", name)
        if name and _ADJECTIVE.search(name) and (noun := re.match(r"\s+([a-z]{4,})\b", text[match.end() :])):
            name = f"{name} {noun[1]}"
        if len(name) > 1 and not name.replace(",", "").isdigit():
            found.append(name)
    return found
