"""A follow-up question made whole by a language model."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.llms import LLM, ChatMessage
from llama_index.core.schema import QueryBundle

from rag.answer import Turn, Usage
from rag.errors import LanguageModelError
from rag.llm.call import CountTokens, ModelCall, ModelConduct
from rag.llm.plain_text import plain_text
from rag.llm.prompts import Prompts, conversation_text, filled
from rag.retrieval.follow_up import HISTORY, TURNS_READ, FollowUpTransform, WholeQuestion, rewritten
from rag.text.words import stems

LONGEST = 4
"""How many times as many words as question and conversation's last question have together a whole question may have."""

ANSWER_CHARACTERS = 400
"""Of an earlier answer, that the model is shown."""


class Condenser(FollowUpTransform):
    """A question that can be understood without the conversation, by a language model; by rules where it gives none."""

    def __init__(
        self,
        llm: LLM,
        name: str,
        falls_back: bool,
        retries: int,
        prompts: Prompts,
        count_tokens: CountTokens,
        conduct: ModelConduct,
    ) -> None:
        """With `falls_back` rules take the model's place where it cannot be asked."""
        super().__init__()
        self._llm = llm
        self._name = name
        self._falls_back = falls_back
        self._retries = retries
        self._prompts = prompts
        self._count_tokens = count_tokens
        self._conduct = conduct

    def _run(self, query_bundle: QueryBundle, metadata: dict[str, Any]) -> QueryBundle:
        """The whole question. Raises LanguageModelError where the model cannot be asked and rules must not."""
        question, history = query_bundle.query_str, metadata.get(HISTORY, ())
        if not history:
            return query_bundle
        found, usage = self._condensed(question, history)
        return WholeQuestion(found or rewritten(question, history), usage=usage)

    def _condensed(self, question: str, history: Sequence[Turn]) -> tuple[str | None, Usage]:
        turns = [turn._replace(answer=turn.answer[:ANSWER_CHARACTERS]) for turn in history[-TURNS_READ:]]
        prompt = filled(self._prompts.condense, conversation=conversation_text(turns), question=question)
        messages = [ChatMessage(content=prompt)]
        call = ModelCall(
            *(self._llm, self._name, messages, self._retries, self._count_tokens, self._conduct, self._prompts.version)
        )
        try:
            *_, text = call.stream()
        except LanguageModelError:
            if not self._falls_back:
                raise
            return None, call.usage
        return _whole(text, question, turns), call.usage


def _whole(text: str, question: str, turns: Sequence[Turn]) -> str | None:
    """The first line of a model's text, where it is a question about what was talked about."""
    plain, _ = plain_text(text)
    line = next((line.strip(" \t\"'“”") for line in plain.splitlines() if line.strip()), "")
    known = f"{question} {turns[-1].question}"
    if not line or len(line.split()) > LONGEST * len(known.split()):
        return None
    # A small model answers, or asks something else.
    everything = stems(" ".join([question, *(f"{turn.question} {turn.answer} {turn.cited}" for turn in turns)]))
    strange = stems(line) - everything
    return None if len(strange) > len(stems(line)) / 3 else line
