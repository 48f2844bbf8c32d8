import io
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw

from rag.errors import DocumentError
from rag.formats.parsed_document import POINT
from rag.formats.pdf.page_picture import MAX_HEIGHT, MAX_WIDTH, Picture, page_picture
from rag.formats.pdf.reader import read_pdf
from tests.formats.make_pdf import make_pdf, show

FILINGS = Path(__file__).parents[4] / "shared" / "data" / "kgrag_sec10q" / "docs"
WORDS = show([(150, 600, "Lighthouses of the northern coast"), (250, 420, "Keeper: Ada Byron"), (200, 200, "1887")], 18)
PAPER = 200
"""Greys above it are paper."""


def grey_levels(picture: Picture) -> npt.NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(picture.data)).convert("L"))


def boxes_in_pixels(raw: bytes, picture: Picture) -> npt.NDArray[np.float64]:
    """Left, top, right, bottom of each letter of the first page."""
    parsed = read_pdf(raw)
    boxes = parsed.boxes[1].astype(float) / POINT
    # The bars between the cells of a table have none.
    is_letter = boxes.any(axis=1) & [not character.isspace() for character in parsed.text[: len(boxes)]]
    height, width = grey_levels(picture).shape
    return boxes[is_letter] * np.tile([width / picture.page_width, height / picture.page_height], 2)


def painted_over(grey: npt.NDArray[np.uint8], boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    image = Image.fromarray(grey)
    for left, top, right, bottom in boxes:
        # A pixel more, for the edges of letters are soft.
        ImageDraw.Draw(image).rectangle((left - 1, top - 1, right + 1, bottom + 1), fill=255)
    return np.asarray(image)


def content_of_spaces(megabytes: int) -> bytes:
    """A form whose content is spaces, packed twice."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 1_000_000) for _ in range(megabytes)) + packer.flush()
    packed = zlib.compress(packed, 9)
    entries = f"/Type/XObject/Subtype/Form/BBox[0 0 612 792]/Filter[/FlateDecode/FlateDecode]/Length {len(packed)}"
    return b"<<" + entries.encode() + b">>\nstream\n" + packed + b"\nendstream"


def test_the_picture_has_the_width_asked_for_and_the_shape_of_the_page() -> None:
    raw = make_pdf([WORDS, b"", b""])
    for width in (333, 1000, 1001):
        picture = page_picture(raw, 3, width)
        image = Image.open(io.BytesIO(picture.data))
        assert (image.format, picture.media_type) == ("WEBP", "image/webp")
        assert (image.width, image.height) == (width, pytest.approx(width * 792 / 612, abs=1))
        assert (picture.page_width, picture.page_height, picture.pages) == (612, 792, 3)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize(
    ("boxes", "size"),
    [
        ("/UserUnit 2", (612, 792)),
        ("/CropBox[100 150 500 700]", (400, 550)),
        ("/MediaBox[0 0 900 900]/CropBox[-50 100 550 2000]", (550, 800)),
        ("/MediaBox[40 -60 612 792]", (572, 852)),
    ],
)
def test_the_boxes_of_words_lie_over_them(boxes: str, size: tuple[int, int], rotation: int) -> None:
    raw = make_pdf([WORDS], page_entries=f"{boxes}/Rotate {rotation}")
    picture = page_picture(raw, 1, 900)
    assert (picture.page_width, picture.page_height) == (size if rotation % 180 == 0 else size[::-1])
    grey, places = grey_levels(picture), boxes_in_pixels(raw, picture)
    assert (painted_over(grey, places) > PAPER).all()
    for left, top, right, bottom in places.round().astype(int):
        assert grey[top:bottom, left:right].min() < PAPER


def test_the_boxes_of_a_real_page_lie_over_its_words() -> None:
    if not FILINGS.is_dir():
        pytest.skip("no filings in shared/data")
    raw = (FILINGS / "2022 Q3 AAPL.pdf").read_bytes()
    picture = page_picture(raw, 1, 1600)
    grey, places = grey_levels(picture), boxes_in_pixels(raw, picture)
    is_ink = np.array([grey[top:bottom, left:right].min() < PAPER for left, top, right, bottom in places.astype(int)])
    assert is_ink.mean() > 0.99
    # Rules and the logo are no words.
    assert (painted_over(grey, places) < PAPER).sum() < 0.1 * (grey < PAPER).sum()


def test_what_is_filled_in_into_a_form_is_shown() -> None:
    field = "<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(Filled)/Rect[100 600 300 650]/F 4/MK<</BG[0 0 0]>>>>"
    raw = make_pdf([b""], page_entries=f"/Annots[{field}]").replace(b"/Catalog", b"/Catalog/AcroForm<</Fields[]>>")
    grey = grey_levels(page_picture(raw, 1, 612))
    assert grey[145:190, 105:295].mean() < PAPER


def test_pictures_are_bounded_however_large_or_thin_the_page() -> None:
    sizes = {"14400 14400": (1000, 1000), "1 14400": (1, MAX_HEIGHT), "14400 1": (1000, 1), "0 0": (1000, 1294)}
    for size, pixels in sizes.items():
        picture = page_picture(make_pdf([b""], page_entries=f"/MediaBox[0 0 {size}]"), 1, 1000)
        assert Image.open(io.BytesIO(picture.data)).size == pixels
    widest = page_picture(make_pdf([b""], page_entries="/MediaBox[0 0 400 200]"), 1, 10**9)
    assert Image.open(io.BytesIO(widest.data)).size == (MAX_WIDTH, MAX_WIDTH / 2)
    assert Image.open(io.BytesIO(page_picture(make_pdf([b""]), 1, -5).data)).size == (1, 1)


@pytest.mark.parametrize(
    ("raw", "page", "message"),
    [
        (make_pdf([WORDS]), 0, "no page 0: its last page is 1"),
        (make_pdf([WORDS]), 2, "no page 2: its last page is 1"),
        (make_pdf([]), 1, "a damaged PDF"),
        (make_pdf([b""], page_entries="/CropBox[1000 1000 1200 1200]"), 1, "page 1 shows nothing"),
        (make_pdf([WORDS], encrypted=True), 1, "encrypted"),
        (b"", 1, "a damaged PDF"),
        (b"PK\x03\x04 no PDF", 1, "a damaged PDF"),
        (make_pdf([WORDS])[:300], 1, "a damaged PDF"),
    ],
)
def test_what_cannot_be_shown_is_an_error_for_people(raw: bytes, page: int, message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        page_picture(raw, page, 800)


def test_a_page_that_takes_too_long_is_given_up() -> None:
    with pytest.raises(DocumentError, match="page 1 not drawn within 2 seconds"):
        page_picture(make_pdf([b"0 0 m 612 792 l S\n" * 1_000_000]), 1, 1000, max_seconds=2)


def test_a_page_that_needs_too_much_memory_is_given_up() -> None:
    bomb = make_pdf([b"q /P1 Do Q"], images={"P1": content_of_spaces(megabytes=400)})
    assert len(bomb) < 10_000
    with pytest.raises(DocumentError, match="page 1 is damaged, or needs more than 0.3 GB of memory"):
        page_picture(bomb, 1, 1000, max_gigabytes=0.3)


def test_many_ask_at_once() -> None:
    raws = [make_pdf([WORDS] * (number + 1), page_entries=f"/Rotate {90 * number}") for number in range(4)]
    alone = [page_picture(raw, 1, 700) for raw in raws]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda raw: page_picture(raw, 1, 700), raws)) == alone
