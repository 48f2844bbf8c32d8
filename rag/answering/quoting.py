"""From passages to an answer, by quoting: the sentences that hold what answers the question."""

from collections.abc import Generator, Sequence
from dataclasses import replace

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answer import NOT_IN_DOCUMENTS, Agreement, Answer
from rag.answering.antecedents import hangs, sentence_before, title_over
from rag.answering.candidates import Candidate
from rag.answering.citations import Statement, cite, with_markers
from rag.answering.heading_names import under_others
from rag.answering.lists import MOST_ITEMS, IntroducedList, list_around
from rag.answering.mail_threads import Message, Messages
from rag.answering.question_kinds import wants_more
from rag.answering.selection import Choice, choose
from rag.answering.synthesizer import AnswerSynthesizer
from rag.answering.table_answers import TableAnswer, read_tables
from rag.answering.table_question import Similarity
from rag.answering.whole_tables import TablesOf
from rag.metadata import LANGUAGE
from rag.retrieval.passage import as_passage
from rag.retrieval.reranker import PassageReader, reading_of
from rag.text.emphasis import without_marks
from rag.text.sentences import trim_marker
from rag.text.words import share_of_words, stems

QUESTION_CUT = "The question is longer than the reader's window: its first words were read: “{read}”"
NO_SENTENCE = "No passage of the documents has a sentence that could be quoted."
NO_ROW = "No row of the tables that were found answers this question, and no sentence beside them does."
EMPTY_CELL = "The row and the column that are asked for are there, but nothing stands in the cell."

LED_IN = 0.8
"""Confidence in a list whose first words have all that a question asks for."""

NEWER = "The message of {newer} is newer than the one of {older}."
EARLIER_MESSAGE, EARLIER_MESSAGE_OF = "In an earlier message: ", "In the earlier message of {day}: "

UNDER = "Under “{title}”: "

MORE_ROWS = "{count} more rows match."
MORE_ITEMS = "The list has {count} more."


class QuoteSynthesizer(AnswerSynthesizer):
    """An Answer that quotes whole sentences, so that nothing in it can be invented; no language model is involved.

    Nodes that no PassageReader has read are read first. It refuses only where there is nothing to quote; whether
    confidence suffices is for rag.answering.refusal to decide.
    """

    def __init__(
        self,
        reader: PassageReader,
        max_answer_sentences: int,
        tables_of: TablesOf = lambda document: {},
        similarity: Similarity | None = None,
    ) -> None:
        super().__init__()
        self._reader = reader
        self._max_answer_sentences = max_answer_sentences
        self._tables_of = tables_of
        self._similarity = similarity

    def stream(self, question: str, nodes: list[NodeWithScore]) -> Generator[Answer, None, None]:
        """The answer, which is there at once."""
        yield self.quoted(question, nodes)

    def quoted(self, question: str, nodes: list[NodeWithScore]) -> Answer:
        """The answer to `question` from `nodes`, best node first."""
        nodes = self._read(question, nodes)
        tables = read_tables(question, nodes, self._tables_of, self._similarity)
        messages = Messages(nodes, self._tables_of)

        def of(candidate: Candidate) -> Message | None:
            return messages.of(candidate.passage, candidate.sentence[0])

        fitted, others = self._reader.model.fitted, under_others(question, nodes)
        choice = choose(question, nodes, fitted, self._max_answer_sentences, tables.ruled_out, others, of)
        if tables.answer and (choice is None or tables.answer.confidence >= choice.confidence):
            return self._from_table(question, nodes, tables.answer)
        if choice is None:
            nothing = self._answer(question, nodes, [], 0.0)
            return replace(nothing, reason=NO_ROW) if tables.tables else nothing
        best = choice.best
        node = _text_node(nodes[best.passage])
        if tables.is_empty_in(node.ref_doc_id):
            return replace(self._answer(question, nodes, [], 0.0), reason=EMPTY_CELL)
        if row := tables.of_row(node.node_id, best.sentence, best.span, choice.confidence):
            return self._from_table(question, nodes, row)
        listed = list_around(node.text, best.sentence, node.metadata.get(LANGUAGE))
        if listed and (wants_more(question) or best.sentence[0] < listed[1][0][0]):
            led_in = LED_IN * share_of_words(stems(question), node.text[slice(*listed[0])])
            return self._with_list(question, nodes, node, listed, max(choice.confidence, led_in))
        shown, short = self._statements(question, nodes, choice, messages)
        notes = []
        if outdated := choice.outdated:
            newer, older = outdated.newer_day or "a later day", outdated.day or "an earlier day"
            notes.append(NEWER.format(newer=newer, older=older if newer != older else "earlier that day"))
        return self._answer(
            question, nodes, shown, choice.confidence, short if choice.short else None, choice.agreement, notes
        )

    def _statements(
        self, question: str, nodes: list[NodeWithScore], choice: Choice, messages: Messages
    ) -> tuple[list[Statement], int]:
        """The sentences chosen, each with what names its "it" or "he" where something does; the best one's number."""
        shown: list[Statement] = []
        best, room = 0, self._max_answer_sentences - len(choice.quoted)
        places = {(c.passage, c.sentence) for c in choice.quoted}
        for candidate in choice.quoted:
            node = _text_node(nodes[candidate.passage])
            statement = _shown(candidate, node)
            message = messages.of(candidate.passage, candidate.sentence[0])
            if message and messages.is_outdated(message):
                earlier = EARLIER_MESSAGE_OF.format(day=message.day) if message.day else EARLIER_MESSAGE
                statement = _led_in(statement, earlier)
            elif hangs(statement.text, node.metadata.get(LANGUAGE)):
                before = sentence_before(question, node, candidate.sentence)
                if before and (candidate.passage, before) in places:
                    pass  # it is quoted already
                elif before and room:
                    shown.append(Statement(without_marks(node.text[slice(*before)]), "quoted", [(node, before)]))
                    room -= 1
                elif title := title_over(node, candidate.sentence):
                    statement = _led_in(statement, UNDER.format(title=without_marks(title)))
            if candidate is choice.best:
                best = len(shown)
            shown.append(statement)
        return shown, best

    def _answer(
        self,
        question: str,
        nodes: list[NodeWithScore],
        shown: Sequence[Statement],
        confidence: float,
        short: int | None = None,
        agreement: Agreement = "single",
        notes: Sequence[str] = (),
    ) -> Answer:
        """The Answer that makes these statements, that of number `short` with the short answer."""
        sentences, citations = cite(shown)
        marked = shown[short].short if short is not None else None
        if short is not None and marked:
            sentences[short] = sentences[short].marked(*marked)
        return Answer(
            question=question,
            answer=with_markers(sentences) if sentences else NOT_IN_DOCUMENTS,
            short_answer=shown[short].text[slice(*marked)] if short is not None and marked else None,
            confidence=round(confidence, 4),
            refused=not sentences,
            reason=None if sentences else NO_SENTENCE,
            sentences=sentences,
            citations=citations,
            passages=[as_passage(node) for node in nodes],
            agreement=agreement,
            notes=[*notes, *self._notes(question)],
        )

    def _from_table(self, question: str, nodes: list[NodeWithScore], found: TableAnswer) -> Answer:
        more = [MORE_ROWS.format(count=found.more)] if found.more else []
        short = 0 if len(found.statements) == 1 else None
        return self._answer(question, nodes, found.statements, found.confidence, short, notes=more)

    def _with_list(
        self, question: str, nodes: list[NodeWithScore], node: TextNode, listed: IntroducedList, confidence: float
    ) -> Answer:
        """The whole list that the best sentence belongs to, as one quote."""
        lead, items = listed
        more = [MORE_ITEMS.format(count=len(items) - MOST_ITEMS)] if len(items) > MOST_ITEMS else []
        items = items[:MOST_ITEMS]
        introduced = without_marks(" ".join(node.text[slice(*trim_marker(node.text, lead))].split()))
        written = "; ".join(without_marks(" ".join(node.text[slice(*item)].split())) for item in items)
        before = f"{introduced} "
        quote = node, (trim_marker(node.text, lead)[0], items[-1][1])
        shown = Statement(before + written, "quoted", [quote], (len(before), len(before) + len(written)))
        return self._answer(question, nodes, [shown], confidence, 0, notes=more)

    def _read(self, question: str, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
        """The nodes, read where none of them is."""
        if any(reading_of(node, question) for node in nodes):
            return nodes
        return self._reader.postprocess_nodes(nodes, query_str=question)

    def _notes(self, question: str) -> list[str]:
        read = self._reader.model.cut(question)
        return [] if read == question else [QUESTION_CUT.format(read=read)]


def _shown(candidate: Candidate, node: TextNode) -> Statement:
    """A candidate's sentence as people read it, with where its span is in that."""
    start, end = candidate.sentence
    left, right = candidate.span
    before, said, after = (without_marks(node.text[a:b]) for a, b in ((start, left), (left, right), (right, end)))
    whole = without_marks(node.text[start:end])
    # A mark may stand in one part, its end in another.
    is_apart = whole == before + said + after
    at = len(before) if is_apart else whole.find(said)
    short = (at, at + len(said)) if at >= 0 and said else None
    return Statement(whole, "quoted", [(node, candidate.sentence)], short)


def _led_in(shown: Statement, words: str) -> Statement:
    """A quote behind words of ours that say what it is of."""
    short = shown.short and (shown.short[0] + len(words), shown.short[1] + len(words))
    return shown._replace(text=words + shown.text, short=short)


def _text_node(node: NodeWithScore) -> TextNode:
    assert isinstance(node.node, TextNode)  # noqa: S101 - only these are read
    return node.node
