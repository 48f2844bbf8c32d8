"""An answer as plain text with its footnotes, which any client shows."""

from rag.answer import NOT_IN_DOCUMENTS, Answer, notes_of
from rag.terminal import SHOWN_PASSAGES, place_text, sentence_text

NEAREST = "The nearest passages:"

_QUOTE_SHOWN = 300
"""Characters of a nearest passage; a citation is quoted whole."""


def footnoted(answer: Answer) -> str:
    """The sentences with their marks, what a person should know, and where each citation stands, word for word."""
    if answer.is_courtesy:
        return answer.answer
    if answer.refused:
        nearest = [f"{place_text(p)}: “{_cut(p.text)}”" for p in answer.passages[:SHOWN_PASSAGES]]
        said = [
            f"{answer.answer} {answer.reason or ''}".strip(),
            *answer.notes,
            *([NEAREST, *nearest] if nearest else []),
        ]
        return "\n\n".join(said)
    said = [answer.between.join(sentence_text(sentence) for sentence in answer.sentences), *notes_of(answer)]
    cited = [f"[{c.number}] {place_text(c)}: “{' '.join(c.quote.split())}”" for c in answer.citations]
    return "\n\n".join([*said, "\n".join(cited)] if cited else said)


def without_footnotes(text: str) -> str:
    """What a client sends back of an answer, without the footnotes that it was given with; of a refusal, nothing."""
    return "" if text.startswith(NOT_IN_DOCUMENTS) else text.split("\n\n[1] ", 1)[0]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUOTE_SHOWN else f"{line[:_QUOTE_SHOWN]} …"
