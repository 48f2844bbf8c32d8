"""Titles that say nothing are none, so that the file's name or its first heading stands in their place."""

from pathlib import Path

import pytest

from rag.formats.titles import own_title, title_of
from tests.formats.make_pdf import make_pdf, show
from tests.formats.test_folder import load


@pytest.mark.parametrize(
    "said",
    [
        *["", " \n", "2024-11", "about:blank", "https://example.org/a?b=c", "data:text/html,x", "file:///C:/My x"],
        *["C:\\Users\\me\\My letter.doc", "\\\\server\\share\\a b", "/tmp/a1b2/x", "~/letters/x"],
        *["letter.DOCX", "report_v2.pdf", "index.html", "~WRL0001.tmp", "tmp8f3k2a", "temp-20241103"],
        *["Document1", "Dokument2", "Mappe12", "Untitled", "Untitled-3", "untitled document", "Презентация1"],
        *["Microsoft Word - Draft", "PowerPoint Presentation", "PowerPoint-Präsentation", "Document title"],
    ],
)
def test_what_says_nothing_is_no_title(said: str) -> None:
    assert own_title(said) is None
    assert title_of("letters/to mother.pdf", said) == "to mother"


@pytest.mark.parametrize(
    "said",
    [
        *["Annual report", "Report 2024", "G20", "A4", "Node.js", "std::vector", "Re: the lamp", "TCP/IP", "Title: x"],
        *["On /dev/null", "1984: a novel", "Temple", "Template", "日本", "سوريا", "Chapter 1"],
    ],
)
def test_what_says_something_is_kept(said: str) -> None:
    assert own_title(said) == title_of("a.pdf", said) == said
    assert own_title(f" {said.replace(' ', chr(10))} ") == said


def test_a_file_is_called_by_its_name_where_its_title_says_nothing(tmp_path: Path) -> None:
    words = show([(72, 700, "The keeper trims the lamp at dusk."), (72, 680, "He sleeps by day.")])
    (tmp_path / "lamp.pdf").write_bytes(make_pdf([words], info={"Title": "about:blank"}))
    (tmp_path / "page.html").write_text("<title>about:blank</title><p>The keeper trims the lamp at dusk.</p>")
    (tmp_path / "headed.html").write_text("<title>about:blank</title><h1>The lamp</h1><p>It is trimmed at dusk.</p>")
    (tmp_path / "notes.md").write_text("---\ntitle: /tmp/notes\n---\nThe keeper trims the lamp at dusk.\n")
    titles = {path: document.metadata["title"] for path, document in load(tmp_path).items()}
    assert titles == {"lamp.pdf": "lamp", "page.html": "page", "headed.html": "The lamp", "notes.md": "notes"}
