"""HTML for the chat window. Every text that comes from a person or a document is escaped here and nowhere else."""

import html
import re

from rag.answer import Answer, Citation, Passage

CONTEXT_CHARACTERS = 20_000
"""Characters of a document that are shown on either side of a cited range."""

_MARKDOWN = re.compile(r"[\\`*_{}\[\]()#+\-.!|~<>$:]")


def answer_html(answer: Answer) -> str:
    """An answer for the conversation: its sentences, each with its citation buttons; or the refusal and why.

    One line without blank lines, and with Markdown's characters as entities: the chat component reads it as Markdown.
    """
    if answer.refused:
        return (
            f'<div class="refusal"><p>{_inert(answer.answer)}</p><p class="reason">{_inert(answer.reason or "")}</p>'
            f"<p>{_inert('The passages nearest to the question are shown under Sources.')}</p></div>"
        )
    by_number = {citation.number: citation for citation in answer.citations}
    sentences = (
        f'<span class="sentence" data-support="{sentence.support}">{_inert(sentence.text)}'
        + "".join(_citation_button(by_number[number]) for number in sentence.citations)
        + "</span>"
        for sentence in answer.sentences
    )
    return f'<div class="answer">{" ".join(sentences)}</div>'


def question_html(question: str) -> str:
    """A question for the conversation, as typed."""
    return f"<div>{_inert(question)}</div>"


def error_html(message: str) -> str:
    """A message that the question could not be asked."""
    return f'<div class="refusal"><p>{_inert(message)}</p></div>'


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
        f"<h2>{html.escape(title)}</h2>"
        f'<p class="place">{html.escape(document)}, characters {start:,} to {end:,}</p>'
        f'<div class="document" tabindex="0" role="region" aria-label="Document {html.escape(document)}">'
        f"{before}{html.escape(text[first:start])}"
        f'<mark id="cited">{html.escape(text[start:end])}</mark>'
        f"{html.escape(text[end:last])}{after}</div>"
    )


def _citation_button(citation: Citation) -> str:
    label = _inert(f"Citation {citation.number}: {citation.title}")
    return (
        f'<button type="button" class="cite" title="{_inert(citation.title)}" aria-label="{label}"'
        f"{_place(citation)}>{_inert(f'[{citation.number}]')}</button>"
    )


def _citation_item(citation: Citation) -> str:
    return _item(f"[{citation.number}] {citation.title}", citation.quote, _place(citation))


def _passage_item(passage: Passage) -> str:
    return _item(passage.document, passage.text, _place(passage))


def _item(label: str, quote: str, place: str) -> str:
    return (
        f'<li><button type="button" class="source"{place}><strong>{html.escape(label)}</strong>'
        f"<q>{html.escape(quote)}</q></button></li>"
    )


def _place(range_: Citation | Passage) -> str:
    return f' data-document="{_inert(range_.document)}" data-start="{range_.start}" data-end="{range_.end}"'


def _inert(text: str) -> str:
    """`text` as HTML in one line that no Markdown reader takes for anything but text."""
    one_line = " ".join(text.split())
    return _MARKDOWN.sub(lambda match: f"&#{ord(match.group())};", html.escape(one_line, quote=True).replace("&", "\0")).replace("\0", "&")
