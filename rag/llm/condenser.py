"""A follow-up question made whole by a language model."""

from collections.abc import Sequence

from llama_index.core.llms import LLM, ChatMessage

from rag.answer import Turn, Usage
from rag.config import Config
from rag.errors import LanguageModelError
from rag.llm.call import CountTokens, ModelCall
from rag.llm.plain_text import plain_text
from rag.llm.prompts import Prompts, conversation_text, filled
from rag.retrieval.follow_up import TURNS_READ
from rag.text.words import stems

LONGEST = 4
"""How many times as many words as question and conversation's last question have together a whole question may have."""

ANSWER_CHARACTERS = 400
"""Of an earlier answer, that the model is shown."""


class Condenser:
    """Writes a question as one that can be understood without the conversation."""

    def __init__(self, llm: LLM, config: Config, prompts: Prompts, count_tokens: CountTokens) -> None:
        self._llm = llm
        self._config = config
        self._prompts = prompts
        self._count_tokens = count_tokens

    def condense(self, question: str, history: Sequence[Turn]) -> tuple[str | None, Usage | None]:
        """The question by itself, None where the model gave none that could be it; and what that took.

        Raises LanguageModelError where the model cannot be asked and rules must not take its place.
        """
        turns = [turn._replace(answer=turn.answer[:ANSWER_CHARACTERS]) for turn in history[-TURNS_READ:]]
        prompt = filled(self._prompts.condense, conversation=conversation_text(turns), question=question)
        call = ModelCall(
            self._llm,
            str(self._config.llm),
            [ChatMessage(content=prompt)],
            self._config.llm_retries,
            self._count_tokens,
            self._prompts.version,
        )
        try:
            *_, text = call.stream()
        except LanguageModelError:
            if not self._config.llm_fallback:
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
