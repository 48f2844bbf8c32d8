"""From passages to an answer, by quoting: the sentences that hold what answers the question."""

from collections.abc import Generator

from llama_index.core.schema import NodeWithScore, TextNode

from rag.answer import NOT_IN_DOCUMENTS, Answer
from rag.answering.citations import Statement, cite, cite_quotes, with_markers
from rag.answering.selection import choose
from rag.answering.synthesizer import AnswerSynthesizer
from rag.answering.table_answers import TableAnswer, WholeDocument, read_tables
from rag.retrieval.passage import as_passage
from rag.retrieval.reranker import PassageReader, reading_of

QUESTION_CUT = "The question is longer than the reader's window: its first words were read: “{read}”"
MORE_ROWS = "{count} more rows match."


class QuoteSynthesizer(AnswerSynthesizer):
    """An Answer that quotes whole sentences, so that nothing in it can be invented; no language model is involved.

    Nodes that no PassageReader has read are read first. It refuses only where there is nothing to quote; whether
    confidence suffices is for rag.answering.refusal to decide.
    """

    def __init__(
        self, reader: PassageReader, max_answer_sentences: int, whole: WholeDocument = lambda document_id: ()
    ) -> None:
        super().__init__()
        self._reader = reader
        self._max_answer_sentences = max_answer_sentences
        self._whole = whole

    def stream(self, question: str, nodes: list[NodeWithScore]) -> Generator[Answer, None, None]:
        """The answer, which is there at once."""
        yield self.quoted(question, nodes)

    def quoted(self, question: str, nodes: list[NodeWithScore]) -> Answer:
        """The answer to `question` from `nodes`, best node first."""
        nodes = self._read(question, nodes)
        tables = read_tables(question, nodes, self._whole)
        choice = choose(question, nodes, self._reader.model.fitted, self._max_answer_sentences, tables.ruled_out)
        if tables.answer and (choice is None or tables.answer.confidence >= choice.confidence):
            return self._from_table(question, nodes, tables.answer)
        quotes = [(_text_node(nodes[c.passage]), c.sentence) for c in choice.quoted] if choice else []
        sentences, citations = cite_quotes(quotes)
        short = choice.best if choice and choice.short else None
        if choice and short:
            at = choice.quoted.index(short)
            sentences[at] = sentences[at].marked(short.span[0] - short.sentence[0], short.span[1] - short.sentence[0])
        return Answer(
            question=question,
            answer=with_markers(sentences) if sentences else NOT_IN_DOCUMENTS,
            short_answer=short.said if short else None,
            confidence=round(choice.confidence, 4) if choice else 0.0,
            refused=not sentences,
            reason=None if sentences else "No passage of the documents has a sentence that could be quoted.",
            sentences=sentences,
            citations=citations,
            passages=[as_passage(node) for node in nodes],
            agreement=choice.agreement if choice else "single",
            notes=self._notes(question),
        )

    def _from_table(self, question: str, nodes: list[NodeWithScore], found: TableAnswer) -> Answer:
        sentences, citations = cite([Statement(one.text, "quoted", [one.quote]) for one in found.statements])
        short = found.statements[0].short if len(found.statements) == 1 else None
        if short:
            sentences[0] = sentences[0].marked(*short)
        more = [MORE_ROWS.format(count=found.more)] if found.more else []
        return Answer(
            question=question,
            answer=with_markers(sentences),
            short_answer=sentences[0].text[slice(*short)] if short else None,
            confidence=round(found.confidence, 4),
            refused=False,
            reason=None,
            sentences=sentences,
            citations=citations,
            passages=[as_passage(node) for node in nodes],
            notes=[*more, *self._notes(question)],
        )

    def _read(self, question: str, nodes: list[NodeWithScore]) -> list[NodeWithScore]:
        """The nodes, read where none of them is."""
        if any(reading_of(node, question) for node in nodes):
            return nodes
        return self._reader.postprocess_nodes(nodes, query_str=question)

    def _notes(self, question: str) -> list[str]:
        read = self._reader.model.cut(question)
        return [] if read == question else [QUESTION_CUT.format(read=read)]


def _text_node(node: NodeWithScore) -> TextNode:
    assert isinstance(node.node, TextNode)  # noqa: S101 - only these are read
    return node.node
