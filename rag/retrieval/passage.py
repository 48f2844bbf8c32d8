"""What the steps of a question leave with a node in its metadata, and the node as the Passage that answers show."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import cast

from llama_index.core.schema import BaseNode, NodeWithScore, TextNode

from rag.answer import Passage
from rag.metadata import ALSO, HEADED, HEADINGS, PAGE, SECTION, TITLE
from rag.text.headings import Heading, as_path, nested, path_of

DENSE_RANK = "dense_rank"
LEXICAL_RANK = "lexical_rank"

READING = "reading"
"""What the reader says of a passage: see rag.retrieval.reranker.Reading."""

RETRIEVAL_SCORE = "retrieval_score"
"""The score that a node had before it was read, which the reader's takes the place of."""


def as_passage(result: NodeWithScore) -> Passage:
    """A node that was retrieved, and perhaps read, as the Passage that answers show."""
    node = cast(TextNode, result.node)
    reading = node.metadata.get(READING)
    return Passage(
        id=node.node_id,
        document=node.ref_doc_id or "",
        page=node.metadata.get(PAGE),
        start=node.start_char_idx or 0,
        end=node.end_char_idx or 0,
        text=node.text,
        score=node.metadata.get(RETRIEVAL_SCORE, result.score) or 0.0,
        dense_rank=node.metadata.get(DENSE_RANK),
        lexical_rank=node.metadata.get(LEXICAL_RANK),
        section=section_path(node) or None,
        also=node.metadata.get(ALSO, []),
        reader_score=round(reading["score"], 4) if reading else None,
    )


def paths_over(places: Sequence[int], node: BaseNode) -> Iterator[list[Heading]]:
    """For each place in a passage, in order, the headings that it stands under, outermost first."""
    path = path_of(str(node.metadata.get(HEADINGS, "")))
    following = deque(node.metadata.get(HEADED, ()))
    for place in places:
        while following and following[0][0] <= place:
            _, level, title = following.popleft()
            path = nested(path, Heading(level, title))
        yield path


def titles_over(place: int, node: BaseNode, between: str = " ") -> str:
    """The titles of the headings that a place in a passage stands under, outermost first, `between` two."""
    (path,) = paths_over([place], node)
    return between.join(heading.title for heading in path)


def section_path(node: BaseNode) -> str:
    """The headings that a passage begins under, outermost first: Deck crew › Leave; "" where it has none."""
    own = node.metadata.get(SECTION)
    titles = [heading.title for heading in path_of(str(node.metadata.get(HEADINGS, "")))]
    return as_path([*titles, own] if own and titles[-1:] != [own] else titles, str(node.metadata.get(TITLE, "")))
