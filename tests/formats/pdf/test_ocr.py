import pypdfium2
import pytest

from rag.errors import DocumentError
from rag.formats.parsed_document import POINT
from rag.formats.pdf import ocr
from rag.formats.pdf.layout import lay_out
from rag.formats.pdf.ocr import FoundLine, as_characters
from rag.formats.pdf.reader import read_pdf
from tests.formats.make_pdf import make_pdf, picture, show

PAGE_WIDTH = 612 * POINT
FULL_PAGE = b"q 612 0 0 792 0 0 cm /P1 Do Q"


def line(text: str, left: float, top: float, right: float, height: float = 200) -> FoundLine:
    """A line of words of the same width, in twentieths of a point."""
    words = text.split()
    step = (right - left) / len(words)
    spans = [(left + at * step, left + (at + 0.9) * step) for at in range(len(words))]
    return FoundLine(words, spans, top, top + height)


def scan(content: bytes) -> bytes:
    """A PDF of the picture of a page with `content`."""
    with pypdfium2.PdfDocument(make_pdf([content])) as document:
        pixels = document[0].render(scale=200 / 72, grayscale=True).to_numpy().squeeze()
    height, width = pixels.shape
    return make_pdf([FULL_PAGE], images={"P1": picture(pixels.tobytes(), width, height)})


def test_lines_beside_each_other_are_a_row() -> None:
    found = [
        line("4,176", 8000, 1010, 8500),
        line("Total assets of the year", 1000, 1000, 4000),
        line("Below", 1000, 1300, 1500),
    ]
    text, boxes = lay_out(as_characters(found, PAGE_WIDTH))
    assert text == "| Total assets of the year | 4,176 |\n\nBelow"
    assert len(boxes) == len(text)
    assert boxes[text.index("4,176")].tolist() == [8000, 1010, 8090, 1210]


def test_two_columns_are_read_one_after_the_other() -> None:
    texts = {"left": 500.0, "right": 6400.0}
    found = [
        line(f"{side} {at} and so on", x, 1000 + 250 * at, x + 5200) for at in range(10) for side, x in texts.items()
    ]
    title = line("a title over both columns", 2000, 500, 10000)
    text, _ = lay_out(as_characters([*found, title], PAGE_WIDTH))
    assert [row.split(" and")[0] for row in text.split("\n") if row] == [
        "a title over both columns",
        *(f"left {at}" for at in range(10)),
        *(f"right {at}" for at in range(10)),
    ]


def test_nothing_found_is_no_text() -> None:
    assert lay_out(as_characters([], PAGE_WIDTH))[0] == ""


@pytest.mark.skipif(ocr.is_installed(), reason="the extra ocr is installed")
def test_a_scan_is_named_with_what_to_install() -> None:
    install = r"Install the extra ocr \(pip install 'footnote-rag\[ocr\]'\)"
    advice = install if ocr.HAS_RELEASE else "Give it a text layer, or use Python 3.11 or 3.12"
    with pytest.raises(DocumentError, match=rf"no text\. {advice}"):
        read_pdf(scan(show([(72, 700, "Words")])))


@pytest.mark.skipif(not ocr.is_installed(), reason="the extra ocr is not installed")
def test_a_scan_is_read_from_its_picture() -> None:
    texts = ["The tenant pays the rent of 1,250 euros", "on the first day of each month."]
    parsed = read_pdf(scan(show([(72, 700, texts[0]), (72, 680, texts[1])], size=14)))
    assert parsed.text.split() == " ".join(texts).split()
    at = parsed.text.index("month")
    left, top, right, bottom = parsed.boxes[1][at] / POINT
    assert 200 < left < right < 300
    assert 95 < top < 108
    assert 112 < bottom < 125


@pytest.mark.skipif(not ocr.is_installed(), reason="the extra ocr is not installed")
def test_a_picture_without_words_is_named() -> None:
    raw = make_pdf([FULL_PAGE], images={"P1": picture(bytes([200]) * 10_000, 100, 100)})
    with pytest.raises(DocumentError, match="no words were found"):
        read_pdf(raw)
