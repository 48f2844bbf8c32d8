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
FEWEST_SHARED, LEAST_SHARED = 2, 0.5
"""Stems that two sentences share that are alike, and their share of those of the shorter one."""

_Place = tuple[str, tuple[str, ...]]
"""A document, and a heading of it with those above."""


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
    kinds = _Kinds(parts)
    found: dict[int, set[Span]] = {}
    for part in parts:
        aside = part.sentences
        if heading <= part.names:
            others = [other for other in parts if _may_go_before(other, part)]
            aside = [one for one in aside if any(_goes_before(other, part, one, kinds) for other in others)]
        if aside:
            found.setdefault(part.number, set()).update(aside)
    return found


class _Part(NamedTuple):
    """Sentences of a node that stand under the same headings, and what of a question they and those say.

    `titles` are the stems of each heading on the `path`, `said` those of each sentence; `heads` the question's names in
    the headings, `names` those in headings, sentences and what the document is called; `headed` the stems of the
    question, `asked`, in the headings.
    """

    number: int
    document: str
    path: tuple[str, ...]
    titles: list[set[str]]
    said: dict[Span, set[str]]
    heads: frozenset[str]
    names: frozenset[str]
    headed: set[str]
    asked: set[str]

    @property
    def sentences(self) -> list[Span]:
        """In the order of the node's text."""
        return list(self.said)


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
        titles = [stems(title, language) for title in path]
        over: set[str] = set().union(*titles)
        said = {sentence: stems(node.text[slice(*sentence)], language) for sentence in under}
        here = names & matched_words(names, over.union(*said.values(), called))
        yield _Part(number, document, path, titles, said, names & over, here, asked & over, asked)


def _may_go_before(other: _Part, part: _Part) -> bool:
    """Whether headings of the same document, beside those of `part`, have a word of the question that these lack."""
    is_beside = bool(part.path) and other.path[: len(part.path)] != part.path
    return is_beside and other.document == part.document and bool(other.headed - part.headed)


def _goes_before(other: _Part, part: _Part, sentence: Span, kinds: "_Kinds") -> bool:
    """Whether a part that may go before a sentence of another does."""
    held = part.headed | (part.said[sentence] & part.asked)
    if not other.headed - held:
        return False
    says_more = any(held < other.headed | (words & other.asked) for words in other.said.values())
    return says_more or kinds.is_of_another(part, other)


class _Kinds:
    """Which of the parts that were read stand under headings of two things of one kind."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self._under: dict[_Place, list[_Part]] = {}
        for part in parts:
            for depth in range(1, len(part.path) + 1):
                self._under.setdefault((part.document, part.path[:depth]), []).append(part)
        self._are_alike: dict[tuple[_Place, _Place], bool] = {}

    def is_of_another(self, one: _Part, other: _Part) -> bool:
        """Whether `other` stands under the heading of a thing that a question names, and `one` under that of another.

        Told by the first headings that differ: all words of the other's, of two at least, are in the question; or they
        share a word, or a heading below them, or most of what is said.
        """
        level = next((level for level, (a, b) in enumerate(zip(one.path, other.path, strict=False)) if a != b), None)
        if level is None:
            return False
        # What heads a part about all of them has their word in another form.
        own, named = one.titles[level], other.titles[level]
        if len(named) >= FEWEST_SHARED and named <= other.asked and not own & named:
            return True
        places = ((one.document, one.path[: level + 1]), (other.document, other.path[: level + 1]))
        if places not in self._are_alike:
            self._are_alike[places] = self._share(*places)
        return self._are_alike[places]

    def _share(self, one: _Place, other: _Place) -> bool:
        """Whether two headings share a word as it is written, or a heading below them, or most of what is said."""
        if _words(one[1][-1]) & _words(other[1][-1]):
            return True
        (below, said), (others_below, others_said) = (self._what_is(place) for place in (one, other))
        fewer, more = sorted((said, others_said), key=len)
        return bool(below & others_below) or (
            sum(any(_is_like(words, others) for others in more) for words in fewer) >= LEAST_ALIKE * len(fewer)
        )

    def _what_is(self, place: _Place) -> tuple[set[frozenset[str]], list[set[str]]]:
        """Under a heading: the headings below it, by their words; the stems of the sentences, figures aside."""
        depth, parts = len(place[1]), self._under[place]
        below = {_words(part.path[depth]) for part in parts if len(part.path) > depth}
        return below - {frozenset()}, [words - _figures(words) for part in parts for words in part.said.values()]


def _words(title: str) -> frozenset[str]:
    """The words of a title as they are written: "All crews" is none of the crane crew, the buoy crew, …"""
    words = set(content_words(title))
    return frozenset(words - _figures(words))


def _figures(words: set[str]) -> set[str]:
    return {word for word in words if any(map(str.isdigit, word))}


def _is_like(words: set[str], others: set[str]) -> bool:
    shared = len(words & others)
    return shared >= FEWEST_SHARED and shared >= LEAST_SHARED * min(len(words), len(others))
