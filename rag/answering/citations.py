"""Citations: from ranges of passages to numbered places in documents, and back to check them."""

from collections.abc import Sequence
from typing import NamedTuple

from llama_index.core.schema import TextNode

from rag.answer import Citation, Sentence, Verdict
from rag.metadata import ALSO, PAGE, SECTION, TITLE
from rag.text.sentences import Span

Quote = tuple[TextNode, Span]
"""A passage and a range of its text."""


class Statement(NamedTuple):
    """A sentence of an answer, how what it cites supports it, and the ranges that it cites.

    `short` is the range of `text` that is the short answer.
    """

    text: str
    support: Verdict
    quotes: list[Quote]
    short: Span | None = None


def cite(statements: Sequence[Statement]) -> tuple[list[Sentence], list[Citation]]:
    """The statements with citations numbered from 1 in order of appearance; one range keeps one number."""
    sentences: list[Sentence] = []
    citations: dict[tuple[str, int, int], Citation] = {}
    for statement in statements:
        numbers = [_citation(quote, citations).number for quote in statement.quotes]
        sentences.append(Sentence(statement.text, list(dict.fromkeys(numbers)), statement.support))
    return sentences, list(citations.values())


def with_markers(sentences: Sequence[Sentence]) -> str:
    """The sentences as one text, each followed by its markers: `It was so. [1] And so. [2]`."""
    return " ".join(f"{sentence.text}{sentence.markers}" for sentence in sentences)


def is_exact(citation: Citation, document_text: str | None) -> bool:
    """Whether the document's text holds exactly the quote at the cited range; False if there is no document."""
    return document_text is not None and document_text[citation.start : citation.end] == citation.quote


def _citation(quote: Quote, citations: dict[tuple[str, int, int], Citation]) -> Citation:
    node, (start, end) = quote
    document = node.ref_doc_id or ""
    offset = node.start_char_idx or 0
    place = (document, offset + start, offset + end)
    return citations.setdefault(
        place,
        Citation(
            number=len(citations) + 1,
            document=document,
            title=str(node.metadata.get(TITLE, document)),
            page=node.metadata.get(PAGE),
            start=place[1],
            end=place[2],
            quote=node.text[start:end],
            section=node.metadata.get(SECTION),
            also=node.metadata.get(ALSO, []),
        ),
    )
