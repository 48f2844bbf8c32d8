"""Sentences that stand under the heading of something else than what a question names."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from llama_index.core.schema import NodeWithScore

from rag.answering.table_question import matched_words, names_in
from rag.metadata import LANGUAGE, TITLE
from rag.retrieval.passage import paths_over, titles_over
from rag.retrieval.reranker import reading_of
from rag.text.languages import ENGLISH
from rag.text.sentences import Span
from rag.text.words import content_words, stems

LEAST_ALIKE = 0.5
"""Share of the sentences of a part that have one like them in another that says the like of another thing."""
FEWEST_SHARED, MOST_DIFFER = 2, 0.5
"""Stems that two sentences share that are alike, and their share of those of the shorter one."""


def accounts_for(question: str, node: NodeWithScore, sentence: Span) -> bool:
    """Whether all that a question asks about stands in a sentence of a passage or over it."""
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    titles = titles_over(sentence[0], node.node)
    return stems(question, language) <= stems(f"{titles} {node.text[slice(*sentence)]}", language)


def under_others(question: str, nodes: Sequence[NodeWithScore]) -> dict[int, set[Span]]:
    """By number of a node that was read for `question`, the sentences that are about another thing than it names.

    Where a name or a figure of the question heads some of what was read, what stands under headings without it, and
    says it nowhere itself, is about the heading's thing: the filter of the K7 is not that of the K9. So is a sentence
    of a part that is like the one whose heading has a word of the question: the leave of the deck crew is not that of
    engineers, where something is said of both. And one that says nothing more of what is asked than another of its
    document does, and whose headings lack a word of the question that the other's have.
    """
    parts = [part for number, node in enumerate(nodes) for part in _parts(question, number, node)]
    heading = {name for part in parts for name in part.heads}
    found: dict[int, set[Span]] = {}
    for part in parts:
        aside = part.sentences
        if heading <= part.names:
            others = [other for other in parts if other.document == part.document and other.titles - part.titles]
            alike = [_are_alike(part, other, parts) for other in others]
            aside = [
                sentence
                for sentence in aside
                if any(
                    _goes_before(other, part, sentence, is_alike) for other, is_alike in zip(others, alike, strict=True)
                )
            ]
        if aside:
            found.setdefault(part.number, set()).update(aside)
    return found


class _Part(NamedTuple):
    """Sentences of a node that stand under the same headings, and what of a question they and those say.

    `heads` are the question's names in the headings, `names` those in headings, sentences and what the document is
    called; `titles` the question's stems in the headings, `asked` all of them, `said` by sentence its stems.
    """

    number: int
    document: str
    path: tuple[str, ...]
    sentences: list[Span]
    heads: frozenset[str]
    names: frozenset[str]
    titles: set[str]
    asked: set[str]
    said: dict[Span, set[str]]


def _parts(question: str, number: int, node: NodeWithScore) -> Iterator[_Part]:
    reading = reading_of(node, question)
    sentences = sorted(found.sentence for found in reading.spans) if reading else []
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    by_path: dict[tuple[str, ...], list[Span]] = {}
    paths = paths_over([start for start, _ in sentences], node.node)
    for sentence, headings in zip(sentences, paths, strict=True):
        by_path.setdefault(tuple(heading.title for heading in headings), []).append(sentence)
    asked, names = stems(question, language), names_in(question, language)
    document = node.node.ref_doc_id or ""
    called = stems(f"{node.node.metadata.get(TITLE, '')} {document}", language)
    for path, under in by_path.items():
        titles = stems(" ".join(path), language) if path else set()
        said = {sentence: stems(node.text[slice(*sentence)], language) for sentence in under}
        held = titles.union(*said.values(), called)
        heads, here = names & titles, names & matched_words(names, held)
        yield _Part(number, document, path, under, heads, here, asked & titles, asked, said)


def _goes_before(other: _Part, part: _Part, sentence: Span, is_alike: bool) -> bool:
    """Whether a part whose headings have a word of the question that those of `part` lack speaks against a sentence."""
    held = part.titles | (part.said[sentence] & part.asked)
    if not part.path or not other.titles - held or other.path[: len(part.path)] == part.path:
        return False
    return is_alike or any(held < other.titles | (words & other.asked) for words in other.said.values())


def _are_alike(one: _Part, other: _Part, parts: Sequence[_Part]) -> bool:
    """Whether `other` stands under the heading of a thing that a question names, and `one` under that of another.

    Told by the first headings that differ: all words of the other's, of two at least, are in the question; or they
    share a word, or a heading below them, or most of what is said.
    """
    level = next((level for level, (a, b) in enumerate(zip(one.path, other.path, strict=False)) if a != b), None)
    if level is None:
        return False
    # What heads a part about all of them has their word in another form.
    own, named = stems(one.path[level]), stems(other.path[level])
    if len(named) >= FEWEST_SHARED and named <= other.asked and not own & named:
        return True
    kinds = [
        _kind([part for part in parts if part.document == one.document and part.path[: level + 1] == path], level + 1)
        for path in (one.path[: level + 1], other.path[: level + 1])
    ]
    fewer, more = sorted((kind.said for kind in kinds), key=len)
    same = sum(any(_is_like(words, others) for others in more) for words in fewer)
    titles = [_words(part.path[level]) for part in (one, other)]
    return bool(titles[0] & titles[1] or kinds[0].below & kinds[1].below) or same >= LEAST_ALIKE * len(fewer)


class _Kind(NamedTuple):
    """What stands under a heading: the headings below it, by their words, and the stems of sentences, figures aside."""

    below: set[frozenset[str]]
    said: list[set[str]]


def _kind(parts: Sequence[_Part], depth: int) -> _Kind:
    below = {_words(part.path[depth]) for part in parts if len(part.path) > depth}
    return _Kind(below - {frozenset()}, [words - _figures(words) for part in parts for words in part.said.values()])


def _words(title: str) -> frozenset[str]:
    """The words of a title as they are written: "All crews" is none of the crane crew, the buoy crew, …"""
    words = set(content_words(title))
    return frozenset(words - _figures(words))


def _figures(words: set[str]) -> set[str]:
    return {word for word in words if any(map(str.isdigit, word))}


def _is_like(words: set[str], others: set[str]) -> bool:
    shared = len(words & others)
    return shared >= FEWEST_SHARED and shared >= MOST_DIFFER * min(len(words), len(others))
