"""From passages to an answer, by a language model that is held to them: streamed, cited, every sentence checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llama_index.core.llms import LLM, ChatMessage, MessageRole
from llama_index.core.prompts import PromptTemplate
from llama_index.core.schema import NodeWithScore

from rag.answer import Answer, Usage, added
from rag.answering.quoting import QuoteSynthesizer
from rag.answering.refusal import RefusalPolicy
from rag.errors import LanguageModelError
from rag.llm.call import CountTokens, ModelCall, ModelConduct
from rag.llm.checked_synthesizer import CheckedSynthesizer, CheckingPolicy
from rag.llm.given_passages import given_passages, shown_passage
from rag.llm.grounding import Grounder, written_so_far
from rag.llm.prompts import Prompts, fence_of, fenced, filled

SPARE_SHARE = 0.15
"""Of a model's context, kept free: its tokens are not those that this project counts."""

CUT_OFF = "The language model's text ends in the midst, most likely at the {tokens} tokens of llm_answer_tokens."
SOME_PASSAGES = (
    "The language model was given the best {given} of {of} passages: more do not fit into its {context:,} tokens."
)


@dataclass(frozen=True, slots=True)
class ModelLimits:
    """Passages that a model is given at most, tokens that it answers with at most, and calls that are made again."""

    passages: int
    answer_tokens: int
    retries: int


class ModelSynthesizer(CheckedSynthesizer):
    """An Answer that a language model writes from the passages, each sentence checked against what it cites."""

    def __init__(
        self,
        llm: LLM,
        name: str,
        quoting: QuoteSynthesizer,
        refusal: RefusalPolicy,
        grounder: Grounder,
        policy: CheckingPolicy,
        limits: ModelLimits,
        prompts: Prompts,
        count_tokens: CountTokens,
        conduct: ModelConduct,
    ) -> None:
        super().__init__(llm, name, quoting, refusal, grounder, policy)
        self._conduct = conduct
        self._model = llm
        self._limits = limits
        self._prompts = prompts
        self._count_tokens = count_tokens

    @property
    def model_problem(self) -> str | None:
        """As the base has it."""
        return self._conduct.problem

    @property
    def model_hung_at(self) -> float | None:
        """As the base has it."""
        return self._conduct.hung_at

    def _get_prompts(self) -> dict[str, Any]:
        used = ("system", "example", "example_answer", "answer", "again")
        return {name: PromptTemplate(getattr(self._prompts, name)) for name in used}

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        texts = {name: prompt.get_template() for name, prompt in prompts.items() if name in self._get_prompts()}
        self._prompts = replace(self._prompts, **texts)

    def _written(self, question: str, nodes: list[NodeWithScore], draft: Answer) -> Iterator[Answer]:
        messages, given, fence, notes = self._messages(question, nodes)
        calls: list[ModelCall] = []
        while True:
            asked = self._model, self._name, messages, self._limits.retries
            call = ModelCall(*asked, self._count_tokens, self._conduct, self._prompts.version)
            calls.append(call)
            text = ""
            for text in call.stream():
                yield replace(draft, answer=written_so_far(text, given), usage=_sum(calls))
            found = self._grounder.ground(question, text, given, [*_lines(self._prompts), fence])
            wrong = "\n".join(f"- {s.text}" for s in found.statements if s.support == "unsupported")
            if not wrong or found.refuses or len(calls) > 1 or self._policy.unsupported != "again":
                break
            messages = [*messages, ChatMessage(content=text, role=MessageRole.ASSISTANT),
                        ChatMessage(content=filled(self._prompts.again, unsupported=wrong))]  # fmt: skip
        answer = self._checked(found, text, replace(draft, notes=[*draft.notes, *notes], usage=_sum(calls)))
        if call.is_cut_off and not answer.refused:
            answer = replace(answer, notes=[*answer.notes, CUT_OFF.format(tokens=self._limits.answer_tokens)])
        yield answer

    def _messages(
        self, question: str, nodes: list[NodeWithScore]
    ) -> tuple[list[ChatMessage], list[NodeWithScore], str, list[str]]:
        """What the model is told, the nodes in it, their fence, and a note where some did not fit."""
        context = self._context()
        asked = given_passages(nodes, self._limits.passages)
        room = int(context * (1 - SPARE_SHARE)) - self._limits.answer_tokens
        for count in range(len(asked), 0, -1):
            messages, fence = self._message(question, asked[:count])
            if count == 1 or sum(self._count_tokens(str(m.content)) for m in messages) <= room:
                break
        if count == len(asked):
            return messages, asked, fence, []
        note = SOME_PASSAGES.format(given=count, of=len(asked), context=context)
        return messages, asked[:count], fence, [note]

    def _message(self, question: str, nodes: list[NodeWithScore]) -> tuple[list[ChatMessage], str]:
        shown = [shown_passage(node) for node in nodes]
        fence = fence_of([question, *(text for pair in shown for text in pair)])
        prompt = filled(self._prompts.answer, passages=fenced(shown, fence), fence=fence, question=question)
        return [*self._constant(fence), ChatMessage(content=prompt)], fence

    def _constant(self, fence: str) -> list[ChatMessage]:
        """What comes first, the same for each question unless a prompt of one's own has the fence in it."""
        prompts = self._prompts
        messages = [ChatMessage(content=filled(prompts.system, fence=fence), role=MessageRole.SYSTEM)]
        if prompts.example_answer:
            messages += [ChatMessage(content=prompts.example),
                         ChatMessage(content=prompts.example_answer, role=MessageRole.ASSISTANT)]  # fmt: skip
        return messages

    def _context(self) -> int:
        """Tokens that the model takes. Some providers are asked for that over the network."""
        try:
            return self._model.metadata.context_window
        except Exception as error:  # each provider has errors of its own
            said = " ".join(str(error).split())[:200]
            raise LanguageModelError(f"the language model {self._name} cannot be asked: {said}") from error


def _lines(prompts: Prompts) -> list[str]:
    return [prompts.system, prompts.example, prompts.example_answer, prompts.answer, prompts.again]


def _sum(calls: Sequence[ModelCall]) -> Usage | None:
    return added(*(call.usage for call in calls))
