"""What a language model is given of the passages: those that the reader holds for likely, under their headings."""

from collections.abc import Sequence

from llama_index.core.schema import NodeWithScore

from rag.metadata import TITLE
from rag.retrieval.passage import READING, section_path
from rag.retrieval.passage_tables import tables_in

LEAST_SHARE = 0.05
"""Share of the best passage's probability that a further one must have.

The evidence of questions about squad2's training articles and squad11's (250 of each) is among the first eight passages
for .980 and .956, and among the 2.9 and 3.2 that this leaves on average for as many: training/fit_given_passages.py.
"""

FEWEST = 2


def given_passages(nodes: Sequence[NodeWithScore], most: int) -> list[NodeWithScore]:
    """The passages that a model is given, at most so many, best first; as many as there are where none was read."""
    scores = [node.node.metadata.get(READING, {}).get("score") for node in nodes[:most]]
    best = scores[0] if scores else None
    if best is None:
        return list(nodes[:most])
    return [
        node
        for number, (node, score) in enumerate(zip(nodes, scores, strict=False))
        if number < FEWEST or (score is not None and score >= LEAST_SHARE * best)
    ]


def shown_passage(node: NodeWithScore) -> tuple[str, str]:
    """What heads a passage, and its text; rows of a table under their labels where these stand in another passage."""
    text = node.text
    for _, table in tables_in(node.node):
        first = table.rows[0].start
        is_headed = all(label in text[:first] for label in table.labels)
        if text.startswith("|", first) and not is_headed:
            text = f"{text[:first]}| {' | '.join(table.labels)} |\n{text[first:]}"
            break
    title = str(node.node.metadata.get(TITLE, ""))
    return " – ".join(filter(None, [title, section_path(node.node)])), text
