"""Questions to begin with, made from what documents say and asked before they are shown, so that each is answered."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Protocol
from zlib import crc32

import numpy as np
from llama_index.core.schema import TextNode

from rag.answer import Answer
from rag.errors import QuestionError
from rag.overviews.sources import DocumentSentence, Sources, sentences_of
from rag.overviews.starter_candidates import UNFIT, Candidate, candidates, is_english
from rag.overviews.statement_questions import ABBREVIATION
from rag.store.document_info import DocumentInfo
from rag.store.index_contents import IndexContents
from rag.store.index_store import IndexStore
from rag.text.words import is_function_word, words_of

MOST_ASKED = 25
"""Questions that are asked at most, about a tenth of a second each."""

MOST_LOOKED_AT = 400
"""Passages that questions are made from, spread evenly over all there are."""

SURE = 0.7
"""Confidence from which on an answer is one to begin with; lower ones were right too, but do not look so."""

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
_LIST = "List all {items}"

_NAME = re.compile(
    r"\b(?P<before>[a-z]+),? (?P<name>[A-Z][a-z’'-]+(?: [A-Z][a-z’'-]+){1,3})\b"
    r"(?! [A-Z&\d]| (?:of|for|and|de)\b|[-’'\d])"
)
"""All of a name of several words, in the midst of a sentence."""

_ITEMS = re.compile(r"[A-Z][a-z]+(?: [a-z]+)?s")
"""A heading of things, such as Action items."""


class Engine(Protocol):
    """What is asked: rag.engine.CitedQueryEngine."""

    store: IndexStore

    def in_quotes(self) -> "Engine":
        """An engine that asks no language model."""

    def ask(self, question: str) -> Answer:
        """The answer to a question. Raises QuestionError."""


def starter_questions(engine: Engine, count: int = 3) -> Iterator[str]:
    """Up to `count` questions that the documents of an index answer, each as soon as it is found, the same each time.

    They are of several kinds and documents where there are. No language model is asked. What sentences, tables and
    headings give too few of is asked of whole documents.
    """
    engine, sources = engine.in_quotes(), Sources(engine.store)
    documents, nodes = sources.contents.documents(), _some_passages(sources.contents)
    taken: list[Candidate] = []
    made = list(candidates(nodes, sources, len(documents) <= FEW_DOCUMENTS))
    yield from (candidate.text for candidate in islice(_answered(engine, made, taken), count))
    english = sentences_of([node for node in nodes if is_english(node)])
    text = "\n".join(node.text for node in nodes)
    asking = chain(_for_list(english), _for_name(english, text), _for_summaries(documents, taken))
    of_whole = islice(asking, MOST_ASKED)
    answered = (question for question in of_whole if _is_answered_of_whole(_answer(engine, question)))
    yield from islice(answered, count - len(taken))


def _some_passages(contents: IndexContents) -> list[TextNode]:
    rows = contents.rows()
    places = np.linspace(0, len(rows), min(len(rows), MOST_LOOKED_AT), endpoint=False)
    return list(contents.nodes(rows[places.astype(np.int64)].tolist(), with_also=False).values())


def _answered(engine: Engine, pending: list[Candidate], taken: list[Candidate]) -> Iterator[Candidate]:
    """The candidates that are answered, put into `taken`: first those of documents and kinds that are not in there."""
    # Evenly spread over the documents, and the same each time; what letters stand for is always there to be asked.
    pending.sort(key=lambda candidate: (candidate.kind == ABBREVIATION, crc32(candidate.text.encode())))
    for _ in range(MOST_ASKED):
        documents, kinds = {candidate.document for candidate in taken}, Counter(candidate.kind for candidate in taken)
        pending = [candidate for candidate in pending if kinds[candidate.kind] < MOST_OF_KIND]
        if not pending:
            return
        question = min(pending, key=lambda c: (c.document in documents, kinds[c.kind])).text
        answer = _answer(engine, question)
        # Several places may have the same to say.
        made = [candidate for candidate in pending if candidate.text == question]
        pending = [candidate for candidate in pending if candidate.text != question]
        if found := next((candidate for candidate in made if answer and _is_from(answer, candidate)), None):
            taken.append(found)
            yield found


def _answer(engine: Engine, question: str) -> Answer | None:
    try:
        return engine.ask(question)
    except QuestionError:
        # Such as an English one about documents in another script.
        return None


def _is_from(answer: Answer, candidate: Candidate) -> bool:
    """Whether what a question was made from is what answers it, surely and undisputed."""
    if answer.refused or answer.kind != "answer" or answer.notes or answer.agreement == "differ":
        return False
    said, wanted = (
        {word.casefold() for word in words_of(text) if not is_function_word(word)}
        for text in (answer.short_answer or "", candidate.expected)
    )
    best = next((sentence for sentence in answer.sentences if sentence.short), answer.sentences[0])
    is_there = any(
        candidate.document in (cited.document, *cited.also)
        and cited.start < candidate.end
        and candidate.start < cited.end
        for cited in answer.citations
        if cited.number in best.citations
    )
    is_brief = len(said) < max(2 * len(wanted), MOST_WORDS + 1)
    # Another place may say the very same.
    is_same = said == wanted and len(wanted) > 1
    return answer.confidence >= SURE and (is_same or (is_there and (not wanted or (wanted <= said and is_brief))))


def _is_answered_of_whole(answer: Answer | None) -> bool:
    return answer is not None and answer.is_of_whole and not answer.refused


def _for_list(sentences: Sequence[DocumentSentence]) -> Iterator[str]:
    """Asks for the items below a heading that several documents have."""
    having: dict[str, set[str]] = defaultdict(set)
    for sentence in sentences:
        if sentence.is_item and sentence.path and _ITEMS.fullmatch(sentence.path[-1]):
            having[sentence.path[-1].lower()].add(sentence.node.ref_doc_id or "")
    shared = (items for items, documents in having.items() if len(documents) > 1)
    return (_LIST.format(items=items) for items in islice(shared, 1))


def _for_name(sentences: Sequence[DocumentSentence], text: str) -> Iterator[str]:
    """Asks for the documents in which a name stands that a few of them have."""
    having: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for sentence in sentences:
        for found in () if sentence.is_row else _NAME.finditer(sentence.text):
            having[found["name"]].add(sentence.node.ref_doc_id or "")
            before[found["name"]].add(found["before"] if found["before"] in ("the", "and") else "")
    few = [name for name, documents in having.items() if 1 < len(documents) <= MOST_MENTIONING]
    # With an article now and then, or an "and", it is part of a longer name; written small too it is none.
    whole = [name for name in few if before[name] in ({""}, {"the"}) and name.lower() not in text]
    best = sorted(whole, key=lambda name: (-len(having[name]), name))[:1]
    return (_WHICH.format(name=" ".join([*filter(None, before[name]), name])) for name in best)


def _for_summaries(documents: Sequence[DocumentInfo], taken: Sequence[Candidate]) -> Iterator[str]:
    """Asks for summaries of documents, by their titles or else the names of their files; the longest first.

    Those without a title come last, and those that a question is about.
    """
    asked = {candidate.document for candidate in taken}
    called = [(info, _called(info)) for info in documents if not info.same_as]
    called.sort(key=lambda pair: (pair[0].id in asked, pair[1] != pair[0].title, -pair[0].characters, pair[0].id))
    titles = dict.fromkeys(title for _, title in called if len(title) <= LONGEST_TITLE)
    return (_SUMMARISE.format(title=title) for title in titles)


def _called(info: DocumentInfo) -> str:
    file_name = info.id.rpartition("/")[2]
    is_title = info.title != file_name.rpartition(".")[0] and len(info.title) <= LONGEST_TITLE
    return info.title if is_title and not UNFIT.search(info.title) else file_name
