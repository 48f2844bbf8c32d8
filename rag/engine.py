"""CitedQueryEngine: the order of the steps from a question to an Answer."""

import asyncio
import time
from collections.abc import Generator, Iterable, Sequence
from copy import copy
from dataclasses import replace

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import Response
from llama_index.core.indices.query.query_transform.base import BaseQueryTransform
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.prompts.mixin import PromptMixin
from llama_index.core.schema import Document, NodeWithScore, QueryBundle

from rag.answer import Answer, Passage, Seconds, Source, Turn, Usage, added, turn_of
from rag.answering.courtesy import courtesy_reply
from rag.answering.locations import placed
from rag.answering.refusal import RefusalPolicy
from rag.answering.synthesizer import ANSWER, AnswerSynthesizer
from rag.errors import DocumentError, QuestionError
from rag.ingest.sections import PAGE_KINDS
from rag.overviews.overviews import Overviews
from rag.overviews.several_questions import in_parts, parts_of
from rag.retrieval.follow_up import HISTORY, FollowUpTransform
from rag.retrieval.passage import as_passage
from rag.store.index_store import IndexStore
from rag.text.languages import language_of, name_of
from rag.text.words import is_utf8, scripts
from rag.tracing import traced

OTHER_LANGUAGE = (
    "The question is in {asked}, the documents are in {written}. Ask in their language, or build the index with"
    ' embedding = "multilingual".'
)


class CitedQueryEngine(BaseQueryEngine):
    """Questions in, Answers out: a LlamaIndex query engine whose Response carries an Answer.

    `ask` gives the Answer itself, `stream` also what a language model has written until then. `history` is what a
    follow-up question goes on with; `searched` says in its place what to search for. Safe to share between threads:
    asking changes nothing.
    """

    def __init__(
        self,
        store: IndexStore,
        retriever: BaseRetriever,
        postprocessors: Sequence[BaseNodePostprocessor],
        synthesizer: AnswerSynthesizer,
        refusal: RefusalPolicy,
        passage_count: int,
        max_question_characters: int,
        query_transform: BaseQueryTransform,
        overviews: Overviews,
        is_multilingual: bool = False,
    ) -> None:
        super().__init__(callback_manager=None)
        self.store = store
        self._retriever = retriever
        self._postprocessors = postprocessors
        self._passage_count = passage_count
        self._synthesizer = synthesizer
        self._refusal = refusal
        self._max_question_characters = max_question_characters
        self._query_transform = query_transform
        self._overviews = overviews
        self._is_multilingual = is_multilingual

    @property
    def model_problem(self) -> str | None:
        """Why the language model did not answer when it was last asked; None where it did, or there is none."""
        return self._synthesizer.model_problem

    @property
    def model_hung_at(self) -> float | None:
        """When, in seconds of time.monotonic, the language model hung; None where it answered since, or never did."""
        return self._synthesizer.model_hung_at

    def ask(self, question: str, history: Sequence[Turn] = (), searched: str | None = None) -> Answer:
        """The Answer to `question`. Raises QuestionError and LanguageModelError."""
        *_, answer = self.stream(question, history, searched)
        return answer

    def stream(
        self, question: str, history: Sequence[Turn] = (), searched: str | None = None
    ) -> Generator[Answer, None, None]:
        """Answers that hold what is written so far, without sentences; the last one is what `ask` gives.

        Closing the iterator stops a language model's work. Raises QuestionError and LanguageModelError.
        """
        if not (searched or "").strip() and (reply := courtesy_reply(question)):
            yield reply
            return
        for answer, _ in traced("CitedQueryEngine.stream", self._answers(question, history, searched)):
            yield answer if answer.is_draft else self.decide(answer)

    def propose(self, question: str, history: Sequence[Turn] = ()) -> Answer:
        """The answer before it is decided whether to refuse, its confidence not calibrated.

        Raises QuestionError and LanguageModelError.
        """
        *_, (answer, _) = self._answers(question, history, None)
        return answer

    def decide(self, answer: Answer) -> Answer:
        """What `ask` makes of a proposed answer: the answer, what the index knows instead, or a refusal."""
        decided = self._refusal.decide(answer)
        if answer.kind != "answer" or not decided.refused:
            return decided
        found = self._overviews.answer(decided.searched or decided.question, (), is_refused=True)
        if found is not None:
            return self._in_place_of(decided, found[0])
        return decided if self._is_multilingual else _with_languages(decided)

    def in_quotes(self) -> "CitedQueryEngine":
        """An engine over the same parts that asks no language model: it answers in quotes, whatever writes here."""
        engine = copy(self)
        engine._synthesizer = self._synthesizer.in_quotes()
        # By rules, whatever makes follow-up questions whole here.
        engine._query_transform = FollowUpTransform()
        return engine

    def search(self, question: str, history: Sequence[Turn] = ()) -> list[Passage]:
        """The best passages for `question`, best first. Raises QuestionError."""
        self._check(question)
        searched, _ = self._searched(question, history, None)
        return [as_passage(node) for node in self._read(searched, self._retriever.retrieve(QueryBundle(searched)))]

    def document(self, document_id: str) -> Document:
        """The document with this id. Raises DocumentError, which names what there is."""
        document = self.store.contents.document(document_id) if is_utf8(document_id) else None
        if document is None:
            raise no_document(self.store, document_id)
        return document

    def document_text(self, document_id: str) -> str | None:
        """The text that citations of a document count in, or None where there is no such document."""
        document = self.store.contents.document(document_id) if is_utf8(document_id) else None
        return document.text if document else None

    def source(self, document_id: str) -> Source | None:
        """The same with its pages, and with the id that citations of it name."""
        text = self.document_text(document_id)
        if text is None:
            return None
        pages = [(s.start, s.end) for s in self.store.contents.sections(document_id) if s.kind in PAGE_KINDS]
        return Source(self.store.contents.holder(document_id), text, pages)

    def _query(self, query_bundle: QueryBundle) -> Response:
        if reply := courtesy_reply(query_bundle.query_str):
            return Response(reply.answer, metadata={ANSWER: reply})
        *_, (answer, nodes) = self._answers(query_bundle.query_str, (), None)
        answer = self.decide(answer)
        return Response(answer.answer, source_nodes=nodes, metadata={ANSWER: answer})

    def _answers(
        self, question: str, history: Sequence[Turn], searched: str | None
    ) -> Generator[tuple[Answer, list[NodeWithScore]], None, None]:
        """What is written so far, and at the end the answer before it is decided whether to refuse; with its nodes."""
        self._check(question)
        started = time.perf_counter()
        # What a person wrote to be searched is searched as it is.
        asked, cited = searched or question, _cited_last(history)
        joint = yield from self._in_parts(question, asked, history, started)
        if joint:
            yield self._given(joint, question, asked, None, started, started, started), []
            return
        if overview := self._overviews.answer(asked, cited):
            for answer in self._worded(asked, *overview):
                yield self._given(answer, question, asked, None, started, started, started), overview[1]
            return
        searched, condensing = self._searched(question, history, searched)
        nodes = self._retriever.retrieve(QueryBundle(searched))
        if not self._is_multilingual:
            self._check_script(searched, [node.text for node in nodes])
        retrieved = time.perf_counter()
        nodes = self._read(searched, nodes)
        read = time.perf_counter()
        for answer in traced(f"{type(self._synthesizer).__name__}.stream", self._synthesizer.stream(searched, nodes)):
            yield self._given(answer, question, searched, condensing, started, retrieved, read), nodes

    def _in_place_of(self, refusal: Answer, overview: Answer) -> Answer:
        """An overview as the answer to a question that is refused otherwise."""
        return replace(
            overview,
            question=refusal.question,
            searched=refusal.searched,
            citations=[placed(citation, self.store) for citation in overview.citations],
            passages=refusal.passages if overview.refused else [],
            seconds=refusal.seconds,
            usage=refusal.usage,
        )

    def _worded(self, question: str, overview: Answer, nodes: list[NodeWithScore]) -> Iterable[Answer]:
        """An overview in a language model's words, where one answers; lists and what the index knows as they are."""
        if overview.refused:
            return [replace(overview, passages=self.search(question))]
        if overview.kind not in ("summary", "comparison"):
            return [overview]
        return self._synthesizer.worded(question, overview, nodes)

    def _in_parts(
        self, question: str, asked: str, history: Sequence[Turn], started: float
    ) -> Generator[tuple[Answer, list[NodeWithScore]], None, Answer | None]:
        """What is written so far of the answers to the questions in one, each as what goes on with those before it.

        Returns all as one answer, None where it is one question.
        """
        parts, answers = parts_of(asked), list[Answer]()
        for part in parts:
            for answer, _ in self._answers(part, [*history, *map(turn_of, answers)], None):
                if answer.is_draft:
                    written = replace(answer, answer="\n".join(one.answer for one in [*answers, answer]))
                    yield self._given(written, question, asked, None, started, started, started), []
            answers.append(self.decide(answer))
        return in_parts(asked, parts, answers) if parts else None

    def _given(
        self,
        answer: Answer,
        question: str,
        searched: str,
        condensing: Usage | None,
        started: float,
        retrieved: float,
        read: float,
    ) -> Answer:
        """An answer with its question, its places, and the seconds since these times of perf_counter."""
        done = time.perf_counter()
        seconds = Seconds(retrieve=retrieved - started, read=read - retrieved, answer=done - read, total=done - started)
        citations = [placed(citation, self.store) for citation in answer.citations]
        usage = added(condensing, answer.usage)
        return replace(answer, question=question, searched=searched, citations=citations, seconds=seconds, usage=usage)

    def _searched(self, question: str, history: Sequence[Turn], given: str | None) -> tuple[str, Usage | None]:
        """The question as it is searched, and what a language model took to write it so."""
        if given is not None and given.strip():
            self._check(given)
            return given, None
        history = [turn for turn in history if not courtesy_reply(turn.question)]
        if not history:
            return question, None
        whole = self._query_transform.run(QueryBundle(question), {HISTORY: history})
        found, usage = whole.query_str, getattr(whole, "usage", None)
        return (found if len(found) <= self._max_question_characters else question), usage

    def _read(self, question: str, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
        """The best nodes, ranked anew."""
        for postprocessor in self._postprocessors:
            nodes = postprocessor.postprocess_nodes(nodes, QueryBundle(question))
        return nodes[: self._passage_count]

    async def _aquery(self, query_bundle: QueryBundle) -> Response:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> dict[str, PromptMixin]:
        return {"response_synthesizer": self._synthesizer}

    def _check(self, question: str) -> None:
        if not any(character.isalnum() for character in question):
            raise QuestionError("the question is empty. Ask something in words.")
        if not is_utf8(question):
            raise QuestionError("the question holds bytes that are no text. Type it again.")
        if len(question) > self._max_question_characters:
            raise QuestionError(
                f"the question has {len(question):,} characters, more than the {self._max_question_characters:,}"
                " allowed. Shorten it, or raise max_question_characters in rag.toml."
            )

    def _check_script(self, question: str, passages: list[str]) -> None:
        asked, written = scripts(question), set().union(*map(scripts, passages))
        if asked and written and not asked & written:
            raise QuestionError(
                f"the question is written in {_names(asked)} letters, the documents in {_names(written)}."
                " Ask in the language of the documents."
            )


def no_document(store: IndexStore, document_id: str) -> DocumentError:
    """What is raised where an index does not hold a document: it names what there is."""
    known = list(store.contents.hashes())
    listed = ", ".join(known[:10]) + (", …" if len(known) > 10 else "")
    return DocumentError(f"there is no document {document_id!r} in the index {store.name!r}. It holds: {listed}")


def _with_languages(refusal: Answer) -> Answer:
    """A refusal that says so where question and passages are in different languages, which is why nothing was found."""
    asked = language_of(refusal.searched or refusal.question)
    written = language_of(" ".join(passage.text for passage in refusal.passages))
    if not refusal.passages or asked == written:
        return refusal
    note = OTHER_LANGUAGE.format(asked=name_of(asked), written=name_of(written))
    return replace(refusal, notes=[*refusal.notes, note])


def _cited_last(history: Sequence[Turn]) -> Sequence[str]:
    """The documents that the last turn that cited any did."""
    return next((turn.documents for turn in reversed(history) if turn.documents), ())


def _names(scripts_found: set[str]) -> str:
    return " and ".join(sorted(name.capitalize() for name in scripts_found))
