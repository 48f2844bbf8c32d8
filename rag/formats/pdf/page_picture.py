"""The picture of a PDF's page; python -m rag.formats.pdf.page_picture PAGE WIDTH MAX_SECONDS MAX_BYTES draws it."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from math import ceil
from threading import BoundedSemaphore

from rag.cores import core_count
from rag.errors import DocumentError
from rag.formats.text import library_errors
from rag.formats.worker import NEAR_LIMIT, SPARE_SECONDS, alarm, limit_memory, peak_bytes

MAX_SECONDS = 20.0
MAX_GIGABYTES = 2.0
MAX_WIDTH = MAX_HEIGHT = 4000
"""Pixels."""

_ENCRYPTED = "encrypted. Save it without a password."
_NO_PAGE = "no page {page}: its last page is {pages}. Ask for another, or index the file anew."
_NO_AREA = "page {page} shows nothing, for its crop box leaves no room. Open the file in a PDF viewer."
_OUT_OF_TIME = "page {page} not drawn within {seconds:g} seconds. Open the file in a PDF viewer."
_BROKE = "page {page} is damaged, or needs more than {gigabytes:g} GB of memory. Open the file in a PDF viewer."

# More at once would only wait for each other, and a limit of memory each is no limit for all.
_at_once = BoundedSemaphore(core_count())


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a picture, its size in points as displayed, that is cropped and turned, and the count of pages."""

    data: bytes
    media_type: str
    page_width: float
    page_height: float
    pages: int


def page_picture(
    raw: bytes, page: int, width: int, max_seconds: float = MAX_SECONDS, max_gigabytes: float = MAX_GIGABYTES
) -> Picture:
    """Page `page`, from 1, of the PDF `raw`, `width` pixels wide, fewer for the caps. Raises DocumentError."""
    arguments = [str(page), str(width), str(max_seconds), str(int(max_gigabytes * 1e9))]
    command = [sys.executable, "-P", "-W", "ignore", "-m", "rag.formats.pdf.page_picture", *arguments]
    # numpy's threads, which nothing here uses, would take address space by the number of cores.
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    with _at_once:
        try:
            done = subprocess.run(  # noqa: S603
                command, input=raw, capture_output=True, timeout=max_seconds, env=environment, check=True
            )
        except subprocess.TimeoutExpired:
            raise DocumentError(_OUT_OF_TIME.format(page=page, seconds=max_seconds)) from None
        except subprocess.CalledProcessError:
            raise DocumentError(_BROKE.format(page=page, gigabytes=max_gigabytes)) from None
    # No pickle: a file that took PDFium over could have this process run what it likes.
    head, _, data = done.stdout.partition(b"\n")
    facts = json.loads(head)
    if "error" in facts:
        raise DocumentError(facts["error"])
    return Picture(data, "image/webp", **facts)


def main(page: int, width: int, max_seconds: float, max_bytes: int) -> None:
    """Write a line of JSON and the picture of a page of the PDF on stdin to stdout, or end with an exit code."""
    # Should the one who keeps the time be dead.
    alarm(ceil(max_seconds) + SPARE_SECONDS)
    limit_memory(max_bytes)
    try:
        facts, data = _drawn(sys.stdin.buffer.read(), page, width)
    except DocumentError as error:
        facts, data = {"error": str(error)}, b""
    if peak_bytes() > NEAR_LIMIT * max_bytes:
        # Of a library without memory, any error may come, or half of a picture.
        sys.exit(1)
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + data)


def _drawn(raw: bytes, page: int, width: int) -> tuple[dict[str, str | float], bytes]:
    import pypdfium2

    with library_errors("PDF"):
        try:
            document = pypdfium2.PdfDocument(raw)
        except pypdfium2.PdfiumError as error:
            if error.err_code in (pypdfium2.raw.FPDF_ERR_PASSWORD, pypdfium2.raw.FPDF_ERR_SECURITY):
                raise DocumentError(_ENCRYPTED) from None
            raise
        if not 1 <= page <= len(document):
            raise DocumentError(_NO_PAGE.format(page=page, pages=len(document)))
        # What is filled into a form would not be drawn.
        document.init_forms()
        shown = document[page - 1]
        page_width, page_height = shown.get_size()
        if not (page_width and page_height):
            raise DocumentError(_NO_AREA.format(page=page))
        # Half a pixel less, for the sides of a picture are rounded up.
        scale = min((min(max(width, 1), MAX_WIDTH) - 0.5) / page_width, (MAX_HEIGHT - 0.5) / page_height)
        picture = io.BytesIO()
        # Sharp letters in less than half the bytes of a PNG; slower methods save little more.
        shown.render(scale=scale, rev_byteorder=True).to_pil().save(picture, "WEBP", quality=85, method=2)
    return {"page_width": page_width, "page_height": page_height, "pages": len(document)}, picture.getvalue()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
