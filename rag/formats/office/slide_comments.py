"""Comments on slides, as PowerPoint keeps them since 2021 and as it did before."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from rag.formats.left_out import LeftOut
from rag.formats.office.drawing_text import paragraphs
from rag.formats.office.office_parts import Element, part
from rag.formats.text import one_line

if TYPE_CHECKING:
    from pptx.opc.package import Part


def comment_authors(presentation: "Part") -> dict[str, str]:
    """Names of those who comment, by id."""
    return {
        author.get("id", ""): one_line(author.get("name", ""))
        for root in _related(presentation, {"commentAuthors", "authors"})
        for author in root
    }


def comment_lines(slide: "Part", authors: Mapping[str, str], left_out: LeftOut) -> Iterator[str]:
    """A line for each comment and reply on a slide: who made it and what it says."""
    for root in _related(slide, {"comments"}):
        for comment in root.iter("{*}cm", "{*}reply"):
            said = one_line(" ".join(_texts(comment, left_out)))
            author = authors.get(comment.get("authorId", ""))
            if said:
                yield f"Comment{f' by {author}' if author else ''}: {said}"


def _texts(comment: Element, left_out: LeftOut) -> Iterator[str]:
    yield comment.findtext("{*}text") or ""
    body = comment.find("{*}txBody")
    if body is not None:
        yield from paragraphs(body, left_out)


def _related(owner: "Part", kinds: set[str]) -> Iterator[Element]:
    for relation in owner.rels.values():
        if not relation.is_external and relation.reltype.rpartition("/")[2] in kinds:
            yield part(relation.target_part.blob)
