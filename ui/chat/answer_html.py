"""HTML of a conversation: questions, answers with their citations and marks, and how each answer came about."""

from collections.abc import Sequence

from markupsafe import Markup

from rag import DEFAULT_INDEX
from rag.answer import Answer, Citation, Passage, Sentence, notes_of
from rag.terminal import usage_text
from ui.chat.export_markdown import answer_markdown
from ui.chat.history import Kept
from ui.common.templates import rendered
from ui.common.texts import text
from ui.viewer.places import place_words

_SUPPORT_MARKS = {
    "quoted": "“”",
    "calculated": "Σ",
    "indexed": "ⓘ",
    "supported": "✓",
    "partial": "◐",
    "unsupported": "✗",
}
# Questions of documents in English, in whatever language the window is.
_SEEDS_EXAMPLES = (
    "Who led the Russian delegation?",
    "What is the task of the Constitutional Committee?",
    "Why is Lebanon affected by the conflict?",
)
_STAGES = ("load", "retrieve", "read", "answer", "total")
_QUOTE_SHOWN = 400
"""Characters of a quote that hovering shows."""


def toolbar_html() -> Markup:
    """What can be done with the whole conversation."""
    return rendered("chat/toolbar.html.j2")


def conversation_html(turns: Sequence[Kept], index: str) -> Markup:
    """The conversation so far, oldest first; a welcome where there is none."""
    if not turns:
        examples = _SEEDS_EXAMPLES if index == DEFAULT_INDEX else ()
        return rendered("chat/welcome.html.j2", index=index, examples=examples)
    return rendered(
        "chat/conversation.html.j2",
        turns=turns,
        support_marks=_SUPPORT_MARKS,
        citations_of=_citations_of,
        quote_of=_quote_of,
        place_words=place_words,
        notes_of=notes_of,
        markdown_of=answer_markdown,
        cells_of=_cells_of,
        times_of=_times_of,
        usage_of=lambda reply: usage_text(reply).removeprefix(", "),
    )


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
