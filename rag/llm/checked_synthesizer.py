"""What a language model wrote as an Answer: cut into sentences, each checked against the passages, or else quotes."""

import logging
from abc import abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from llama_index.core.llms import LLM
from llama_index.core.response_synthesizers.base import BaseSynthesizer
from llama_index.core.schema import NodeWithScore

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.answering.citations import cite, with_markers
from rag.answering.quoting import QuoteSynthesizer
from rag.answering.refusal import RefusalPolicy
from rag.answering.synthesizer import AnswerSynthesizer
from rag.errors import LanguageModelError
from rag.llm.grounding import Grounded, Grounder

_log = logging.getLogger(__name__)

NO_ANSWER_IN_PASSAGES = "The language model found no answer in the passages that it was given."
NOTHING_SUPPORTED = "nothing of what the language model wrote is supported by the documents. Ask in other words."
NOTHING_LEFT = "of what the language model wrote nothing is left that could be shown. Ask again, or set another llm."
DROPPED = "Left out: {count} of the model's sentences, which the documents do not support."
WITH_QUOTES = "{problem} Quotes from the documents answer instead."

Unsupported = Literal["mark", "drop", "again"]
"""What becomes of sentences that the documents do not support: see `unsupported` in rag.config."""


@dataclass(frozen=True, slots=True)
class CheckingPolicy:
    """Whether quotes answer where a model cannot; whether it is asked although the passages do not seem to answer."""

    unsupported: Unsupported = "mark"
    falls_back: bool = True
    asks_if_refused: bool = False


class CheckedSynthesizer(AnswerSynthesizer):
    """An Answer that something else writes from the passages, each sentence checked against what it cites.

    The quoting synthesizer says first how likely the passages answer; where `refusal` would refuse, nothing is written.
    """

    def __init__(
        self,
        llm: LLM | None,
        name: str,
        quoting: QuoteSynthesizer,
        refusal: RefusalPolicy,
        grounder: Grounder,
        policy: CheckingPolicy,
    ) -> None:
        super().__init__(llm)
        self._name = name
        self._quoting = quoting
        self._refusal = refusal
        self._grounder = grounder
        self._policy = policy

    def stream(self, question: str, nodes: list[NodeWithScore]) -> Generator[Answer, None, None]:
        """Answers that hold what is written so far, not yet checked and so without sentences; the last one is complete.

        Quotes answer where the text cannot be had, or nothing of it is left. Raises LanguageModelError where they must
        not.
        """
        quoted = self._quoting.quoted(question, nodes)
        if not nodes or (self._refusal.decide(quoted).refused and not self._policy.asks_if_refused):
            yield quoted
            return
        yield from self.worded(question, quoted, nodes)

    def worded(self, question: str, answer: Answer, nodes: list[NodeWithScore]) -> Generator[Answer, None, None]:
        """The same of passages that answer, quotes from which are in `answer`, whatever their confidence."""
        draft = replace(answer, answer="", short_answer=None, refused=False, reason=None, sentences=[], citations=[],
                        agreement="single", model=self._name)  # fmt: skip
        usage = None
        try:
            for written in self._written(question, nodes, draft):
                usage = written.usage
                yield written
        except LanguageModelError as error:
            if not self._policy.falls_back:
                raise
            note = WITH_QUOTES.format(problem=_sentence(str(error)))
            yield replace(answer, notes=[*answer.notes, note], usage=usage)

    def in_quotes(self) -> AnswerSynthesizer:
        """The quoting synthesizer, which says first how likely the passages answer."""
        return self._quoting

    @abstractmethod
    def _written(self, question: str, nodes: list[NodeWithScore], draft: Answer) -> Iterator[Answer]:
        """`draft` with what is written so far, the last one complete. Raises LanguageModelError."""

    def _checked(self, found: Grounded, text: str, draft: Answer) -> Answer:
        """`draft` with what was found in `text`. Raises LanguageModelError where nothing is left."""
        if found.refuses:
            return replace(draft, answer=NOT_IN_DOCUMENTS, refused=True, reason=NO_ANSWER_IN_PASSAGES)
        if not found.statements:
            _log.error("%s wrote what nothing is left of: %r", self._name, text)
            raise LanguageModelError(NOTHING_LEFT)
        statements = found.statements
        if self._policy.unsupported == "drop":
            statements = [statement for statement in statements if statement.support != "unsupported"]
        if not statements:
            raise LanguageModelError(NOTHING_SUPPORTED)
        notes = [*draft.notes, *found.problems]
        if dropped := len(found.statements) - len(statements):
            notes.append(DROPPED.format(count=dropped))
        sentences, citations = cite(statements)
        return replace(draft, answer=with_markers(sentences), sentences=sentences, citations=citations, notes=notes)


class WrappedSynthesizer(CheckedSynthesizer):
    """The text of another LlamaIndex synthesizer, checked and cited like a language model's own."""

    def __init__(
        self,
        synthesizer: BaseSynthesizer,
        quoting: QuoteSynthesizer,
        refusal: RefusalPolicy,
        grounder: Grounder,
        policy: CheckingPolicy,
    ) -> None:
        super().__init__(None, type(synthesizer).__name__, quoting, refusal, grounder, policy)
        self._synthesizer = synthesizer

    def _written(self, question: str, nodes: list[NodeWithScore], draft: Answer) -> Iterator[Answer]:
        try:
            # A streaming response is read to its end by this.
            text = str(self._synthesizer.synthesize(question, nodes))
        except Exception as error:  # each integration has errors of its own
            said = " ".join(str(error).split())[:200] or type(error).__name__
            raise LanguageModelError(f"{self._name} failed: {said}") from error
        yield replace(draft, answer=text)
        yield self._checked(self._grounder.ground(question, text, nodes, ()), text, draft)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"
