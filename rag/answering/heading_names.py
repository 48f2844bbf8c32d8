"""Sentences that stand under the heading of something else than what a question names."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from rag.answering.table_question import matched_words, names_in
from rag.metadata import LANGUAGE, TITLE
from rag.retrieval.passage import titles_over
from rag.retrieval.reranker import reading_of
from rag.text.languages import ENGLISH
from rag.text.sentences import Span
from rag.text.words import stems

BETWEEN = "\n"
"""What parts the titles of a path."""


def accounts_for(question: str, node: NodeWithScore, sentence: Span) -> bool:
    """Whether all that a question asks about stands in a sentence of a passage or over it."""
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    (titles,) = titles_over([sentence[0]], node.node)
    return stems(question, language) <= stems(f"{titles} {node.text[slice(*sentence)]}", language)


def under_others(question: str, nodes: Sequence[NodeWithScore]) -> dict[int, set[Span]]:
    """By number of a node that was read for `question`, the sentences that are about another thing than it names.

    Where a name or a figure of the question heads some of what was read, what stands under headings without it, and
    says it nowhere itself, is about the heading's thing: the filter of the K7 is not that of the K9. So is a sentence
    that says nothing more of what is asked than another of its document does, and whose headings lack a word of the
    question that the other's have: the leave of the deck crew is not that of engineers.
    """
    parts = [part for number, node in enumerate(nodes) for part in _parts(question, number, node)]
    heading = {name for part in parts for name in part.heads}
    found: dict[int, set[Span]] = {}
    for part in parts:
        aside = part.sentences if not heading <= part.names else [s for s in part.sentences if _outdone(part, s, parts)]
        if aside:
            found.setdefault(part.number, set()).update(aside)
    return found


class _Part(NamedTuple):
    """Sentences of a node that stand under the same headings, and what of a question they and those say.

    `heads` are the question's names in the headings, `names` those in headings, sentences and what the document is
    called; `titles` the question's stems in the headings, `said` by sentence those in the headings or the sentence.
    """

    number: int
    document: str
    path: str
    sentences: list[Span]
    heads: frozenset[str]
    names: frozenset[str]
    titles: set[str]
    said: dict[Span, set[str]]


def _parts(question: str, number: int, node: NodeWithScore) -> Iterator[_Part]:
    reading = reading_of(node, question)
    sentences = sorted(found.sentence for found in reading.spans) if reading else []
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    over = titles_over([start for start, _ in sentences], node.node, BETWEEN)
    by_path: dict[str, list[Span]] = {}
    for sentence, path in zip(sentences, over, strict=True):
        by_path.setdefault(path, []).append(sentence)
    asked, names = stems(question, language), names_in(question, language)
    document = node.node.ref_doc_id or ""
    for path, under in by_path.items():
        over_them = stems(path, language) if path else set()
        said = {sentence: over_them | stems(node.text[slice(*sentence)], language) for sentence in under}
        held = over_them.union(*said.values(), stems(f"{node.node.metadata.get(TITLE, '')} {document}", language))
        yield _Part(
            number, document, path, under, names & over_them, names & matched_words(names, held), asked & over_them,
            {sentence: asked & words for sentence, words in said.items()},
        )  # fmt: skip


def _outdone(part: _Part, sentence: Span, parts: Sequence[_Part]) -> bool:
    """Whether one under other headings of the document says all of the question that a sentence does, and is headed."""
    said = part.said[sentence]
    return bool(part.path) and any(
        other.titles - said and said < words
        for other in parts
        if other.document == part.document and not f"{other.path}{BETWEEN}".startswith(f"{part.path}{BETWEEN}")
        for words in other.said.values()
    )
