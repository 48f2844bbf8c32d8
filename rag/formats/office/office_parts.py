"""The parts of an Office file as XML, and which part refers to which."""

import posixpath
import re
import zlib
from typing import Any
from zipfile import BadZipFile, ZipFile

_OOXML = "http://schemas.openxmlformats.org"
W = f"{{{_OOXML}/wordprocessingml/2006/main}}"
A = f"{{{_OOXML}/drawingml/2006/main}}"
C = f"{{{_OOXML}/drawingml/2006/chart}}"
DIAGRAM = f"{{{_OOXML}/drawingml/2006/diagram}}"
MATH = f"{{{_OOXML}/officeDocument/2006/math}}"
COMPATIBILITY = f"{{{_OOXML}/markup-compatibility/2006}}"
R = f"{{{_OOXML}/officeDocument/2006/relationships}}"

# The names that Strict Open XML gives the same elements.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/([\w/]+)")
_TRANSITIONAL = rb"http://schemas.openxmlformats.org/\1/2006/\2"

Element = Any
"""An element of lxml, which says nothing of its types."""


def part(raw: bytes) -> Element:
    """The root of a part; no entity is put in, nothing outside is loaded. Raises lxml's XMLSyntaxError."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(_STRICT.sub(_TRANSITIONAL, raw) if b"purl.oclc.org" in raw else raw, parser)


def part_or_none(archive: ZipFile, path: str | None) -> Element | None:
    """The root of the part at `path`; None where there is none or it is damaged."""
    from lxml import etree

    try:
        return part(archive.read(path)) if path else None
    except (KeyError, BadZipFile, zlib.error, etree.XMLSyntaxError):
        return None


def related(archive: ZipFile, path: str) -> dict[str, tuple[str, str]]:
    """Kind and path of each part that the part at `path` refers to, by the id by which it does; "" is the package."""
    folder, name = posixpath.split(path)
    root = part_or_none(archive, posixpath.join(folder, "_rels", f"{name}.rels"))
    found = {}
    for relation in () if root is None else root:
        target = relation.get("Target", "")
        if relation.get("TargetMode") != "External":
            place = target if target.startswith("/") else posixpath.join("/", folder, target)
            found[relation.get("Id", "")] = relation.get("Type", "").rpartition("/")[2], posixpath.normpath(place)[1:]
    return {key: where for key, where in found.items() if where[1] in archive.NameToInfo}


def chosen(root: Element) -> None:
    """Puts in each place of `root` that has alternatives the one for programs of today, or else for older ones."""
    for alternatives in list(root.iter(f"{COMPATIBILITY}AlternateContent")):
        parent = alternatives.getparent()
        choices = [choice for choice in alternatives if len(choice)]
        if parent is None:
            continue
        at = parent.index(alternatives)
        parent.remove(alternatives)
        for child in list(choices[0]) if choices else ():
            parent.insert(at, child)
            at += 1
