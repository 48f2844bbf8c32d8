import os
import subprocess
import sys
from pathlib import Path

import pytest
from llama_index.core.schema import Document

from rag.errors import DocumentError
from rag.load import SkippedFile, find_files, load_documents


def load(folder: Path, megabytes: int = 1) -> dict[str, Document | SkippedFile]:
    items = load_documents(folder, megabytes)
    return {item.path if isinstance(item, SkippedFile) else item.node_id: item for item in items}


def test_documents_have_path_title_and_text(documents: Path) -> None:
    loaded = load(documents)
    assert list(loaded) == ["rivers.md", "towns.txt"]
    assert loaded["rivers.md"].metadata["title"] == "Rivers"
    assert loaded["towns.txt"].metadata["title"] == "towns"
    assert loaded["towns.txt"].text == "Bern is the seat of the Swiss government.\n"


def test_the_first_line_is_the_title_where_it_stands_like_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The humanitarian side\n\nText follows.")
    (tmp_path / "b.txt").write_text("Text begins at once\nand goes on.")
    assert [item.metadata["title"] for item in load(tmp_path).values()] == ["The humanitarian side", "b"]


def test_byte_order_mark_and_line_ends_are_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfOne.\r\nTwo.\rThree.")
    assert load(tmp_path)["a.txt"].text == "One.\nTwo.\nThree."


def test_hidden_and_other_files_are_left_alone_and_subfolders_read(tmp_path: Path) -> None:
    for name in [".hidden.md", ".git/a.md", "sub/b.MD", "c.pdf", "d.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Text.")
    assert [file.relative_to(tmp_path).as_posix() for file in find_files(tmp_path)] == ["d.txt", "sub/b.MD"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("latin1.txt", "Ärger".encode("latin-1"), "not UTF-8 (byte 0)"),
        ("utf16.txt", "Text".encode("utf-16-le"), "NUL"),
        ("empty.txt", b"", "empty"),
        ("blank.txt", b" \n\t\n", "empty"),
        ("large.txt", b"word " * 200_001, "1 MB, more than the 1 MB allowed"),
        ("bad\nname.txt", b"Text.", "name"),
    ],
)
def test_a_bad_file_is_named_with_what_to_do(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / "good.md").write_text("Good.")
    (tmp_path / name).write_bytes(content)
    loaded = load(tmp_path)
    assert isinstance(loaded["good.md"], Document)
    assert reason in loaded[name].reason


def test_a_name_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.txt", "w") as file:
        file.write("Text.")
    assert "name" in load(tmp_path)["\N{REPLACEMENT CHARACTER}.txt"].reason


def test_broken_links_and_what_cannot_be_read_are_reported(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "gone.txt")
    os.mkfifo(tmp_path / "pipe.txt")
    # Readable by nobody, root included: the kernel refuses to read address 0.
    (tmp_path / "refused.txt").symlink_to("/proc/self/mem")
    loaded = load(tmp_path)
    assert "broken link" in loaded["link.txt"].reason
    assert "not a regular file" in loaded["pipe.txt"].reason
    assert "cannot be read" in loaded["refused.txt"].reason


def test_a_subfolder_that_cannot_be_entered_is_reported(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Text.")
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "a.txt").write_text("Secret.")
    script = (
        "import encodings.utf_8_sig, llama_index.core.schema, os; from pathlib import Path;"
        "from rag.load import load_documents;"
        "os.setuid(65534); print([getattr(i, 'reason', '') or i.id_ for i in load_documents(Path('.'), 1)])"
    )
    if os.geteuid() != 0:
        pytest.skip("root alone can become nobody")
    tmp_path.chmod(0o755)
    for mode in (0o444, 0o000):
        (tmp_path / "locked").chmod(mode)
        result = subprocess.run(
            [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert "cannot be read" in result.stdout, result
        assert "good.txt" in result.stdout


def test_the_same_content_is_loaded_once(tmp_path: Path) -> None:
    for name in ["b.txt", "a.txt"]:
        (tmp_path / name).write_text("The same.")
    loaded = load(tmp_path)
    assert loaded["a.txt"].text == "The same."
    assert loaded["b.txt"].duplicate_of == "a.txt"
    assert "a.txt" in loaded["b.txt"].reason


@pytest.mark.parametrize("make", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, make: str) -> None:
    path = tmp_path / "x"
    if make == "file":
        path.write_text("Text.")
    with pytest.raises(DocumentError, match="no such folder" if make == "missing" else "not a folder"):
        find_files(path)
