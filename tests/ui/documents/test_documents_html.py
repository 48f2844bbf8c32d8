import threading
from pathlib import Path

from rag.formats.folder import SkippedFile
from rag.ingest.report import IndexReport, OnProgress, Progress
from rag.library.document_rows import DocumentRow
from rag.library.sizes import size_text
from rag.library.updates import Updates
from ui.documents.documents_html import FILES_SHOWN, table_html, update_html

FAILED = DocumentRow("b.pdf", "", "pdf", 0, 0, 12, "failed", reason="a damaged <PDF>", is_held=False)


def test_what_of_a_document_was_not_read_and_its_encoding_stand_beside_its_name_and_type() -> None:
    row = DocumentRow("fees.txt", "Fees", "txt", 0, 1, 900, "indexed", "Windows-1252", ["2 <charts> not read."])
    html = table_html([row, DocumentRow("a.pdf", "a", "pdf", 1, 1, 900, "indexed")], "")
    assert '<span class="place">2 &lt;charts&gt; not read.</span>' in html
    assert '>txt<span class="place">Windows-1252</span></td>' in html
    assert ">pdf</td>" in html


def test_a_document_is_opened_and_a_failed_file_tried_again_or_removed_from_its_row() -> None:
    held = table_html([DocumentRow("a.pdf", "a", "pdf", 1, 1, 900, "indexed")], "")
    assert 'data-act="documents:select" data-document="a.pdf"' in held
    assert "documents:retry" not in held
    failed = table_html([FAILED], "")
    assert "A damaged &lt;PDF&gt;" in failed
    assert "Could not be read" in failed
    assert "documents:select" not in failed
    for act in ("retry", "delete"):
        assert f'data-act="documents:{act}" data-document="b.pdf"' in failed
    before = table_html([DocumentRow("a.md", "a", "md", 0, 1, 9, "failed", reason="empty")], "")
    assert "holds it as it was before" in before
    assert "documents:select" in before


def test_what_lies_in_a_folder_of_the_persons_is_removed_there() -> None:
    html = table_html([FAILED], "", Path("/papers"))
    assert "It lies in /papers: remove it there" in html
    assert "documents:delete" not in html
    assert "documents:retry" in html
    held = table_html([DocumentRow("a.pdf", "a", "pdf", 1, 1, 900, "indexed")], "", Path("/papers"))
    assert "From /papers" in held
    assert "Its file stays in /papers" in held


def test_sizes_are_in_the_unit_of_the_limit() -> None:
    assert [size_text(count) for count in (0, 1, 99_000, 99_999, 100_000, 52_440_000, 1_234_500_000)] == [
        *["0 kB", "1 kB", "99 kB", "100 kB", "0.1 MB", "52.4 MB", "1,234.5 MB"]
    ]


def test_the_files_of_an_upload_are_listed_with_how_far_each_is() -> None:
    shown = []
    for more in ([], [f"{n}.md" for n in range(FILES_SHOWN)]):
        updates, begun = Updates(), threading.Event()

        def update(on_progress: OnProgress, updates: Updates = updates, begun: threading.Event = begun) -> IndexReport:
            begun.wait()
            for path, share, failure in (("a.md", 1.0, ""), ("<b>.md", 1.0, "empty"), ("c.md", 0.5, "")):
                on_progress(Progress(2, 4, 50, 100, 7, path, share, failure))
            shown.append(update_html(updates.last("x")))
            return IndexReport("x", "f", added=["a.md"], documents=1, passages=1)

        updating = updates.begin("x", update, ["a.md", "<b>.md", "c.md", "d.md", *more], [SkippedFile("e.exe", "No.")])
        begun.set()
        updating.job.wait()
    few, many = shown
    assert 'value="50"' in few
    for state, said in (
        ("done", "<strong>a.md</strong>: done"),
        ("refused", '<strong>&lt;b&gt;.md</strong>: not taken<span class="place">Empty</span>'),
        ("reading", "<strong>c.md</strong>: reading"),
        ("waiting", "<strong>d.md</strong>: waiting"),
        ("refused", '<strong>e.exe</strong>: not taken<span class="place">No.</span>'),
    ):
        assert f'<li data-state="{state}">{said}' in few
    assert "2 of 4 files" in many
    assert "<li" not in many
    over = update_html(updates.last("x"))
    assert "Documents: 1, passages: 1 (1 added)." in over
    assert "<strong>e.exe</strong>: No." in over
    assert update_html(None) == ""
