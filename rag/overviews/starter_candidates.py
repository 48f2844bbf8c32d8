"""Questions that passages may answer: headings that are questions, and what sentences and tables say, asked for."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from llama_index.core.schema import TextNode

from rag.metadata import LANGUAGE, TITLE
from rag.overviews.sources import DocumentSentence, Sources, sentences_of
from rag.overviews.statement_questions import Statement, questions_from
from rag.overviews.table_questions import questions_of_table
from rag.retrieval.passage_tables import tables_in
from rag.text.emphasis import without_marks
from rag.text.languages import ENGLISH

SHORTEST, LONGEST = 12, 80
"""Characters of a question."""

FEWEST_WORDS = 4
"""Of a heading that asks something: "Why?" is answered by nothing but what stands below it."""

UNFIT = re.compile(r"[*_`#|\[\]<>{}\\~^\n\t]|https?:|\.\.|\s\s| [,.;:?!]|�")
"""What is left of markup or of a faulty text."""


class Candidate(NamedTuple):
    """A question, its kind, the place that it was made from, and what its short answer has all words of."""

    text: str
    kind: str
    document: str
    start: int
    end: int
    expected: str = ""


def candidates(nodes: Sequence[TextNode], sources: Sources, among_few: bool) -> Iterator[Candidate]:
    """The questions made from passages that read well; those in other languages than English have their headings."""
    for node in nodes:
        sentences = sentences_of([node])
        found = list(_from_headings(sentences))
        if is_english(node):
            found += [*_from_sentences(sentences, str(node.metadata.get(TITLE, "")), among_few), *_from_tables(node)]
        yield from (candidate for candidate in found if _reads_well(candidate.text))


def is_english(node: TextNode) -> bool:
    """Whether a passage is in English, the language that questions are made in."""
    return str(node.metadata.get(LANGUAGE, ENGLISH)) == ENGLISH


def _from_headings(sentences: Sequence[DocumentSentence]) -> Iterator[Candidate]:
    """Headings that are questions, to be answered by what stands below."""
    below: dict[str, list[DocumentSentence]] = defaultdict(list)
    for sentence in sentences:
        if sentence.path and sentence.path[-1].endswith("?"):
            below[sentence.path[-1]].append(sentence)
    for title, said in below.items():
        if len(title.split()) >= FEWEST_WORDS:
            document = said[0].node.ref_doc_id or ""
            yield Candidate(_read(title), "heading", document, said[0].start, said[-1].start + len(said[-1].text))


def _from_sentences(sentences: Sequence[DocumentSentence], title: str, among_few: bool) -> Iterator[Candidate]:
    for sentence, following in zip_longest(sentences, sentences[1:]):
        if sentence.is_row:
            continue
        titles = "\n".join((title, *sentence.path))
        next_text = following.text if following else ""
        said = Statement(_read(sentence.text), next_text, sentence.node.text, titles, among_few)
        for text, kind, expected in questions_from(said):
            end = sentence.start + len(sentence.text)
            yield Candidate(text, kind, sentence.node.ref_doc_id or "", sentence.start, end, expected)


def _from_tables(node: TextNode) -> Iterator[Candidate]:
    offset = node.start_char_idx or 0
    for _, table in tables_in(node):
        for text, (start, end), cell in questions_of_table(table, node.text):
            yield Candidate(text, "table", node.ref_doc_id or "", offset + start, offset + end, cell)


def _read(text: str) -> str:
    return without_marks(" ".join(text.split()))


def _reads_well(question: str) -> bool:
    return SHORTEST <= len(question) <= LONGEST and question[0].isupper() and not UNFIT.search(question)
