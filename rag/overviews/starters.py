"""Questions to begin with, made from what documents say and asked before they are shown: each is answered."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice, zip_longest
from typing import NamedTuple, Protocol
from zlib import crc32

import numpy as np
from llama_index.core.schema import TextNode

from rag.answer import Answer
from rag.metadata import LANGUAGE, TITLE
from rag.overviews.sources import DocumentSentence, Sources
from rag.overviews.statement_questions import ABBREVIATION, Statement, questions_from
from rag.overviews.table_questions import questions_of_table
from rag.retrieval.passage_tables import tables_in
from rag.store.corpus import DocumentInfo
from rag.store.snapshot import Contents
from rag.store.vector_store import FaissStore
from rag.text.emphasis import without_marks
from rag.text.languages import ENGLISH
from rag.text.words import is_function_word, words_of

MOST_ASKED = 25
"""Questions that are asked at most, about a tenth of a second each."""

MOST_LOOKED_AT = 400
"""Passages that questions are made from, spread evenly over all there are."""

SHORTEST, LONGEST = 12, 80
"""Characters of a question."""

SURE = 0.7
"""Confidence from which on an answer is one to begin with."""

MOST_WORDS = 5
"""Of a short answer, or less than twice those that are expected: more are a sentence that was not understood."""

MOST_OF_KIND = 2
"""Questions of a kind."""

FEW_DOCUMENTS = 25
"""Of which a person knows what each is about."""

MOST_MENTIONING = 5
"""Documents with a name that it is asked for which they are."""

LONGEST_TITLE = 50
_SUMMARISE = "Summarise “{title}”"
_WHICH = "Which documents mention {name}?"

_UNFIT = re.compile(r"[*_`#|\[\]<>{}\\~^\n\t]|https?:|\.\.|\s\s| [,.;:?!]|�")
_NAME = re.compile(r"\b(?P<before>[a-z]+),? (?P<name>[A-Z][a-z’'-]+(?: [A-Z][a-z’'-]+){1,3})\b(?! [A-Z&\d]| (?:of|for|and|de)\b|[-’'\d])")


class Engine(Protocol):
    """What questions are asked of: rag.engine.CitedQueryEngine."""

    store: FaissStore

    def in_quotes(self) -> "Engine":
        """An engine that asks no language model."""

    def ask(self, question: str) -> Answer:
        """The answer to a question."""


class Candidate(NamedTuple):
    """A question, its kind, the place that it was made from, and what its short answer has a word of."""

    text: str
    kind: str
    document: str
    start: int
    end: int
    expected: str = ""


def starter_questions(engine: Engine, count: int = 3) -> Iterator[str]:
    """Up to `count` questions that the documents of an index answer, each when it is found: of several kinds and documents.

    No language model is asked. Where sentences make too few, what is left is asked of whole documents.
    """
    contents, engine = engine.store.contents, engine.in_quotes()
    documents = contents.documents()
    nodes = _some_passages(contents)
    sources = Sources(engine.store)
    made = _candidates(nodes, sources, len(documents) <= FEW_DOCUMENTS)
    pending = sorted(made, key=lambda c: (c.kind == ABBREVIATION, crc32(c.text.encode())))
    taken: list[Candidate] = []
    for _ in range(MOST_ASKED):
        if not pending or len(taken) == count:
            break
        question = min(pending, key=lambda c: _used(c, taken)).text
        answer = engine.ask(question)
        if made_from := next((c for c in pending if c.text == question and _answers(answer, c)), None):
            taken.append(made_from)
            yield question
        kinds = Counter(c.kind for c in taken)
        pending = [c for c in pending if c.text != question and kinds[c.kind] < MOST_OF_KIND]
    of_whole = [*_names_mentioned(nodes, sources), *_titles(documents, taken)]
    left = count - len(taken)
    for question in of_whole[: 2 * count]:
        if not left:
            return
        answer = engine.ask(question)
        if answer.is_of_whole and not answer.refused:
            left -= 1
            yield question


def _some_passages(contents: Contents) -> list[TextNode]:
    rows = np.concatenate(
        [np.empty(0, np.int64), *(s.info.first_passage + np.flatnonzero(s.alive()) for s in contents.segments)]
    )
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), MOST_LOOKED_AT)).astype(int)] if len(rows) else rows
    return list(contents.nodes(some.tolist(), with_also=False).values())


def _candidates(nodes: Sequence[TextNode], sources: Sources, among_few: bool) -> Iterator[Candidate]:
    for node in nodes:
        sentences, document, offset = sources.sentences_of([node]), node.ref_doc_id or "", node.start_char_idx or 0
        yield from _headings(sentences, document)
        if node.metadata.get(LANGUAGE, ENGLISH) != ENGLISH:
            continue
        for sentence, following in zip_longest(sentences, sentences[1:]):
            if not sentence.is_row:
                titles = "\n".join((str(node.metadata.get(TITLE, "")), *sentence.path))
                said = Statement(
                    _read(sentence.text), following.text if following else "", node.text, titles, among_few
                )
                for made in questions_from(said):
                    if _reads_well(made.text):
                        yield Candidate(
                            made.text,
                            made.kind,
                            document,
                            sentence.start,
                            offset + sentence.span[1],
                            made.expected,
                        )
        for found in tables_in(node):
            for text, row, expected in questions_of_table(found.table, node.text):
                if _reads_well(text):
                    yield Candidate(text, "table", document, offset + row[0], offset + row[1], expected)


def _headings(sentences: Sequence[DocumentSentence], document: str) -> Iterator[Candidate]:
    """Headings that are questions, answered by what stands below."""
    below: dict[str, list[DocumentSentence]] = defaultdict(list)
    for sentence in sentences:
        if sentence.path and sentence.path[-1].endswith("?"):
            below[sentence.path[-1]].append(sentence)
    for title, said in below.items():
        question = _read(title)
        if _reads_well(question) and len(question.split()) > 3:
            yield Candidate(question, "heading", document, said[0].start, said[-1].start + len(said[-1].text))


def _read(text: str) -> str:
    return without_marks(" ".join(text.split()))


def _reads_well(question: str) -> bool:
    return SHORTEST <= len(question) <= LONGEST and question[0].isupper() and not _UNFIT.search(question)


def _used(candidate: Candidate, taken: Sequence[Candidate]) -> tuple[bool, bool]:
    return candidate.document in {c.document for c in taken}, candidate.kind in {c.kind for c in taken}


def _answers(answer: Answer, candidate: Candidate) -> bool:
    """Whether the first thing that answers is what the question was made from."""
    if answer.refused or answer.kind != "answer" or answer.notes or answer.agreement == "differ":
        return False
    best = next((s for s in answer.sentences if s.short), answer.sentences[0])
    cited = [c for c in answer.citations if c.number in best.citations]
    is_there = any(
        candidate.document in (c.document, *c.also) and c.start < candidate.end and candidate.start < c.end
        for c in cited
    )
    return is_there and answer.confidence >= SURE and _says(answer.short_answer or "", candidate.expected)


def _says(short: str, expected: str) -> bool:
    """Whether a short answer has all words of what is expected, and few others."""
    said, wanted = (
        [word.casefold() for word in words_of(text) if not is_function_word(word)] for text in (short, expected)
    )
    return not wanted or (set(wanted) <= set(said) and len(said) < max(2 * len(wanted), MOST_WORDS + 1))


def _names_mentioned(nodes: Sequence[TextNode], sources: Sources) -> list[str]:
    """Asks for the documents in which a name stands that a few of them have."""
    holding: dict[str, set[str]] = defaultdict(set)
    articles: dict[str, set[str]] = defaultdict(set)
    for sentence in sources.sentences_of([node for node in nodes if node.metadata.get(LANGUAGE, ENGLISH) == ENGLISH]):
        for found in () if sentence.is_row else _NAME.finditer(sentence.text):
            holding[found["name"]].add(sentence.node.ref_doc_id or "")
            articles[found["name"]].add("the " if found["before"] == "the" else "")
    # One that has an article now and then is part of a longer name.
    few = [name for name, documents in holding.items() if 1 < len(documents) <= MOST_MENTIONING]
    few = sorted((name for name in few if len(articles[name]) == 1), key=lambda name: (-len(holding[name]), name))
    # What is also written without capitals is no name.
    text = "\n".join(node.text for node in nodes)
    found = (name for name in few if name.lower() not in text)
    return [_WHICH.format(name="".join(articles[name]) + name) for name in islice(found, 1)]


def _titles(documents: Sequence[DocumentInfo], taken: Sequence[Candidate]) -> Iterator[str]:
    """Asks for summaries of documents, by their titles or else the names of their files; the longest first.

    Those without a title come last, and those that a question is about.
    """
    asked = {candidate.document for candidate in taken}
    called = [(info, _called(info)) for info in documents]
    called.sort(key=lambda pair: (pair[0].id in asked, pair[1] != pair[0].title, -pair[0].characters, pair[0].id))
    return (_SUMMARISE.format(title=title) for _, title in called if len(title) <= LONGEST_TITLE)


def _called(info: DocumentInfo) -> str:
    file_name = info.id.rpartition("/")[2]
    is_title = info.title != file_name.rpartition(".")[0] and len(info.title) <= LONGEST_TITLE
    return info.title if is_title and not _UNFIT.search(info.title) else file_name
