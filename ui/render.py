"""HTML for the chat window. Every text that comes from a person or a document is escaped here and nowhere else."""

import html
from collections.abc import Sequence

from rag.answer import SUPPORT_MARKS, Answer, Citation, Passage, Sentence, notes_of
from rag.terminal import usage_text

Turn = tuple[str, Answer | str | None]
"""A question, and its answer, the message why it has none, or None while it is being answered."""

CONTEXT_CHARACTERS = 20_000
"""Characters of a document that are shown on either side of a cited range."""

# gr.HTML runs what it is given through two template languages, whose marks are `${`, `{{` and backquotes.
_TEMPLATE_MARKS = str.maketrans({mark: f"&#{ord(mark)};" for mark in "${}`"})


def conversation_html(turns: Sequence[Turn], welcome: str) -> str:
    """The conversation so far, oldest first; `welcome` where there is none."""
    if not turns:
        return f'<div class="welcome"><p>{_inert(welcome)}</p></div>'
    return "".join(
        f'<div class="question"><p>{_inert(question)}</p></div>{_reply_html(reply)}' for question, reply in turns
    )


def _reply_html(reply: Answer | str | None) -> str:
    if reply is None:
        return '<div class="reply" aria-busy="true"><p>Searching …</p></div>'
    if isinstance(reply, Answer) and reply.is_draft:
        return (
            f'<div class="reply draft" aria-busy="true"><p>{_inert(reply.answer)}</p>'
            '<p class="reason">Being written, not checked yet.</p></div>'
        )
    if isinstance(reply, str):
        return f'<div class="reply" role="alert"><p>{_inert(reply)}</p></div>'
    if reply.refused:
        return (
            f'<div class="reply refused"><p>{_inert(reply.answer)}</p><p class="reason">{_inert(reply.reason or "")}'
            f" The nearest passages are listed as sources.</p>{_usage_html(reply)}</div>"
        )
    by_number = {citation.number: citation for citation in reply.citations}
    sentences = (
        f'<span class="sentence" data-support="{sentence.support}">{_sentence_html(sentence)}'
        + "".join(_citation_button(by_number[number]) for number in sentence.citations)
        + _support_html(sentence)
        + "</span>"
        for sentence in reply.sentences
    )
    notes = "".join(f'<p class="note">{_inert(note)}</p>' for note in notes_of(reply))
    confidence = f'<p class="reason">Confidence {reply.confidence:.2f}</p>'
    return f'<div class="reply"><p>{" ".join(sentences)}</p>{notes}{confidence}{_usage_html(reply)}</div>'


def _support_html(sentence: Sentence) -> str:
    """A mark where a sentence is not all supported; quotes and what they say need none."""
    mark = SUPPORT_MARKS.get(sentence.support)
    return f' <em class="support">{mark}</em>' if mark else ""


def _usage_html(reply: Answer) -> str:
    text = usage_text(reply).removeprefix(", ")
    return f'<p class="reason">{_inert(text)}</p>' if text else ""


def _sentence_html(sentence: Sentence) -> str:
    """A sentence's text, its short answer in bold."""
    if sentence.short is None:
        return _inert(sentence.text)
    start, end = sentence.short
    return f"{_inert(sentence.text[:start])}<b>{_inert(sentence.text[start:end])}</b>{_inert(sentence.text[end:])}"


def notice_html(message: str) -> str:
    """A message in place of sources or a document."""
    return f"<p>{_inert(message)}</p>"


def sources_html(answer: Answer) -> str:
    """The list of what an answer cites, or of the nearest passages under a refusal; each opens its document."""
    if answer.refused:
        heading = "Nearest passages"
        items = [_passage_item(passage) for passage in answer.passages[:3]]
    else:
        heading = "Sources of this answer"
        items = [_citation_item(citation) for citation in answer.citations]
    return f'<h2>{heading}</h2><ol class="sources">{"".join(items)}</ol>'


def document_html(document: str, title: str, text: str, start: int, end: int) -> str:
    """A document with the range from `start` to `end` marked, and its surroundings."""
    first, last = max(0, start - CONTEXT_CHARACTERS), min(len(text), end + CONTEXT_CHARACTERS)
    before = f"… {first:,} characters before …\n" if first else ""
    after = f"\n… {len(text) - last:,} characters after …" if last < len(text) else ""
    return (
        f"<h2>{_inert(title)}</h2>"
        f'<p class="place">{_inert(document)}, characters {start:,} to {end:,}</p>'
        f'<div class="document" tabindex="0" role="region" aria-label="Document {_inert(document)}">'
        f"{before}{_inert(text[first:start])}"
        f'<mark id="cited">{_inert(text[start:end])}</mark>'
        f"{_inert(text[end:last])}{after}</div>"
    )


def _citation_button(citation: Citation) -> str:
    title = _inert(citation.title)
    return (
        f'<button type="button" class="cite" title="{title}" aria-label="Citation {citation.number}: {title}"'
        f"{_place(citation)}>[{citation.number}]</button>"
    )


def _citation_item(citation: Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    return _item(f"[{citation.number}] {citation.title}{page}", citation.quote, _place(citation))


def _passage_item(passage: Passage) -> str:
    return _item(passage.document, passage.text, _place(passage))


def _item(label: str, quote: str, place: str) -> str:
    return (
        f'<li><button type="button" class="source"{place}><strong>{_inert(label)}</strong>'
        f"<q>{_inert(quote)}</q></button></li>"
    )


def _place(range_: Citation | Passage) -> str:
    return f' data-document="{_inert(range_.document)}" data-start="{range_.start}" data-end="{range_.end}"'


def _inert(text: str) -> str:
    """`text` as HTML that shows it and does nothing else."""
    return html.escape(text).translate(_TEMPLATE_MARKS)
