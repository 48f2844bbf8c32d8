"""Text as PowerPoint, charts and SmartArt hold it, and formulas as Office does."""

from collections.abc import Iterator

from rag.formats.left_out import STRUCK, LeftOut
from rag.formats.office.office_parts import MATH, A, Element
from rag.formats.raised import lowered, raised

_STRIKES = frozenset({"sngStrike", "dblStrike"})


def paragraphs(body: Element, left_out: LeftOut) -> Iterator[str]:
    """The text of each paragraph of `body`, line breaks as \\v."""
    return (paragraph_text(paragraph, left_out) for paragraph in body.iterfind(f"{A}p"))


def paragraph_text(paragraph: Element, left_out: LeftOut) -> str:
    """A paragraph's text: raised and lowered runs as such, struck-out ones left out and counted."""
    pieces: list[str] = []
    is_struck = False
    for child in paragraph:
        if child.tag in {f"{A}r", f"{A}fld"}:
            text = child.findtext(f"{A}t") or ""
            properties = child.find(f"{A}rPr")
            if properties is not None and properties.get("strike") in _STRIKES and text.strip():
                left_out[STRUCK] += not is_struck
                is_struck = True
                continue
            pieces.append(text if properties is None else _placed(text, properties.get("baseline", "0")))
            is_struck = is_struck and not text.strip()
        elif child.tag == f"{A}br":
            pieces.append("\v")
        else:
            pieces += map(formula, child.iter(f"{MATH}oMath"))
    return "".join(pieces)


def formula(element: Element) -> str:
    """A formula in one line: x² + y₁, a/(b + c), √(2)."""
    name = _name(element)
    parts = [(_name(child), formula(child)) for child in element if not child.tag.endswith("Pr")]
    first = dict(reversed(parts))
    scripts = lowered(first.get("sub", "")) + raised(first.get("sup", ""))
    match name:
        case "t":
            return element.text or ""
        case "f":
            return f"{_grouped(first.get('num', ''))}/{_grouped(first.get('den', ''))}"
        case "rad":
            return f"{raised(first.get('deg', ''))}√{_grouped(first.get('e', ''))}"
        case "nary":
            sign = element.find(f"{MATH}naryPr/{MATH}chr")
            return ("∫" if sign is None else sign.get(f"{MATH}val", "")) + scripts + _grouped(first.get("e", ""))
        case "d":
            return f"({', '.join(text for part, text in parts if part == 'e')})"
        case _:
            return "".join(text for part, text in parts if part not in {"sub", "sup"}) + scripts


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"


def _placed(text: str, baseline: str) -> str:
    if baseline.startswith("-"):
        return lowered(text)
    return raised(text) if baseline.strip("0%") else text
