"""HTML of a conversation: questions, answers with their citations and marks, and how each answer came about."""

from collections.abc import Sequence

from rag import DEFAULT_INDEX
from rag.answer import Answer, Citation, Passage, Sentence, notes_of
from rag.terminal import usage_text
from ui.chat.export_markdown import answer_markdown
from ui.chat.history import Kept
from ui.common.escape import inert
from ui.common.texts import text
from ui.viewer.places import place_words

_SUPPORT_MARKS = {"quoted": "“”", "supported": "✓", "partial": "◐", "unsupported": "✗"}
_STAGES = ("load", "retrieve", "read", "answer", "total")
_QUOTE_SHOWN = 400
"""Characters of a quote that hovering shows."""


def toolbar_html() -> str:
    """What can be done with the whole conversation."""
    return (
        f'<div class="tools toolbar"><button type="button" class="tool" data-act="chat:download">'
        f'{inert(text("chat.export"))}</button><button type="button" class="tool" data-act="chat:clear"'
        f' data-confirm="{inert(text("chat.clear_ask"))}">{inert(text("chat.clear"))}</button></div>'
    )


def conversation_html(turns: Sequence[Kept], index: str) -> str:
    """The conversation so far, oldest first; a welcome where there is none."""
    if not turns:
        return _welcome_html(index)
    last = len(turns) - 1
    return "".join(_turn_html(number, kept, number == last) for number, kept in enumerate(turns))


def _welcome_html(index: str) -> str:
    examples = text("chat.seeds_examples").splitlines() if index == DEFAULT_INDEX else []
    buttons = "".join(
        f'<button type="button" class="tool" data-act="chat:example_select" data-question="{inert(question)}">'
        f"{inert(question)}</button>"
        for question in examples
    )
    welcome = inert(text("chat.welcome", index=index))
    return f'<div class="welcome"><p>{welcome}</p><div class="examples">{buttons}</div></div>'


def _turn_html(number: int, kept: Kept, is_last: bool) -> str:
    edit = _tool("edit", number, text("chat.edit"), text("chat.edit_label", question=kept.question))
    return (
        f'<div class="turn" data-number="{kept.number}"><div class="question"><p>{inert(kept.question)}</p>'
        f'<div class="tools">{edit}</div></div>{_reply_html(number, kept, is_last)}</div>'
    )


def _reply_html(number: int, kept: Kept, is_last: bool) -> str:
    reply = kept.reply
    if reply is None:
        return f'<div class="reply" aria-busy="true"><p class="reason">{inert(text("chat.searching"))}</p></div>'
    if isinstance(reply, str):
        retry = _tool("retry", number, text("chat.regenerate")) if is_last else ""
        return f'<div class="reply"><p role="alert">{inert(reply)}</p><div class="tools">{retry}</div></div>'
    if reply.is_draft:
        return (
            f'<div class="reply draft" aria-busy="true"><p>{inert(reply.answer)}</p>'
            f'<p class="reason">{inert(text("chat.draft"))}</p></div>'
        )
    said = _refusal_html(reply) if reply.refused else _answered_html(number, reply)
    return (
        f'<div class="reply{" refused" if reply.refused else ""}">{said}'
        f"{_tools_html(number, kept, reply, is_last)}{_how_html(number, reply)}</div>"
    )


def _refusal_html(reply: Answer) -> str:
    return (
        f'<p class="verdict"><strong>{inert(reply.answer)}</strong></p>'
        f'<p class="reason">{inert(reply.reason or "")} {inert(text("chat.nearest_listed"))}</p>'
    )


def _answered_html(number: int, reply: Answer) -> str:
    places = {citation.number: place for place, citation in enumerate(reply.citations)}
    sentences = "".join(
        f'<p class="sentence" data-support="{sentence.support}">{_sentence_html(sentence)}'
        + "".join(_chip(number, places[cited], reply.citations[places[cited]]) for cited in sentence.citations)
        + _support_html(sentence)
        + "</p>"
        for sentence in reply.sentences
    )
    notes = "".join(f'<p class="note">{inert(note)}</p>' for note in notes_of(reply))
    return f"{sentences}{notes}{_confidence_html(reply)}"


def _sentence_html(sentence: Sentence) -> str:
    """A sentence's text, its short answer in bold."""
    if sentence.short is None:
        return inert(sentence.text)
    start, end = sentence.short
    return f"{inert(sentence.text[:start])}<b>{inert(sentence.text[start:end])}</b>{inert(sentence.text[end:])}"


def _chip(turn: int, place: int, citation: Citation) -> str:
    where = place_words(citation)
    quote = citation.quote if len(citation.quote) <= _QUOTE_SHOWN else f"{citation.quote[:_QUOTE_SHOWN]} …"
    return (
        f' <button type="button" class="cite" data-open="{turn}:citation:{place}" data-where="{inert(where)}"'
        f' data-quote="{inert(quote)}" aria-label="{inert(text("chat.chip", number=citation.number, where=where))}">'
        f"{citation.number}</button>"
    )


def _support_html(sentence: Sentence) -> str:
    return (
        f' <span class="support"><span aria-hidden="true">{_SUPPORT_MARKS[sentence.support]}</span>'
        f" {inert(text(f'chat.{sentence.support}'))}</span>"
    )


def _confidence_html(reply: Answer) -> str:
    percent = round(100 * reply.confidence)
    label = inert(text("chat.confidence", percent=percent))
    return (
        f'<p class="confidence" title="{inert(text("chat.confidence_meaning"))}">'
        f'<meter min="0" max="100" value="{percent}" aria-label="{label}"></meter> <span>{label}</span></p>'
    )


def _tools_html(number: int, kept: Kept, reply: Answer, is_last: bool) -> str:
    copied = inert(text("chat.copied"))
    tools = [
        f'<button type="button" class="tool" data-copy="{inert(answer_markdown(reply))}" data-done="{copied}"'
        f' aria-label="{inert(text("chat.copy_label"))}">{inert(text("chat.copy"))}</button>'
    ]
    if is_last:
        tools.append(_tool("retry", number, text("chat.regenerate")))
    for value in ("up", "down"):
        pressed = "true" if kept.feedback == value else "false"
        tools.append(
            f'<button type="button" class="tool" data-act="chat:like" data-turn="{number}" data-value="{value}"'
            f' aria-pressed="{pressed}">{inert(text(f"chat.{value}"))}</button>'
        )
    return f'<div class="tools">{"".join(tools)}</div>'


def _tool(act: str, turn: int, name: str, label: str = "") -> str:
    said = f' aria-label="{inert(label)}"' if label else ""
    return f'<button type="button" class="tool" data-act="chat:{act}" data-turn="{turn}"{said}>{inert(name)}</button>'


def _how_html(turn: int, reply: Answer) -> str:
    """How the answer came about, folded."""
    heads = "".join(f'<th scope="col">{inert(text(f"chat.how_{name}"))}</th>' for name in _COLUMNS)
    rows = "".join(_passage_row(turn, place, passage, reply.citations) for place, passage in enumerate(reply.passages))
    seconds = " · ".join(
        inert(text(f"chat.stage_{stage}", seconds=f"{getattr(reply.seconds, stage):.2f}"))
        for stage in _STAGES
        if stage == "total" or getattr(reply.seconds, stage) >= 0.005
    )
    used = usage_text(reply).removeprefix(", ")
    return (
        f'<details class="how"><summary>{inert(text("chat.how"))}</summary>'
        f"<p>{inert(text('chat.how_searched', searched=reply.searched or reply.question))}</p>"
        f'<div class="scroll" tabindex="0" role="region" aria-label="{inert(text("chat.how_table", number=turn + 1))}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p>{seconds}</p>" + (f"<p>{inert(used)}</p>" if used else "") + "</details>"
    )


_COLUMNS = ("passage", "dense", "lexical", "score", "reader", "used")


def _passage_row(turn: int, place: int, passage: Passage, cited: Sequence[Citation]) -> str:
    used = any(c.document == passage.document and c.start < passage.end and passage.start < c.end for c in cited)
    read = text("chat.not_read") if passage.reader_score is None else f"{passage.reader_score:.2f}"
    cells = [
        passage.dense_rank or "–",
        passage.lexical_rank or "–",
        f"{passage.score:.2f}",
        inert(read),
        inert(text("chat.used")) if used else "",
    ]
    return (
        f'<tr><th scope="row"><button type="button" class="link" data-open="{turn}:passage:{place}">'
        f"{inert(place_words(passage))}</button></th>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    )
