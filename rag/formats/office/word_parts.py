"""A Word document written anew so that all that a person reads in it stands where mammoth reads."""

import io
from collections import Counter
from collections.abc import Iterable
from zipfile import ZipFile

from rag.formats.left_out import OBJECT, LeftOut
from rag.formats.office.office_parts import Element, W, chosen, part, part_or_none, related
from rag.formats.office.word_drawings import tidy_drawings
from rag.formats.office.word_margins import comment_paragraphs, drop_page_numbers, shown_margins
from rag.formats.office.word_runs import styled, tidy_runs
from rag.formats.office.word_tables import tidy_tables, with_header_look
from rag.formats.text import one_line

_NOTES = ("footnotes", "endnotes")
_READ = ("styles", "numbering", *_NOTES)
"""Kinds of parts that mammoth reads beside the body."""
# How a document looks, which mammoth takes longer to read than the text, and which changes none of it.
_LOOKS = """b bCs bookmarkEnd bookmarkStart cantSplit color contextualSpacing i iCs ind jc keepLines keepNext kern lang
    lastRenderedPageBreak noProof pBdr permEnd permStart proofErr rFonts rPrChange pPrChange shd spacing sz szCs tabs
    tblBorders tblCellMar tblGrid tblInd tblW tcBorders tcMar tcW trHeight u vAlign widowControl""".split()  # noqa: SIM905
_REVISIONS = ("rsidDel", "rsidP", "rsidR", "rsidRDefault", "rsidRPr", "rsidTr")


def with_all_in_body(archive: ZipFile) -> tuple[io.BytesIO, LeftOut]:
    """The document with headers, footers, comments, text boxes and charts in its body, and what was left out of it.

    Raises lxml's XMLSyntaxError where a part is no XML.
    """
    return _Document(archive).written()


class _Document:
    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._left_out: LeftOut = Counter()
        starts = (path for kind, path in related(archive, "").values() if kind == "officeDocument")
        self._path = next(starts, "word/document.xml")
        self._relations = related(archive, self._path)
        styles = self._of_kind("styles")
        self._styles = styled(styles)
        self._header_styles = with_header_look(styles)

    def written(self) -> tuple[io.BytesIO, LeftOut]:
        """See `with_all_in_body`."""
        from lxml import etree

        root = self._tidied(self._path)
        body = root.find(f"{W}body")
        if body is not None:
            self._add_margins(body)
            comments = self._of_kind("comments")
            if comments is not None:
                self._tidy(comments, self._path_of("comments"))
                body.extend(comment_paragraphs(body, comments))
        roots = {self._path: root}
        roots |= {path: self._tidied(path) for kind in _NOTES if (path := self._path_of(kind))}
        read = {"[Content_Types].xml", *map(self._path_of, _READ)}
        packed = io.BytesIO()
        with ZipFile(packed, "w") as copy:
            for name in self._archive.namelist():
                if name in roots:
                    copy.writestr(name, etree.tostring(roots[name], encoding="UTF-8", xml_declaration=True))
                elif name in read or name.endswith(".rels"):
                    copy.writestr(name, self._archive.read(name))
        packed.seek(0)
        return packed, self._left_out

    def _add_margins(self, body: Element) -> None:
        """Puts headers before the text and footers behind it, each that says something else once."""
        said: set[str] = set()
        headers: list[Element] = []
        footers: list[Element] = []
        for margin in shown_margins(body, self._of_kind("settings")):
            _, path = self._relations.get(margin.relation, ("", ""))
            root = part_or_none(self._archive, path)
            if root is None:
                continue
            drop_page_numbers(root)
            self._tidy(root, path)
            text = one_line(" ".join(text.text or "" for text in root.iter(f"{W}t")))
            if text and text not in said:
                said.add(text)
                (headers if margin.is_header else footers).extend(root)
        for place, block in enumerate(headers):
            body.insert(place, block)
        body.extend(footers)

    def _tidied(self, path: str) -> Element:
        root = part(self._archive.read(path))
        self._tidy(root, path)
        return root

    def _tidy(self, root: Element, path: str | None) -> None:
        from lxml import etree

        chosen(root)
        tidy_drawings(root, self._archive, related(self._archive, path or ""), self._left_out)
        tidy_runs(root, self._styles, self._left_out)
        tidy_tables(root, self._header_styles, self._left_out)
        self._left_out[OBJECT] += _count(root.iter(f"{W}altChunk"))
        etree.strip_elements(root, *(f"{W}{name}" for name in _LOOKS), with_tail=False)
        etree.strip_attributes(root, *(f"{W}{name}" for name in _REVISIONS))

    def _path_of(self, kind: str) -> str | None:
        """Where a part is that the document has one of; some programs do not say."""
        usual = f"word/{kind}.xml"
        otherwise = usual if usual in self._archive.NameToInfo else None
        return next((path for found, path in self._relations.values() if found == kind), otherwise)

    def _of_kind(self, kind: str) -> Element | None:
        return part_or_none(self._archive, self._path_of(kind))


def _count(elements: Iterable[Element]) -> int:
    return sum(1 for _ in elements)
