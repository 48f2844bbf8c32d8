"""The sentence-aware NodeParser: passages of whole sentences, sized by the embedding model's own tokens."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import BaseNode, Document, NodeRelationship, RelatedNodeInfo, TextNode
from pydantic import Field, PrivateAttr

from rag.formats.parsed_document import Row, Table
from rag.metadata import LANGUAGE, TITLE
from rag.text.sentences import Span, is_heading, sentence_spans, with_whole_rows
from rag.text.tokens import TokenCounter, Word

_MAX_CHARACTERS_PER_TOKEN = 10
"""A bound where tokens do not bind: a run of letters without end is one unknown token."""


_PARTING = re.compile(r"[\s;|]*")
"""What stands between two cells of a row."""


class _Unit(NamedTuple):
    start: int
    end: int
    tokens: int
    opens_section: bool


def new_passage(document: BaseNode, source: RelatedNodeInfo, ordinal: int, start: int, end: int) -> TextNode:
    """The passage `ordinal` of a document, its text from `start` to `end`; `source` is what names the document."""
    text = document.get_content()[start:end]
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    known = {key: document.metadata[key] for key in (TITLE, LANGUAGE) if key in document.metadata}
    return TextNode(
        id_=f"{document.node_id}#{ordinal}-{digest}",
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        metadata=known,
        excluded_embed_metadata_keys=list(known),
        excluded_llm_metadata_keys=list(known),
        relationships={NodeRelationship.SOURCE: source},
    )


def _after_cells(text: str, cells: Sequence[Span | None], end: int) -> Iterator[int]:
    """Where what belongs to the next cell begins, behind the signs that part it from the one before."""
    for cell in filter(None, cells):
        parting = _PARTING.match(text, cell[1], end)
        if parting and parting.end() < end:
            yield parting.end()


class SentenceChunker(NodeParser):
    """Passages of whole sentences with `document.text[start_char_idx:end_char_idx] == node.text`.

    Starts strictly increase, passages do not overlap, and only white space lies between them. A sentence longer than
    a passage is cut between words. Node ids derive from document, ordinal and content, so that a rebuild keeps them.
    """

    max_passage_tokens: int = Field(description="tokens of a passage at most, the counter's overhead included")
    _counter: TokenCounter = PrivateAttr()

    def __init__(self, counter: TokenCounter, max_passage_tokens: int) -> None:
        super().__init__(max_passage_tokens=max_passage_tokens)
        self._counter = counter

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this parser."""
        return "SentenceChunker"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        return [passage for node in nodes for passage in self.passages(node)]

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        """The nodes as they are: the base class would search for each text again and be misled by repetition."""
        return nodes

    def passages(self, document: BaseNode, tables: Sequence[Table] = ()) -> Iterator[TextNode]:
        """The passages of a document, the rows of its `tables` whole where they are no longer than a passage."""
        language = document.metadata.get(LANGUAGE)
        source = document.as_related_node_info()  # hashes the whole text, so once
        for ordinal, (start, end) in enumerate(self.passage_spans(document.get_content(), language, tables)):
            yield new_passage(document, source, ordinal, start, end)

    def passage_spans(self, text: str, language: str | None = None, tables: Sequence[Table] = ()) -> list[Span]:
        """Ranges of the passages of `text`, each of at most `max_passage_tokens` tokens.

        `language` is told from `text` where it is not known.
        """
        spans: list[Span] = []
        used = 0
        for unit in self._units(text, language, [row for table in tables for row in table.rows]):
            fits = spans and used + unit.tokens <= self._budget and unit.end - spans[-1][0] <= self._longest
            if fits and not (unit.opens_section and used >= self._budget // 2):
                spans[-1] = (spans[-1][0], unit.end)
                used += unit.tokens
            else:
                spans.append((unit.start, unit.end))
                used = unit.tokens
        return spans

    @property
    def counter(self) -> TokenCounter:
        """What counts the tokens."""
        return self._counter

    @property
    def _budget(self) -> int:
        return self.max_passage_tokens - self._counter.overhead

    @property
    def _longest(self) -> int:
        return self._budget * _MAX_CHARACTERS_PER_TOKEN

    def _units(self, text: str, language: str | None, rows: Sequence[Row]) -> Iterator[_Unit]:
        """What stays in one passage: a sentence, with the headings that introduce it."""
        headings: _Unit | None = None
        whole = {(row.start, row.end) for row in rows}
        for start, end, tokens in self._pieces(text, language, rows):
            if headings and (headings.tokens + tokens > self._budget or end - headings.start > self._longest):
                yield headings
                headings = None
            if headings:
                unit = _Unit(headings.start, end, headings.tokens + tokens, opens_section=True)
            else:
                unit = _Unit(start, end, tokens, opens_section=False)
            if (start, end) not in whole and is_heading(text, (start, end)):
                headings = unit._replace(opens_section=True)
            else:
                yield unit
                headings = None
        if headings:
            yield headings

    def _pieces(self, text: str, language: str | None, rows: Sequence[Row]) -> Iterator[tuple[int, int, int]]:
        """Start, end and tokens of the sentences, those too long for a passage cut between words, or rather cells."""
        cells = {(row.start, row.end): row.cells for row in rows}
        spans = with_whole_rows(sentence_spans(text, language), list(cells))
        counts = self._counter.count([text[start:end] for start, end in spans])
        for (start, end), count in zip(spans, counts, strict=True):
            tokens = count + self._counter.seam
            if tokens <= self._budget and end - start <= self._longest:
                yield start, end, tokens
            elif (start, end) in cells:
                yield from self._between_cells(text, start, end, cells[start, end])
            else:
                yield from self._cut(text, start, end)

    def _between_cells(
        self, text: str, start: int, end: int, cells: Sequence[Span | None]
    ) -> Iterator[tuple[int, int, int]]:
        """Pieces of one long row, cut before cells; a cell that is too long itself is cut between words."""
        piece_start = at = start
        used = 0
        for left, right in pairwise([start, *_after_cells(text, cells, end), end]):
            [count] = self._counter.count([text[left:right]])
            tokens = count + self._counter.seam
            if used and (used + tokens > self._budget or right - piece_start > self._longest):
                yield piece_start, at, used
                piece_start, used = left, 0
            used += tokens
            at = left + len(text[left:right].rstrip())
            if used > self._budget or at - piece_start > self._longest:
                yield from self._cut(text, piece_start, at)
                piece_start, used = right, 0
        if used:
            yield piece_start, at, used

    def _cut(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Pieces of one long sentence; a run of letters without end is cut by length."""
        piece_start, used = start, 0
        for word in self._parts(text[start:end]):
            word_start, word_end = start + word.start, start + word.end
            if used and (used + word.tokens > self._budget or word_end - piece_start > self._longest):
                yield from self._by_length(text, piece_start, word_start, used)
                piece_start, used = word_start, 0
            used += word.tokens
        yield from self._by_length(text, piece_start, end, used)

    def _parts(self, text: str) -> Iterator[Word]:
        """The words of a text; one of more tokens than a passage may have in parts of even length."""
        for start, end, tokens in self._counter.words(text):
            count = min(-(-tokens // self._budget), end - start) or 1
            edges = [start + (end - start) * number // count for number in range(count + 1)]
            for left, right in pairwise(edges):
                yield Word(left, right, -(-tokens // count))

    def _by_length(self, text: str, start: int, end: int, tokens: int) -> Iterator[tuple[int, int, int]]:
        for left in range(start, end, self._longest):
            piece = text[left : min(left + self._longest, end)]
            if piece.strip():
                skipped = len(piece) - len(piece.lstrip())
                yield left + skipped, left + skipped + len(piece.strip()), tokens
