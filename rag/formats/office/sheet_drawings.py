"""What lies over the cells of an Excel sheet: comments, titles of charts, text boxes."""

from collections.abc import Iterator
from zipfile import ZipFile

from rag.formats.left_out import CHART, LeftOut
from rag.formats.office.chart_text import chart_table
from rag.formats.office.drawing_text import paragraphs
from rag.formats.office.office_parts import A, C, Element, part_or_none, related
from rag.formats.office.xlsx_parts import rich_text
from rag.formats.text import one_line


def comment_lines(archive: ZipFile, sheet: str, left_out: LeftOut) -> Iterator[str]:
    """A line for each comment on a cell: where it stands, who made it and what it says."""
    parts = list(related(archive, sheet).values())
    threads = [path for kind, path in parts if kind == "threadedComment"]
    answered: set[str] = set()
    for path in threads:
        root = part_or_none(archive, path)
        for comment in () if root is None else root.iterfind("{*}threadedComment"):
            answered.add(comment.get("ref", ""))
            if said := one_line(comment.findtext("{*}text") or ""):
                yield f"Comment on {comment.get('ref', '')}: {said}"
    for path in (path for kind, path in parts if kind == "comments"):
        root = part_or_none(archive, path)
        if root is None:
            continue
        authors = [one_line(author.text or "") for author in root.iterfind("{*}authors/{*}author")]
        for comment in root.iter("{*}comment"):
            text = comment.find("{*}text")
            said = "" if text is None else rich_text(text, left_out)
            # What threads say is kept here too, after a hint at newer versions.
            if said and comment.get("ref", "") not in answered:
                yield f"Comment on {comment.get('ref', '')}{_by(authors, comment.get('authorId', ''), said)}: {said}"


def drawing_lines(archive: ZipFile, sheet: str, left_out: LeftOut) -> Iterator[str]:
    """A line for each text box and the title of each chart over `sheet`; charts without a title are counted."""
    for kind, path in related(archive, sheet).values():
        root = part_or_none(archive, path) if kind == "drawing" else None
        if root is None:
            continue
        for body in root.iter("{*}txBody"):
            if said := one_line(" ".join(paragraphs(body, left_out))):
                yield said
        for other, chart in related(archive, path).values():
            if other == "chart":
                title = _title(part_or_none(archive, chart))
                if title:
                    yield f"Chart: {title}"
                else:
                    left_out[CHART] += 1


def _title(root: Element | None) -> str:
    table = chart_table(root) if root is not None else None
    if table and table.title:
        return table.title
    title = root.find(f"{C}chart/{C}title") if root is not None else None
    return "" if title is None else one_line("".join(text.text or "" for text in title.iter(f"{A}t")))


def _by(authors: list[str], number: str, said: str) -> str:
    name = authors[int(number)] if number.isdigit() and int(number) < len(authors) else ""
    return f" by {name}" if name and not said.startswith(name) else ""
