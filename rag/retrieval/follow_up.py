"""A question that goes on with a conversation, as one that can be searched by itself: by rules, or by a language model.

The rules know no grammar. They ask whether a question points back, or says too little to stand alone, and then name the
conversation's subject in it: the name, or else the words, that its questions and answers turn around.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.indices.query.query_transform.base import BaseQueryTransform
from llama_index.core.schema import QueryBundle

from rag.answer import Turn, Usage
from rag.text.words import content_words, stems

HISTORY = "history"
"""Key of the conversation in the metadata of a query transform."""

TURNS_READ = 4
"""Of a conversation, the last ones that a subject is looked for in."""

FADES = 0.6
"""What a mention counts for each turn that it is older."""

IN_ANSWER = 0.5
"""What a mention in an answer counts beside one in a question, which the person chose."""

SUBJECT_WORDS = 4
"""Most words of a subject that is not a name."""

_POINTS = re.compile(
    r"\b(?:he|him|his|himself|she|her|hers|herself|it|its|itself|they|them|their|theirs|themselves|this|these"
    r"|those|there|then|so|such|same|one|ones|former|latter|both|else|other|others|another"
    r"|that(?! (?:is|are|was|were|has|have|had|can|could|will|would|do|does|did|\w+s)\b))\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:he|him|she|it|they|them|himself|herself|itself|themselves)\b", re.IGNORECASE)
_POSSESSIVE = re.compile(r"\b(?:his|its|their|her(?= [a-z]))\b", re.IGNORECASE)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|did|has|can|could|will|would|makes?|made) it"
    r" (?:possible|true|that|to|take|mean|better|important|called|like|rain)"
    r"|\bthere (?:is|are|was|were|any|a|an|be)\b|\b(?:is|are|was|were) there\b|\bone of\b|\b(?:at|in) the same\b"
    r"|\bother than\b|\bno one\b|\bso (?:that|far|many|much)\b|\bsuch as\b|\bdid so\b",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:(?:and|but|so|ok(?:ay)?|yes|no|sure|thanks|thank you|please|well|also|then)[,.!]*\s+)*"
    r"(?:(?:what|how) about\s+|and\s+)?",
    re.IGNORECASE,
)
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
_GENERIC = stems(
    "many much long often kind kinds type types tell know called name names happen happened example examples main part"
    " parts effect effects reason reasons history difference year years people first last time mean means important"
    " information work works different interesting thing things way ways used use detail details anything something"
    " else related place places number date explain describe list like would want give article know"
)


@dataclass
class WholeQuestion(QueryBundle):
    """A question that can be searched by itself, and what a language model took to write it so."""

    usage: Usage | None = None


class FollowUpTransform(BaseQueryTransform):
    """A question with what it leaves to the conversation named in it, by rules.

    The conversation is a sequence of Turns, under HISTORY in the metadata that `run` is given.
    """

    def _run(self, query_bundle: QueryBundle, metadata: dict[str, Any]) -> QueryBundle:
        return WholeQuestion(rewritten(query_bundle.query_str, metadata.get(HISTORY, ())))

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        """Nothing to update: rules have no prompts."""


def rewritten(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves to the conversation named in it; as it is where it can stand by itself."""
    turns = list(history)[-TURNS_READ:]
    if not turns:
        return question
    asked = question.strip()
    core = _OPENING.sub("", asked).strip()
    previous = turns[-1].question
    is_bare = len(core.split()) <= 4 and core != asked and not _is_question(core)
    found = names(core, is_sentence=not is_bare)
    words = stems(" ".join(word for word in content_words(core) if not _ASKING.match(word))) - _GENERIC
    known = _conversation_words(turns)
    if is_bare and found:
        return _in_place_of_name(previous, found[0])
    if not words:
        return f"{asked} ({previous.rstrip('?. ')})"
    points = _POINTS.search(_EXPLETIVE.sub(" ", core)) is not None
    stands_alone = not points and (bool(found) or (not words & known and len(words) > 1))
    subject = subject_of(turns, core)
    if stands_alone or not subject or stems(subject) <= stems(core):
        return question
    return _naming(asked, subject) if points else f"{asked} ({subject})"


def subject_of(history: Sequence[Turn], question: str = "") -> str:
    """What a conversation turns around: the name that its last turns mention most, or else words of its last question.

    Names that `question` has itself do not count.
    """
    own = stems(question)
    weights: dict[str, float] = defaultdict(float)
    spelled: dict[str, str] = {}
    for age, turn in enumerate(reversed(list(history))):
        for text, weight in ((turn.question, 1.0), (turn.answer, IN_ANSWER)):
            for name in dict.fromkeys(names(text)):
                key = name.casefold()
                if not stems(name) <= own:
                    weights[key] += weight * FADES**age
                    # The longest way in which it was written says most.
                    spelled[key] = name
    if _HE_OR_SHE.search(question) and (people := [key for key in weights if _PERSON.match(spelled[key])]):
        weights = {key: weights[key] for key in people}
    if weights:
        best = max(weights, key=lambda key: (weights[key], len(key)))
        longer = [key for key in weights if best in key and key != best]
        return spelled[max(longer, key=lambda key: weights[key])] if longer and weights[best] < 1 else spelled[best]
    words = [word for turn in reversed(list(history)) for word in content_words(turn.question)]
    chosen = [word for word in dict.fromkeys(words) if not stems(word) & (_GENERIC | own) and not _ASKING.match(word)]
    return " ".join(chosen[:SUBJECT_WORDS])


def _naming(question: str, subject: str) -> str:
    """The question with the subject in place of its first pronoun, or behind it."""
    plain = _EXPLETIVE.sub(lambda match: "\0" * len(match.group()), question)
    for pattern, suffix in ((_POSSESSIVE, "'s"), (_PRONOUN, "")):
        if match := pattern.search(plain):
            return f"{question[: match.start()]}{subject}{suffix}{question[match.end() :]}"
    return f"{question} ({subject})"


def _in_place_of_name(question: str, other: str) -> str:
    """An earlier question, asked about something else: its last name replaced, or the other added."""
    found = names(question)
    if not found:
        return f"{question.rstrip('? ')} ({other})?"
    before, _, after = question.rpartition(_bare(found[-1]))
    return f"{before}{other}{after}"


def _bare(name: str) -> str:
    """A name without the common noun that it was joined with."""
    return " ".join(word for word in name.split() if not word.islower()) or name


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
        while words and (words[-1].islower() or _ASKING.match(words[-1])):
            words = words[:-1]
        name = " ".join(words).strip(".,'’-")
        name = re.sub(r"['’]s$", "", name)
        if name and _ADJECTIVE.search(name) and (noun := re.match(r"\s+([a-z]{4,})\b", text[match.end() :])):
            name = f"{name} {noun[1]}"
        if len(name) > 1 and not name.replace(",", "").isdigit():
            found.append(name)
    return found


def _conversation_words(turns: Sequence[Turn]) -> set[str]:
    return set().union(*(stems(f"{turn.question} {turn.answer} {turn.cited}") for turn in turns))


def _is_question(text: str) -> bool:
    return (
        re.match(r"(?:who|what|when|where|why|which|how|is|are|was|were|do|does|did|can)\b", text, re.IGNORECASE)
        is not None
    )
