"""The sentence-aware NodeParser: passages of whole sentences, sized by the embedding model's own tokenizer."""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from llama_index.core.node_parser.interface import NodeParser
from llama_index.core.schema import BaseNode, Document, NodeRelationship, TextNode
from pydantic import Field, PrivateAttr
from tokenizers import Tokenizer

from rag.text.sentences import Span, is_heading, sentence_spans

_SPECIAL_TOKENS = 2  # [CLS] and [SEP]
_MAX_CHARACTERS_PER_TOKEN = 10
"""A bound where tokens do not bind: a run of letters without end is one unknown token."""


class _Unit(NamedTuple):
    start: int
    end: int
    tokens: int
    opens_section: bool


class SentenceChunker(NodeParser):
    """Passages of whole sentences with `document.text[start_char_idx:end_char_idx] == node.text`.

    Starts strictly increase, passages do not overlap, and only white space lies between them. A sentence longer than
    a passage is cut between words. Node ids derive from document, ordinal and content, so that a rebuild keeps them.
    """

    max_passage_tokens: int = Field(description="tokens of a passage at most, the model's two special ones included")
    _tokenizer: Tokenizer = PrivateAttr()

    def __init__(self, tokenizer: Tokenizer, max_passage_tokens: int) -> None:
        super().__init__(max_passage_tokens=max_passage_tokens)
        self._tokenizer = tokenizer

    @classmethod
    def class_name(cls) -> str:
        """The name under which LlamaIndex serialises this parser."""
        return "SentenceChunker"

    def _parse_nodes(self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any) -> list[BaseNode]:
        return [passage for node in nodes for passage in self._passages(node)]

    def _postprocess_parsed_nodes(self, nodes: list[BaseNode], parent_doc_map: dict[str, Document]) -> list[BaseNode]:
        """The nodes as they are: the base class would search for each text again and be misled by repetition."""
        return nodes

    def _passages(self, document: BaseNode) -> Iterator[TextNode]:
        text = document.get_content()
        source = document.as_related_node_info()  # hashes the whole text, so once
        for ordinal, (start, end) in enumerate(self.passage_spans(text)):
            content = text[start:end]
            digest = hashlib.sha256(content.encode()).hexdigest()[:12]
            yield TextNode(
                id_=f"{document.node_id}#{ordinal}-{digest}",
                text=content,
                start_char_idx=start,
                end_char_idx=end,
                metadata={"title": document.metadata["title"]} if "title" in document.metadata else {},
                excluded_embed_metadata_keys=["title"],
                excluded_llm_metadata_keys=["title"],
                relationships={NodeRelationship.SOURCE: source},
            )

    def passage_spans(self, text: str) -> list[Span]:
        """Ranges of the passages of `text`, each of at most `max_passage_tokens` tokens."""
        spans: list[Span] = []
        used = 0
        for unit in self._units(text):
            fits = spans and used + unit.tokens <= self._budget and unit.end - spans[-1][0] <= self._longest
            if fits and not (unit.opens_section and used >= self._budget // 2):
                spans[-1] = (spans[-1][0], unit.end)
                used += unit.tokens
            else:
                spans.append((unit.start, unit.end))
                used = unit.tokens
        return spans

    def count_tokens(self, texts: list[str]) -> int:
        """Tokens of all `texts` together."""
        return sum(self._count(texts))

    @property
    def _budget(self) -> int:
        return self.max_passage_tokens - _SPECIAL_TOKENS

    @property
    def _longest(self) -> int:
        return self._budget * _MAX_CHARACTERS_PER_TOKEN

    def _units(self, text: str) -> Iterator[_Unit]:
        """What stays in one passage: a sentence, with the headings that introduce it."""
        headings: _Unit | None = None
        for start, end, tokens in self._pieces(text):
            if headings and (headings.tokens + tokens > self._budget or end - headings.start > self._longest):
                yield headings
                headings = None
            if headings:
                unit = _Unit(headings.start, end, headings.tokens + tokens, opens_section=True)
            else:
                unit = _Unit(start, end, tokens, opens_section=False)
            if is_heading(text, (start, end)):
                headings = unit._replace(opens_section=True)
            else:
                yield unit
                headings = None
        if headings:
            yield headings

    def _pieces(self, text: str) -> Iterator[tuple[int, int, int]]:
        """Start, end and tokens of the sentences, those too long for a passage cut between words."""
        spans = sentence_spans(text)
        for (start, end), tokens in zip(spans, self._count([text[s:e] for s, e in spans]), strict=True):
            if tokens <= self._budget and end - start <= self._longest:
                yield start, end, tokens
            else:
                yield from self._cut(text, start, end)

    def _cut(self, text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Pieces of one long sentence; a run of letters without end is cut by length."""
        encoding = self._tokenizer.encode(text[start:end], add_special_tokens=False)
        piece_start, used = start, 0
        for _, tokens_of_word in groupby(zip(encoding.word_ids, encoding.offsets, strict=True), lambda token: token[0]):
            offsets = [offset for _, offset in tokens_of_word]
            word_start, word_end = start + offsets[0][0], start + offsets[-1][1]
            if used and (used + len(offsets) > self._budget or word_end - piece_start > self._longest):
                yield from self._by_length(text, piece_start, word_start, used)
                piece_start, used = word_start, 0
            used += len(offsets)
        yield from self._by_length(text, piece_start, end, used)

    def _by_length(self, text: str, start: int, end: int, tokens: int) -> Iterator[tuple[int, int, int]]:
        for left in range(start, end, self._longest):
            piece = text[left : min(left + self._longest, end)]
            if piece.strip():
                skipped = len(piece) - len(piece.lstrip())
                yield left + skipped, left + skipped + len(piece.strip()), tokens

    def _count(self, texts: list[str]) -> list[int]:
        return [len(e.ids) for e in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]
