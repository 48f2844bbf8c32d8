"""HTML of a conversation: questions, answers with their citations and marks, and how each answer came about."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from rag.answer import Answer, Citation, Passage, Sentence, Verdict, notes_of
from rag.terminal import usage_text
from ui.chat.conversations import Conversation
from ui.chat.export_markdown import answer_markdown
from ui.common.said import capital, translated
from ui.common.templates import rendered
from ui.common.texts import text
from ui.viewer.places import place_words

_SUPPORT_MARKS: dict[Verdict, str] = {
    "quoted": "“”",
    "supported": "✓",
    "calculated": "Σ",
    "indexed": "i",
    "partial": "◐",
    "unsupported": "✗",
}
"""From the surest to what the documents do not say."""

_DOUBTFUL = ("partial", "unsupported")
_SURE, _FAIRLY_SURE = 0.75, 0.5
_ITEM = re.compile(r"\s*(?:[-*•]|\d{1,3}[.)])\s")
_STAGES = ("load", "retrieve", "read", "answer", "total")
_QUOTE_SHOWN = 400
"""Characters of a quote that hovering shows."""


@dataclass(frozen=True, slots=True)
class AnswerSupport:
    """How the sentences of an answer are supported: as the worst of them, and in words."""

    worst: Verdict
    said: str


def turns_html(conversation: Conversation, first: int, end: int) -> Markup:
    """The turns of a conversation from the one at `first` to the one before `end`, oldest first."""
    turns = conversation.turns
    return rendered(
        "chat/turns.html.j2",
        conversation=conversation.id,
        index=conversation.index,
        turns=turns[first:end],
        last=turns[-1].number if turns else 0,
        is_doubtful=lambda verdict: verdict in _DOUBTFUL,
        support_marks=_SUPPORT_MARKS,
        support_of=_support_of,
        sureness_of=_sureness_of,
        paragraphs_of=_paragraphs_of,
        citations_of=_citations_of,
        quote_of=_quote_of,
        place_words=place_words,
        notes_of=notes_of,
        translated=translated,
        capital=capital,
        markdown_of=answer_markdown,
        cells_of=_cells_of,
        times_of=_times_of,
        usage_of=lambda reply: usage_text(reply).removeprefix(", "),
    )


def welcome_html(index: str, is_empty: bool, examples: Sequence[str]) -> Markup:
    """What a conversation shows in which nothing was asked: what this is, and questions to begin with."""
    return rendered("chat/welcome.html.j2", index=index, is_empty=is_empty, examples=examples)


def _paragraphs_of(reply: Answer) -> Iterator[tuple[bool, list[Sentence]]]:
    """The sentences that stand in a paragraph together, and whether it is an item of a list.

    Items have one each. Quotes flow on as long as they are of one document.
    """
    documents = {citation.number: citation.document for citation in reply.citations}
    paragraph: list[Sentence] = []
    for sentence in reply.sentences:
        is_item = reply.between == "\n" or _ITEM.match(sentence.text) is not None
        follows = not is_item and (
            reply.model is not None
            or (paragraph and _document(paragraph[-1], documents) == _document(sentence, documents))
        )
        if paragraph and not follows:
            yield _is_item(reply, paragraph[0]), paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield _is_item(reply, paragraph[0]), paragraph


def _is_item(reply: Answer, first: Sentence) -> bool:
    """Whether a paragraph is an item of a list; what ends with a colon says what the list is of."""
    return (reply.kind == "list" and not first.text.endswith(":")) or _ITEM.match(first.text) is not None


def _document(sentence: Sentence, documents: dict[int, str]) -> str | None:
    return documents.get(sentence.citations[0]) if sentence.citations else None


def _support_of(reply: Answer) -> AnswerSupport:
    """One word for all that is said of support; how many sentences are doubtful, where some are."""
    verdicts = [sentence.support for sentence in reply.sentences]
    worst = max(verdicts, key=list(_SUPPORT_MARKS).index)
    doubtful = sum(verdict in _DOUBTFUL for verdict in verdicts)
    if doubtful:
        return AnswerSupport(worst, text("chat.support_some", count=doubtful, all=len(verdicts)))
    if worst == "quoted" and not all(_is_verbatim(sentence, reply) for sentence in reply.sentences):
        return AnswerSupport(worst, text("chat.all_from_cells"))
    return AnswerSupport(worst, text(f"chat.all_{worst}"))


def _is_verbatim(sentence: Sentence, reply: Answer) -> bool:
    """Whether one of its citations holds a sentence as it stands; what is made of cells or a title's words is not."""
    said = " ".join(sentence.text.split())
    return any(said in " ".join(citation.quote.split()) for _, citation in _citations_of(sentence, reply))


def _sureness_of(reply: Answer) -> str:
    """The confidence of an answer as the name of a word."""
    return "yes" if reply.confidence >= _SURE else "fairly" if reply.confidence >= _FAIRLY_SURE else "no"


def _citations_of(sentence: Sentence, reply: Answer) -> list[tuple[int, Citation]]:
    """The citations of a sentence, each with its place among those of the answer."""
    by_number = {citation.number: (place, citation) for place, citation in enumerate(reply.citations)}
    return [by_number[number] for number in sentence.citations]


def _quote_of(citation: Citation) -> str:
    return citation.quote if len(citation.quote) <= _QUOTE_SHOWN else f"{citation.quote[:_QUOTE_SHOWN]} …"


def _cells_of(passage: Passage, cited: Sequence[Citation]) -> list[str]:
    """What the search and the reader made of a passage, and whether it is cited."""
    used = any(c.document == passage.document and c.start < passage.end and passage.start < c.end for c in cited)
    return [
        str(passage.dense_rank or "–"),
        str(passage.lexical_rank or "–"),
        f"{passage.score:.2f}",
        text("chat.not_read") if passage.reader_score is None else f"{passage.reader_score:.2f}",
        text("chat.used") if used else "",
    ]


def _times_of(reply: Answer) -> str:
    """What the stages took, those that took any time."""
    return " · ".join(
        text(f"chat.stage_{stage}", seconds=f"{getattr(reply.seconds, stage):.2f}")
        for stage in _STAGES
        if stage == "total" or getattr(reply.seconds, stage) >= 0.005
    )
