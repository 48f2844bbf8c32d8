"""Citations: from quoted ranges of passages to numbered places in documents, and back to check them."""

from collections.abc import Sequence

from llama_index.core.schema import TextNode

from rag.answer import Citation, Sentence
from rag.sentences import Span

Quote = tuple[TextNode, Span]
"""A passage and a range of its text."""


def cite_quotes(quotes: Sequence[Quote]) -> tuple[list[Sentence], list[Citation]]:
    """One sentence a quote, and citations numbered from 1 in order of appearance; one range keeps one number."""
    sentences: list[Sentence] = []
    citations: dict[tuple[str, int, int], Citation] = {}
    for node, (start, end) in quotes:
        document = node.ref_doc_id or ""
        offset = node.start_char_idx or 0
        place = (document, offset + start, offset + end)
        citation = citations.setdefault(
            place,
            Citation(
                number=len(citations) + 1,
                document=document,
                title=str(node.metadata.get("title", document)),
                page=node.metadata.get("page"),
                start=place[1],
                end=place[2],
                quote=node.text[start:end],
                section=node.metadata.get("section"),
                also=node.metadata.get("also", []),
            ),
        )
        sentences.append(Sentence(text=citation.quote, citations=[citation.number], support="quoted"))
    return sentences, list(citations.values())


def with_markers(sentences: Sequence[Sentence]) -> str:
    """The sentences as one text, each followed by its markers: `It was so. [1] And so. [2]`."""
    return " ".join(" ".join([s.text, *(f"[{number}]" for number in s.citations)]) for s in sentences)


def is_exact(citation: Citation, document_text: str | None) -> bool:
    """Whether the document's text holds exactly the quote at the cited range; False if there is no document."""
    return document_text is not None and document_text[citation.start : citation.end] == citation.quote
