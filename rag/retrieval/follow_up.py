"""A question that goes on with a conversation, with what it leaves to the conversation named behind it.

One that stands by itself stays as it is. Behind one that points back stands what the conversation is about: `Where does
it rise? (Rhine)`. Behind one that only names something else stands what was asked before: `And the Danube? (How long is
the …)`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from llama_index.core.indices.query.query_transform.base import BaseQueryTransform
from llama_index.core.schema import QueryBundle

from rag.answer import Turn, Usage
from rag.retrieval.ellipsis import LEFT_OUT, filled, frame
from rag.retrieval.subject import names, subject_of
from rag.text.words import is_function_word, words_of

HISTORY = "history"
"""Key of the conversation in the metadata of a query transform."""

TURNS_READ = 4
"""Of a conversation, the last ones that a subject is looked for in."""

ELLIPTIC_WORDS = 3
"""Most words of a question without a verb that is taken for the rest of the one before."""

_PRONOUN = re.compile(
    r"\b(?:he|him|his|himself|she|her|hers|herself|it|its|itself|they|them|their|theirs|themselves"
    r"|(?-i:er|sie)|ihn|ihm|seine?[mnrs]?|ihre?[mnrs]?|dort|davon|dafür|dazu)\b"
    r"|\b(?:this|these|those|that|there)(?=\W*$)",
    re.IGNORECASE,
)
_DEMONSTRATIVE = re.compile(r"(?:^|(\w+)\s+)(?:this|these|that)\b", re.IGNORECASE)
_EXPLETIVE = re.compile(r"\b(?:is|was|be|makes?|made|does|did) it (?:\w+ )?(?:to|that)\b", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:and|but|und|aber)\b,?\s*)?(?:(?:(?:what|how) about|was ist mit|wie (?:ist|steht|sieht) es mit)\b\s*)?",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"(?:who|whom|whose|what|when|where|why|which|how|is|are|was|were|do|does|did|can|could|has|have|had|will|would"
    r"|should|may|must|tell|give|name|list|describe|explain|show|wer|wen|wem|wie|wo|wohin|woher|wann|warum|welche[mnrs]?|ist|sind"
    r"|hat|haben|kann|können|muss|müssen|darf|dürfen|wird|werden)\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"^(.*[^\s?.!])[?.!]*\s+\(([^()]+)\)$", re.DOTALL)


@dataclass
class WholeQuestion(QueryBundle):
    """A question that can be searched by itself, and what a language model took to write it so."""

    usage: Usage | None = None


class FollowUpTransform(BaseQueryTransform):
    """A question with what it leaves to the conversation named behind it, by rules.

    The conversation is a sequence of Turns, under HISTORY in the metadata that `run` is given.
    """

    def _run(self, query_bundle: QueryBundle, metadata: dict[str, Any]) -> QueryBundle:
        return WholeQuestion(rewritten(query_bundle.query_str, metadata.get(HISTORY, ())))

    def _get_prompts(self) -> dict[str, Any]:
        return {}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        """Nothing to update: rules have no prompts."""


def rewritten(question: str, history: Sequence[Turn]) -> str:
    """The question with what it leaves to the conversation named behind it; as it is where it stands by itself."""
    asked = question.strip()
    turns = [turn._replace(question=_alone(turn.question)) for turn in history[-TURNS_READ:]]
    behind = _left_out(asked, turns) if turns else ""
    return f"{asked} ({behind})" if behind else question


def _left_out(asked: str, turns: Sequence[Turn]) -> str:
    """What a question leaves to the conversation, empty where it stands by itself."""
    core = _OPENING.sub("", asked)
    goes_on = core != asked
    previous = _BEHIND.sub(r"\1, \2", turns[-1].question).rstrip("?.! ")
    if _points_back(core):
        return subject_of(turns, core)
    if _says_nothing(core):
        return previous
    if _QUESTION.match(core):
        return subject_of(turns, core) if goes_on and not names(core) else ""
    is_short = asked.endswith("?") and len(core.split()) <= ELLIPTIC_WORDS
    return frame(previous, core.rstrip("?.! ")) if goes_on or is_short else ""


def _points_back(question: str) -> bool:
    """Whether a word of it stands for something that it does not name before."""
    plain = _EXPLETIVE.sub(lambda match: " " * len(match.group()), question)
    # `What does that cost`, not `the year that he died in`.
    shown = (match for match in _DEMONSTRATIVE.finditer(plain) if not match[1] or is_function_word(match[1]))
    found = _PRONOUN.search(plain) or next(shown, None)
    return found is not None and not names(question[: found.start()])


def _says_nothing(text: str) -> bool:
    return all(is_function_word(word) for word in words_of(text))


def _alone(question: str) -> str:
    """An earlier question as one that needs no conversation: what it leaves to another put in the place of that."""
    found = _BEHIND.match(question.strip())
    asked, behind = found.groups() if found else (question, "")
    core = _OPENING.sub("", asked)
    if LEFT_OUT in behind:
        return filled(behind, core)
    if behind and _says_nothing(core):
        return behind
    return f"{core}? ({behind})" if behind else core
