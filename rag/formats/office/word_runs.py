"""Runs of text in Word documents: struck-out and hidden ones go, raised and lowered ones say so themselves."""

import re
from typing import NamedTuple

from rag.formats.left_out import HIDDEN, STRUCK, LeftOut
from rag.formats.office.drawing_text import formula
from rag.formats.office.office_parts import MATH, Element, W

_OFF = frozenset({"0", "false", "off"})
_WORD_2010 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
# A field's marks and code, which stand in runs that are hidden but are no text.
_KEPT = frozenset(f"{W}{name}" for name in ("rPr", "fldChar", "instrText"))
_SYMBOL = f"{W}sym"
_TEXT = (f"{W}t", _SYMBOL)
_RAISED_BY = 4
"""Half points from which on a short run stands beside the line rather than in it."""
_LONGEST_RAISED = 12
_INTEGER = re.compile(r"-?\d{1,6}")
_CHECKED, _UNCHECKED = "☒", "☐"


class Look(NamedTuple):
    """How a run is set, by itself or by its style; None where nothing is said."""

    struck: bool | None = None
    hidden: bool | None = None
    alignment: str | None = None

    def over(self, other: "Look") -> "Look":
        """This look where it says something, else the other."""
        return Look(
            other.struck if self.struck is None else self.struck,
            other.hidden if self.hidden is None else self.hidden,
            other.alignment if self.alignment is None else self.alignment,
        )


_PLAIN = Look()


class Styles(NamedTuple):
    """Looks of the styles that strike out, hide, raise or lower text, by id."""

    characters: dict[str, Look]
    paragraphs: dict[str, Look]


def styled(styles: Element | None) -> Styles:
    """The looks that a document's styles give."""
    if styles is None:
        return Styles({}, {})
    looks: dict[str, Look] = {}
    bases: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for style in styles.iter(f"{W}style"):
        name = style.get(f"{W}styleId", "")
        kinds[name] = style.get(f"{W}type", "")
        looks[name] = _look(style.find(f"{W}rPr"))
        bases[name] = _value(style.find(f"{W}basedOn")) or ""
    for name in list(looks):
        seen = {name}
        base = bases[name]
        while base in looks and base not in seen:
            seen.add(base)
            looks[name] = looks[name].over(looks[base])
            base = bases[base]
    marked = {name: look for name, look in looks.items() if look != _PLAIN}
    return Styles(
        *({name: look for name, look in marked.items() if kinds[name] == kind} for kind in ("character", "paragraph"))
    )


def tidy_runs(root: Element, styles: Styles, left_out: LeftOut) -> None:
    """Changes `root` so that its runs hold what a person reads."""
    from lxml import etree

    # What mammoth passes over stands around text: fields, hyperlinks, which may lead nowhere, directions of writing.
    etree.strip_tags(root, *(f"{W}{name}" for name in ("fldSimple", "hyperlink", "dir", "bdo", "rubyBase")))
    etree.strip_elements(root, f"{W}rubyPr", f"{W}rt", with_tail=False)
    _unwrap_ruby(root)
    _write_checkboxes(root)
    _write_formulas(root)
    _count_deleted(root, left_out)
    previous: tuple[Element, str] | None = None
    for run in list(root.iter(f"{W}r")):
        look = _run_look(run, styles)
        reason = HIDDEN if look.hidden else STRUCK if look.struck else None
        if (reason or previous) and any((text.text or "").strip() or text.tag == _SYMBOL for text in run.iter(*_TEXT)):
            current = (run.getparent(), reason) if reason else None
            if reason:
                left_out[reason] += current != previous
            previous = current
        if reason:
            for child in list(run):
                if child.tag not in _KEPT:
                    run.remove(child)
        elif look.alignment:
            _align(run, look.alignment)


def text_run(text: str) -> Element:
    """A run of plain text."""
    from lxml import etree

    run = etree.Element(f"{W}r")
    written = etree.SubElement(run, f"{W}t", {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
    written.text = text
    return run


def _run_look(run: Element, styles: Styles) -> Look:
    properties = run.find(f"{W}rPr")
    look = _PLAIN
    if properties is not None:
        look = _look(properties, run)
        if styles.characters and (name := _value(properties.find(f"{W}rStyle"))) in styles.characters:
            look = look.over(styles.characters[name])
    if styles.paragraphs:
        paragraph = next(run.iterancestors(f"{W}p"), None)
        name = None if paragraph is None else _value(paragraph.find(f"{W}pPr/{W}pStyle"))
        if name in styles.paragraphs:
            look = look.over(styles.paragraphs[name])
    return look


def _look(properties: Element | None, run: Element | None = None) -> Look:
    if properties is None:
        return _PLAIN
    struck: bool | None = None
    hidden: bool | None = None
    alignment: str | None = None
    for child in properties:
        if child.tag in {f"{W}strike", f"{W}dstrike"}:
            struck = bool(struck) or child.get(f"{W}val") not in _OFF
        elif child.tag == f"{W}vanish":
            hidden = child.get(f"{W}val") not in _OFF
        elif child.tag == f"{W}vertAlign":
            alignment = child.get(f"{W}val")
        elif child.tag == f"{W}position" and run is not None and alignment is None:
            height = _value(child) or "0"
            is_short = sum(len(text.text or "") for text in run.iter(f"{W}t")) <= _LONGEST_RAISED
            if is_short and _INTEGER.fullmatch(height) and abs(int(height)) >= _RAISED_BY:
                alignment = "superscript" if int(height) > 0 else "subscript"
    return Look(struck, hidden, alignment)


def _align(run: Element, alignment: str) -> None:
    """Says in the run itself what may be said by its style."""
    from lxml import etree

    properties = run.find(f"{W}rPr")
    if properties is None:
        properties = etree.Element(f"{W}rPr")
        run.insert(0, properties)
    mark = properties.find(f"{W}vertAlign")
    if mark is None:
        mark = etree.SubElement(properties, f"{W}vertAlign")
    mark.set(f"{W}val", alignment)


def _count_deleted(root: Element, left_out: LeftOut) -> None:
    """Counts what tracked changes strike out, which mammoth leaves out: passages, and rows of tables."""
    for deleted in root.iter(f"{W}del"):
        previous = deleted.getprevious()
        is_row = deleted.getparent().tag == f"{W}trPr"
        is_first = previous is None or previous.tag != f"{W}del"
        has_text = any((text.text or "").strip() for text in deleted.iter(f"{W}delText"))
        left_out[STRUCK] += is_row or (is_first and has_text)


def _unwrap_ruby(root: Element) -> None:
    """Puts the characters that have their pronunciation over them where both stand in a run."""
    for ruby in list(root.iter(f"{W}ruby")):
        run = ruby.getparent()
        if run is not None and run.tag == f"{W}r" and (parent := run.getparent()) is not None:
            parent.replace(run, text_run("".join(text.text or "" for text in run.iter(f"{W}t"))))


def _write_checkboxes(root: Element) -> None:
    for box in list(root.iter(f"{_WORD_2010}checkbox")):
        control = next(box.iterancestors(f"{W}sdt"), None)
        run = None if control is None else next(control.iterfind(f"{W}sdtContent//{W}r"), None)
        state = box.find(f"{_WORD_2010}checked")
        is_checked = state is not None and state.get(f"{_WORD_2010}val", "1") not in _OFF
        box.getparent().remove(box)
        if run is not None:
            run.getparent().replace(run, text_run(_CHECKED if is_checked else _UNCHECKED))
    for box in list(root.iter(f"{W}checkBox")):
        run = next(box.iterancestors(f"{W}r"), None)
        state = box.find(f"{W}checked")
        state = box.find(f"{W}default") if state is None else state
        is_checked = state is not None and state.get(f"{W}val") not in _OFF
        if run is not None:
            run.addprevious(text_run(_CHECKED if is_checked else _UNCHECKED))


def _write_formulas(root: Element) -> None:
    from lxml import etree

    for math in list(root.iter(f"{MATH}oMath")):
        if (parent := math.getparent()) is not None:
            parent.replace(math, text_run(formula(math)))
    etree.strip_tags(root, f"{MATH}oMathPara")


def _value(element: Element | None) -> str | None:
    return None if element is None else element.get(f"{W}val")
