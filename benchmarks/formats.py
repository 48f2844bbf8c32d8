"""How fast files of each format are read, and in how much memory.

`python -m benchmarks.formats ../shared/data --out formats` makes files of the paragraphs of SQuAD 2.0, of made rows and
of a quarterly report, reads each in processes of their own, and writes formats/formats.json. `--beside FOLDER` reads
them with another checkout too, in turn. About 6 minutes on 2 cores, twice that beside another.
"""

import argparse
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from html import escape
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks.quality import table
from tests.small_files import add_table, docx_of, docx_paragraph, epub_of, xlsx_of

HERE = Path(__file__).resolve().parent
PROSE = "squad2/squad2_dev_15articles_train.json.gz"
REPORT = "kgrag_sec10q/docs/2022 Q3 AAPL.pdf"
LABELS = ("Employee", "Department", "Salary", "Joined", "Note")
ROUNDS = 3


def made_files(data: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents: each format with prose, and with tables where it is written otherwise then."""
    articles = json.loads(gzip.decompress((data / PROSE).read_bytes()))["data"]
    paragraphs = [paragraph["context"] for article in articles for paragraph in article["paragraphs"]]
    rows = [LABELS, *(_row(number) for number in range(20_000))]
    text = "\n\n".join(islice(cycle(paragraphs), 2_400))
    yield "prose.txt", text.encode()
    yield "prose.md", "\n\n".join(f"## Part {n}\n\n{p}" for n, p in enumerate(paragraphs)).encode()
    yield "tables.md", "\n\n".join(f"## Part {n}\n\n{_bars(part)}" for n, part in enumerate(_parts(rows))).encode()
    yield "prose.html", _page("".join(f"<h2>Part {n}</h2><p>{escape(p)}</p>" for n, p in enumerate(paragraphs)))
    yield "tables.html", _page("".join(map(_html_table, _parts(rows))))
    body = "".join(map(docx_paragraph, paragraphs))
    yield "prose.docx", docx_of(body)
    yield "tables.docx", docx_of("".join(map(_docx_table, _parts(rows[:2_000]))))
    yield "slides.pptx", _slides(paragraphs[:60], rows[:11])
    yield "rows.xlsx", xlsx_of("".join(_sheet_row(number, row) for number, row in enumerate(rows, start=1)))
    yield "rows.csv", "\n".join(map(",".join, rows)).encode()
    yield "records.json", json.dumps([dict(zip(LABELS, row, strict=True)) for row in rows[1:]]).encode()
    yield (
        "records.jsonl",
        "\n".join(json.dumps({"title": f"{n}", "text": p}) for n, p in enumerate(paragraphs)).encode(),
    )
    chapter = "".join(f"<h2>Part {n}</h2><p>{escape(p)}</p>" for n, p in enumerate(paragraphs))
    yield "book.epub", epub_of(f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{chapter}</body></html>')
    yield "short.eml", _mail(paragraphs[:3])
    yield "long.eml", _mail(paragraphs)
    yield "report.pdf", (data / REPORT).read_bytes()


def _row(number: int) -> tuple[str, ...]:
    department = ("Engineering", "Sales", "Support")[number % 3]
    joined = f"{2000 + number % 25}-{1 + number % 12:02}-{1 + number % 28:02}"
    return f"Name {number}", department, f"{40_000 + 7 * number}", joined, "" if number % 4 else f"Room {number}"


def _parts(rows: Sequence[tuple[str, ...]]) -> list[list[tuple[str, ...]]]:
    """Tables of 20 rows under the same labels."""
    return [[LABELS, *rows[at : at + 20]] for at in range(1, len(rows), 20)]


def _bars(rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|---" * len(LABELS) + "|", *lines[1:]])


def _page(body: str) -> bytes:
    return f"<!DOCTYPE html><html><head><title>Page</title></head><body>{body}</body></html>".encode()


def _html_table(rows: Sequence[tuple[str, ...]]) -> str:
    first, *others = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return f"<table><tr>{first.replace('td>', 'th>')}</tr>{''.join(f'<tr>{row}</tr>' for row in others)}</table>"


def _docx_table(rows: Sequence[tuple[str, ...]]) -> str:
    written = ("".join(f"<w:tc>{docx_paragraph(cell)}</w:tc>" for cell in row) for row in rows)
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in written)}</w:tbl>"


def _sheet_row(number: int, row: tuple[str, ...]) -> str:
    cells = "".join(
        f'<c r="{column}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
        for column, cell in zip("ABCDE", row, strict=True)
    )
    return f'<row r="{number}">{cells}</row>'


def _slides(paragraphs: Sequence[str], rows: Sequence[tuple[str, ...]]) -> bytes:
    from pptx import Presentation

    show = Presentation()
    for number, paragraph in enumerate(paragraphs):
        slide = show.slides.add_slide(show.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number}"
        slide.placeholders[1].text = paragraph
        add_table(slide, rows)
    file = io.BytesIO()
    show.save(file)
    return file.getvalue()


def _mail(paragraphs: Sequence[str]) -> bytes:
    """A mail that quotes another of the same length."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ann <a@example.org>", "b@example.org", "Lights"
    message["Date"] = "Mon, 02 May 2022 10:00:00 +0000"
    quoted = "\n>\n".join(f"> {paragraph}" for paragraph in paragraphs)
    text = "\n\n".join(paragraphs)
    message.set_content(f"{text}\n\nOn Sun, 1 May 2022 at 09:12, Bob <b@example.org> wrote:\n{quoted}\n")
    return bytes(message)


def measure(file: Path, checkout: Path) -> dict[str, Any]:
    """What one process measures of reading `file` with the package `rag` of `checkout`."""
    command = [sys.executable, str(HERE / "reading_pace.py"), str(file)]
    run = subprocess.run(  # noqa: S603
        command,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        cwd=checkout,
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(run.stdout)


def best(file: Path, checkouts: Sequence[Path]) -> list[dict[str, float]]:
    """For each checkout the least of ROUNDS processes, in turn."""
    rounds = [[measure(file, checkout) for checkout in checkouts] for _ in range(ROUNDS)]
    return [{key: min(run[key] for run in runs) for key in runs[0]} for runs in zip(*rounds, strict=True)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--only", default="", help="files whose names hold this")
    arguments = parser.parse_args()
    folder = arguments.out.resolve() / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in made_files(arguments.data):
        (folder / name).write_bytes(content)
    checkouts = [HERE.parent, *([arguments.beside.resolve()] if arguments.beside else [])]
    figures = {file.name: best(file, checkouts) for file in sorted(folder.iterdir()) if arguments.only in file.name}
    (arguments.out / "formats.json").write_text(json.dumps(figures, indent=1))
    titles = ["file", "MB", "s", "s a MB of text", "memory, MB"]
    lines = []
    for name, (ours, *others) in figures.items():
        size, text = (folder / name).stat().st_size / 1e6, ours["characters"] / 1e6
        line = [name, f"{size:.2f}", f"{ours['seconds']:.3g}", f"{ours['seconds'] / text:.3g}", f"{ours['memory']:.0f}"]
        for other in others:
            line += [f"{other['seconds']:.3g}", f"{ours['seconds'] / other['seconds']:.2f}", f"{other['memory']:.0f}"]
        lines.append(line)
    print(table([*titles, *(["s beside", "times", "memory beside"] if arguments.beside else [])], lines))
