"""What stands beside the text of a Word document: headers, footers and comments."""

from collections.abc import Iterator
from typing import NamedTuple

from rag.formats.office.office_parts import Element, R, W
from rag.formats.office.word_drawings import paragraph
from rag.formats.text import one_line

_OFF = frozenset({"0", "false", "off"})
_PAGE_FIELDS = frozenset({"PAGE", "NUMPAGES", "SECTIONPAGES"})
_PAGE_WORDS = 14
"""Characters beside a page number that only say that it is one: Page 1 of 3."""
_LONGEST_QUOTE = 80


class Margin(NamedTuple):
    """A header or footer that is shown: the id of its part, and whether it stands above the text."""

    relation: str
    is_header: bool


def shown_margins(root: Element, settings: Element | None) -> list[Margin]:
    """Headers and footers in the order of the sections, without those of first and even pages that are not shown."""
    has_even = settings is not None and settings.find(f"{W}evenAndOddHeaders") is not None
    found: list[Margin] = []
    for section in root.iter(f"{W}sectPr"):
        first = section.find(f"{W}titlePg")
        shown = {"default", *(["even"] if has_even else [])}
        if first is not None and first.get(f"{W}val") not in _OFF:
            shown.add("first")
        found += [
            Margin(reference.get(f"{R}id", ""), reference.tag == f"{W}headerReference")
            for reference in section.iterfind("*")
            if reference.tag in {f"{W}headerReference", f"{W}footerReference"}
            and reference.get(f"{W}type", "default") in shown
        ]
    return list(dict.fromkeys(found))


def drop_page_numbers(root: Element) -> None:
    """Takes out of a header or footer what only says the page; what stands between tabs stands for itself."""
    for paragraph_ in root.iter(f"{W}p"):
        for texts, numbers in _segments(paragraph_):
            words = one_line("".join(text.text or "" for text in texts if text not in numbers))
            if numbers and len(words) <= _PAGE_WORDS:
                for text in texts:
                    text.text = ""


def _segments(paragraph_: Element) -> Iterator[tuple[list[Element], list[Element]]]:
    """The texts of a paragraph between tabs, and those of them that are numbers of pages."""
    texts, numbers = list[Element](), list[Element]()
    in_code, in_number = False, False
    code = ""
    for element in paragraph_.iter(f"{W}fldChar", f"{W}instrText", f"{W}t", f"{W}tab"):
        if element.tag == f"{W}instrText":
            code += element.text or ""
        elif element.tag == f"{W}fldChar":
            is_begun = element.get(f"{W}fldCharType") == "begin"
            in_number = in_code and not is_begun and _is_page(code)
            in_code, code = is_begun, "" if is_begun else code
        elif element.tag == f"{W}t":
            texts.append(element)
            simple = next(element.iterancestors(f"{W}fldSimple"), None)
            if in_number or (simple is not None and _is_page(simple.get(f"{W}instr", ""))):
                numbers.append(element)
        elif element.getparent().tag == f"{W}r":
            yield texts, numbers
            texts, numbers = [], []
    yield texts, numbers


def _is_page(code: str) -> bool:
    return not _PAGE_FIELDS.isdisjoint(code.upper().split()[:1])


def comment_paragraphs(root: Element, comments: Element) -> Iterator[Element]:
    """A paragraph for each comment: who made it, what on, and what it says."""
    quoted = _quoted(root)
    for comment in comments.iter(f"{W}comment"):
        said = one_line(
            "".join(" " if text.tag == f"{W}p" else text.text or "" for text in comment.iter(f"{W}p", f"{W}t"))
        )
        if not said:
            continue
        author = one_line(comment.get(f"{W}author", ""))
        place = _short(one_line(quoted.get(comment.get(f"{W}id", ""), "")))
        yield paragraph(f"Comment{f' by {author}' if author else ''}{f' on “{place}”' if place else ''}: {said}")


def _quoted(root: Element) -> dict[str, str]:
    """The text that each comment is on, by the comment's id."""
    texts: dict[str, str] = {}
    open_: set[str] = set()
    for element in root.iter(f"{W}commentRangeStart", f"{W}commentRangeEnd", f"{W}t", f"{W}p"):
        if element.tag == f"{W}commentRangeStart":
            open_.add(element.get(f"{W}id", ""))
        elif element.tag == f"{W}commentRangeEnd":
            open_.discard(element.get(f"{W}id", ""))
        else:
            for name in open_:
                if len(texts.get(name, "")) <= _LONGEST_QUOTE:
                    texts[name] = texts.get(name, "") + (" " if element.tag == f"{W}p" else element.text or "")
    return texts


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE].rpartition(' ')[0]} …"
