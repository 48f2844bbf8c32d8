"""Answers and conversations as Markdown, for taking them elsewhere."""

import re
from collections.abc import Sequence

from rag.answer import Answer, notes_of
from rag.terminal import place_text
from ui.chat.kept import KeptTurn
from ui.common.texts import text

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


def answer_markdown(answer: Answer) -> str:
    """An answer with its footnotes: each citation's place and quote, word for word."""
    if answer.refused:
        return f"{answer.answer} {answer.reason or ''}".strip()
    if answer.is_courtesy:
        return _plain(answer.answer)
    said = ("\n\n" if answer.between == "\n" else " ").join(
        f"{_plain(sentence.text)}{''.join(f'[^{number}]' for number in sentence.citations)}"
        + ("" if sentence.support in ("quoted", "supported") else f" *({text(f'chat.support_{sentence.support}')})*")
        for sentence in answer.sentences
    )
    notes = [f"*{_plain(note)}*" for note in notes_of(answer)]
    footnotes = [
        f"[^{citation.number}]: {_plain(citation.title)}, {_plain(place_text(citation))}: “{_plain(citation.quote)}”"
        for citation in answer.citations
    ]
    return "\n\n".join([said, *notes, "\n".join(footnotes)])


def conversation_markdown(title: str, turns: Sequence[KeptTurn]) -> str:
    """A conversation: a heading, and each question with its answer; footnotes are numbered through."""
    parts = [f"# {_plain(title)}"]
    shift = 0
    for kept in turns:
        parts.append(f"## {_plain(kept.question)}")
        if isinstance(kept.reply, Answer):
            parts.append(_shifted(answer_markdown(kept.reply), shift))
            shift += len(kept.reply.citations)
        else:
            parts.append(_plain(kept.reply or text("chat.unfinished")))
    return "\n\n".join(parts) + "\n"


def _shifted(written: str, shift: int) -> str:
    """Footnotes numbered on from those before; what a document says is escaped, so that it holds none."""
    return re.sub(r"\[\^(\d+)\]", lambda mark: f"[^{int(mark[1]) + shift}]", written)


def _plain(said: str) -> str:
    """Text on one line, none of it taken for Markdown."""
    return _MARKUP.sub(r"\\\1", " ".join(said.split()))
