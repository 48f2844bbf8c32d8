"""What a sentence is about that says "it", "he" or "their" of it: the sentence before names it, or its heading does."""

import re

from llama_index.core.schema import TextNode

from rag.metadata import LANGUAGE
from rag.retrieval.passage import titles_over
from rag.retrieval.passage_tables import rows_in
from rag.text.languages import ENGLISH
from rag.text.sentences import Span, quotable_spans
from rag.text.words import stems

_STANDS_FOR = re.compile(
    r"\W*(?:[^\W\d_][^,.;:]{0,20}\d[^,.;:]{0,8},? |and |but |so |also |then )?"
    r"(?:(?:it|he|she|they|its|his|her|their)\b"
    r"|(?:this|these|that|those) (?:is|are|was|were|has|have|had|can|could|may|might|must|will|would|should|does|do|did"
    r"|also|not)\b)",
    re.IGNORECASE,
)
_LONGEST_TITLES = 80
"""Characters of several headings that may stand before a quote."""

_BETWEEN = " – "


def hangs(sentence: str, language: str | None = None) -> bool:
    """Whether a sentence says of what it is about no more than "it", "he", "their" or "this"; told of English alone."""
    return language in (None, ENGLISH) and _STANDS_FOR.match(sentence) is not None


def sentence_before(question: str, node: TextNode, sentence: Span) -> Span | None:
    """The sentence that stands right before one that hangs on it, None where it says nothing more of the question.

    Nor one that hangs on another itself.
    """
    spans = quotable_spans(node.text, node.metadata.get(LANGUAGE), rows_in(node))
    before = max((span for span in spans if span[1] <= sentence[0]), default=None)
    # What a marker of a list or an empty line parts is no context.
    if before is None or node.text[before[1] : sentence[0]].strip() or "\n\n" in node.text[before[1] : sentence[0]]:
        return None
    said = node.text[slice(*before)]
    missing = stems(question) - stems(node.text[slice(*sentence)])
    return before if missing & stems(said) and not hangs(said) else None


def title_over(node: TextNode, sentence: Span) -> str:
    """The titles of the headings that a sentence stands under, outermost first, or the last alone; "" of none."""
    titles = titles_over(sentence[0], node, _BETWEEN)
    return titles if len(titles) <= _LONGEST_TITLES else titles.rpartition(_BETWEEN)[2]
