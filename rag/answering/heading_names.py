"""Sentences that stand under the heading of something else than what a question names."""

from collections.abc import Sequence

from llama_index.core.schema import NodeWithScore

from rag.answering.table_question import matched_words, names_in
from rag.metadata import HEADINGS, LANGUAGE, TITLE
from rag.retrieval.reranker import reading_of
from rag.text.headings import titles_over
from rag.text.languages import ENGLISH
from rag.text.sentences import Span
from rag.text.words import stems


def accounts_for(question: str, node: NodeWithScore, sentence: Span) -> bool:
    """Whether all that a question asks about stands in a sentence of a passage or over it."""
    language = node.node.metadata.get(LANGUAGE) or ENGLISH
    (titles,) = titles_over([sentence[0]], node.text, str(node.node.metadata.get(HEADINGS, "")))
    return stems(question, language) <= stems(f"{titles} {node.text[slice(*sentence)]}", language)


def under_others(question: str, nodes: Sequence[NodeWithScore]) -> dict[int, set[Span]]:
    """By number of a node that was read for `question`, the sentences that are about another thing than it names.

    Where a name or a figure of the question heads some of what was read, what stands under headings without it, and
    says it nowhere itself, is about the heading's thing: the filter of the K7 is not that of the K9.
    """
    parts: list[tuple[int, list[Span], frozenset[str], frozenset[str]]] = []
    for number, node in enumerate(nodes):
        reading = reading_of(node, question)
        sentences = sorted(found.sentence for found in reading.spans) if reading else []
        language = node.node.metadata.get(LANGUAGE) or ENGLISH
        over = titles_over([start for start, _ in sentences], node.text, str(node.node.metadata.get(HEADINGS, "")))
        by_titles: dict[str, list[Span]] = {}
        for sentence, titles in zip(sentences, over, strict=True):
            by_titles.setdefault(titles, []).append(sentence)
        for titles, under in by_titles.items():
            said = " ".join(node.text[start:end] for start, end in under)
            over_them = stems(titles, language) if titles else set()
            held = over_them | stems(f"{said} {node.node.metadata.get(TITLE, '')} {node.node.ref_doc_id}", language)
            names = names_in(question, language)
            parts.append((number, under, names & over_them, names & matched_words(names, held)))
    heading = {name for *_, heads, _ in parts for name in heads}
    found: dict[int, set[Span]] = {}
    for number, under, _, here in parts:
        if not heading <= here:
            found.setdefault(number, set()).update(under)
    return found
