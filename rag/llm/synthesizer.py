"""From passages to an answer, by a language model that is held to them: streamed, cited, every sentence checked."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from llama_index.core.base.response.schema import Response
from llama_index.core.llms import LLM, ChatMessage, MessageRole
from llama_index.core.prompts import PromptTemplate
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore, QueryBundle, QueryType

from rag.answer import NOT_IN_DOCUMENTS, Answer, Usage, added
from rag.answering.citations import cite, with_markers
from rag.answering.quoting import ANSWER, QuoteSynthesizer, answer_of
from rag.answering.refusal import RefusalPolicy
from rag.config import Config
from rag.errors import LanguageModelError
from rag.llm.call import CountTokens, ModelCall
from rag.llm.citation_markers import MarkerStream
from rag.llm.grounding import Grounded, Grounder
from rag.llm.plain_text import plain_text
from rag.llm.prompts import Prompts, fence_of, fenced, filled

_log = logging.getLogger(__name__)

SPARE_SHARE = 0.15
"""Of a model's context, kept free: its tokens are not those that this project counts."""

NO_ANSWER_IN_PASSAGES = "The language model found no answer in the passages that it was given."
NOTHING_SUPPORTED = "nothing of what the language model wrote is supported by the documents. Ask in other words."
NOTHING_LEFT = "of what the language model wrote nothing is left that could be shown. Ask again, or set another llm."
DROPPED = "Left out: {count} of the model's sentences, which the documents do not support."
CUT_OFF = "The language model's text ends in the midst, most likely at the {tokens} tokens of llm_answer_tokens."
WITH_QUOTES = "{problem} Quotes from the documents answer instead."
SOME_PASSAGES = (
    "The language model was given the best {given} of {of} passages: more do not fit into its {context:,} tokens."
)


class ModelSynthesizer(BaseSynthesizer):
    """An Answer that a language model writes from the passages, each sentence checked against what it cites.

    The quoting synthesizer says first how likely the passages answer; where `refusal` would refuse, the model is not
    asked. The Response carries the Answer as QuoteSynthesizer's does.
    """

    def __init__(
        self,
        llm: LLM,
        config: Config,
        quoting: QuoteSynthesizer,
        refusal: RefusalPolicy,
        grounder: Grounder,
        prompts: Prompts,
        count_tokens: CountTokens,
    ) -> None:
        super().__init__(llm=llm)
        self._model = llm
        self._config = config
        self._name = str(config.llm)
        self._quoting = quoting
        self._refusal = refusal
        self._grounder = grounder
        self._prompts = prompts
        self._count_tokens = count_tokens

    def stream(self, question: str, nodes: list[NodeWithScore]) -> Iterator[Answer]:
        """Answers that hold what is written so far, not yet checked and so without sentences; the last one is complete.

        Quotes answer where the model cannot be asked, or nothing is left of its text. Raises LanguageModelError where
        they must not.
        """
        quoted = answer_of(self._quoting.synthesize(QueryBundle(question), nodes))
        if not nodes or (self._refusal.decide(quoted).refused and not self._config.llm_if_refused):
            yield quoted
            return
        draft = replace(quoted, answer="", short_answer=None, refused=False, reason=None, sentences=[], citations=[],
                        agreement="single", model=self._name)  # fmt: skip
        calls: list[ModelCall] = []
        try:
            yield from self._written(question, nodes, draft, calls)
        except LanguageModelError as error:
            if not self._config.llm_fallback:
                raise
            note = WITH_QUOTES.format(problem=_sentence(str(error)))
            yield replace(quoted, notes=[*quoted.notes, note], usage=_sum(calls))

    def synthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The answer to `query` from `nodes`, best node first."""
        question = query.query_str if isinstance(query, QueryBundle) else str(query)
        *_, answer = self.stream(question, nodes)
        return Response(answer.answer, source_nodes=list(nodes), metadata={ANSWER: answer})

    async def asynthesize(
        self,
        query: QueryType,
        nodes: list[NodeWithScore],
        additional_source_nodes: Sequence[NodeWithScore] | None = None,
        **response_kwargs: Any,
    ) -> Response:
        """The same as `synthesize`."""
        return self.synthesize(query, nodes)

    def get_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """Quotes from plain texts: there is no place that a model's sentences could cite."""
        return self._quoting.get_response(query_str, text_chunks)

    async def aget_response(self, query_str: str, text_chunks: Sequence[str], **response_kwargs: Any) -> str:
        """The same as `get_response`."""
        return self.get_response(query_str, text_chunks)

    def _get_prompts(self) -> dict[str, Any]:
        return {"system": PromptTemplate(self._prompts.system), "answer": PromptTemplate(self._prompts.answer),
                "again": PromptTemplate(self._prompts.again)}  # fmt: skip

    def _update_prompts(self, prompts: dict[str, Any]) -> None:
        texts = {name: prompt.get_template() for name, prompt in prompts.items() if name in self._get_prompts()}
        self._prompts = replace(self._prompts, **texts)

    def _written(
        self, question: str, nodes: list[NodeWithScore], draft: Answer, calls: list[ModelCall]
    ) -> Iterator[Answer]:
        messages, given, fence, notes = self._messages(question, nodes)
        policy, source = self._config.unsupported, "\n".join(node.text for node in given)
        text, found = "", Grounded([], [])
        for attempt in range(2 if policy == "again" else 1):
            if attempt:
                wrong = "\n".join(f"- {s.text}" for s in found.statements if s.support == "unsupported")
                messages = [*messages, ChatMessage(content=text, role=MessageRole.ASSISTANT),
                            ChatMessage(content=filled(self._prompts.again, unsupported=wrong))]  # fmt: skip
            call = ModelCall(
                self._model, self._name, messages, self._config.llm_retries, self._count_tokens, self._prompts.version
            )
            calls.append(call)
            for text in call.stream():
                plain, _ = plain_text(text, source)
                yield replace(draft, answer=MarkerStream(len(given)).feed(plain).strip(), usage=_sum(calls))
            found = self._grounder.ground(text, given, [*_lines(self._prompts), fence])
            if found.refuses:
                yield self._refused(draft, NO_ANSWER_IN_PASSAGES, notes, calls)
                return
            if all(statement.support != "unsupported" for statement in found.statements):
                break
        if not found.statements:
            _log.error("%s wrote what nothing is left of: %r", self._name, text)
            raise LanguageModelError(NOTHING_LEFT)
        statements = found.statements
        if policy == "drop":
            statements = [statement for statement in statements if statement.support != "unsupported"]
        if not statements:
            raise LanguageModelError(NOTHING_SUPPORTED)
        notes = [*draft.notes, *notes, *found.problems]
        if dropped := len(found.statements) - len(statements):
            notes.append(DROPPED.format(count=dropped))
        if call.is_cut_off:
            notes.append(CUT_OFF.format(tokens=self._config.llm_answer_tokens))
        sentences, citations = cite(statements)
        answer = with_markers(sentences)
        yield replace(draft, answer=answer, sentences=sentences, citations=citations, notes=notes, usage=_sum(calls))

    def _refused(self, draft: Answer, reason: str, notes: list[str], calls: list[ModelCall]) -> Answer:
        return replace(draft, answer=NOT_IN_DOCUMENTS, refused=True, reason=reason, notes=notes, usage=_sum(calls))

    def _messages(
        self, question: str, nodes: list[NodeWithScore]
    ) -> tuple[list[ChatMessage], list[NodeWithScore], str, list[str]]:
        """What the model is told, the nodes in it, their fence, and a note where some did not fit."""
        context = self._context()
        asked = nodes[: self._config.llm_passages]
        room = int(context * (1 - SPARE_SHARE)) - self._config.llm_answer_tokens
        for count in range(len(asked), 0, -1):
            messages, fence = self._message(question, asked[:count])
            if count == 1 or sum(self._count_tokens(str(m.content)) for m in messages) <= room:
                break
        if count == len(asked):
            return messages, asked, fence, []
        note = SOME_PASSAGES.format(given=count, of=len(asked), context=context)
        return messages, asked[:count], fence, [note]

    def _message(self, question: str, nodes: list[NodeWithScore]) -> tuple[list[ChatMessage], str]:
        shown = [(str(node.node.metadata.get("title", "")), node.text) for node in nodes]
        fence = fence_of([question, *(text for pair in shown for text in pair)])
        prompt = filled(self._prompts.answer, passages=fenced(shown, fence), fence=fence, question=question)
        system = filled(self._prompts.system, fence=fence)
        return [ChatMessage(content=system, role=MessageRole.SYSTEM), ChatMessage(content=prompt)], fence

    def _context(self) -> int:
        """Tokens that the model takes. Some providers are asked for that over the network."""
        try:
            return self._model.metadata.context_window
        except Exception as error:  # each provider has errors of its own
            said = " ".join(str(error).split())[:200]
            raise LanguageModelError(f"the language model {self._name} cannot be asked: {said}") from error


def _lines(prompts: Prompts) -> list[str]:
    return [prompts.system, prompts.answer, prompts.again]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


def _sum(calls: Sequence[ModelCall]) -> Usage | None:
    return added(*(call.usage for call in calls))
