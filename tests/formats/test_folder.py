import os
import subprocess
import sys
from pathlib import Path

import pytest
from llama_index.core.schema import Document

from rag.errors import DocumentError
from rag.formats.folder import SkippedFile, SourceFile, as_document, find_files, source_files
from rag.formats.process import ReaderProcess


def files(folder: Path, megabytes: int = 1) -> dict[str, SourceFile | SkippedFile]:
    return {item.path: item for item in source_files(folder, find_files(folder), megabytes)}


def load(folder: Path) -> dict[str, Document]:
    with ReaderProcess() as reader:
        return {path: as_document(file, reader.read(file.raw, file.suffix)) for path, file in files(folder).items()}


def test_documents_have_path_title_and_text(documents: Path) -> None:
    loaded = load(documents)
    assert list(loaded) == ["rivers.md", "towns.txt"]
    assert loaded["rivers.md"].metadata["title"] == "Rivers"
    assert loaded["towns.txt"].metadata["title"] == "towns"
    assert loaded["towns.txt"].text == "Bern is the seat of the Swiss government.\n"


def test_documents_say_where_they_lie_what_they_are_and_of_which_day(documents: Path) -> None:
    (documents / "rivers.md").rename(documents / "Deep.MD")
    (documents / "a" / "b").mkdir(parents=True)
    (documents / "towns.txt").rename(documents / "a" / "b" / "towns.txt")
    for path in documents.rglob("*.*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    found = {path: document.metadata for path, document in load(documents).items()}
    kept = ("type", "folder", "date")
    assert {path: tuple(metadata[key] for key in kept) for path, metadata in found.items()} == {
        "Deep.MD": ("md", "", "2023-11-14"),
        "a/b/towns.txt": ("txt", "a/b", "2023-11-14"),
    }


def test_the_first_line_is_the_title_where_it_stands_like_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The humanitarian side\n\nText follows.")
    (tmp_path / "b.txt").write_text("Text begins at once\nand goes on.")
    assert [item.metadata["title"] for item in load(tmp_path).values()] == ["The humanitarian side", "b"]


def test_byte_order_mark_and_line_ends_are_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfOne.\r\nTwo.\rThree.")
    assert load(tmp_path)["a.txt"].text == "One.\nTwo.\nThree."


def test_hidden_and_other_files_are_left_alone_and_subfolders_read(tmp_path: Path) -> None:
    for name in [".hidden.md", ".git/a.md", "sub/b.MD", "c.exe", "d.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Text.")
    assert [file.relative_to(tmp_path).as_posix() for file in find_files(tmp_path)] == ["d.txt", "sub/b.MD"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("large.txt", b"word " * 200_001, "1.0 MB, more than the 1 MB allowed"),
        ("bad\nname.txt", b"Text.", "name"),
    ],
)
def test_a_bad_file_is_named_with_what_to_do(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / "good.md").write_text("Good.")
    (tmp_path / name).write_bytes(content)
    loaded = files(tmp_path)
    assert isinstance(loaded["good.md"], SourceFile)
    assert reason in loaded[name].reason


def test_a_name_that_is_not_utf8_is_reported(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/\xff.txt", "w") as file:
        file.write("Text.")
    assert "name" in files(tmp_path)["\N{REPLACEMENT CHARACTER}.txt"].reason


def test_links_and_what_cannot_be_read_are_reported(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.txt").write_text("Text.")
    (folder / "within.txt").symlink_to("a.txt")
    (folder / "gone.txt").symlink_to(folder / "nowhere.txt")
    (tmp_path / "secret.txt").write_text("Secret.")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "loop.txt").symlink_to("loop.txt")
    os.mkfifo(folder / "pipe.txt")
    loaded = files(folder)
    assert loaded["within.txt"].raw == b"Text."
    assert "broken link" in loaded["gone.txt"].reason
    assert "a link out of the folder" in loaded["out.txt"].reason
    assert "broken link" in loaded["loop.txt"].reason
    assert "not a regular file" in loaded["pipe.txt"].reason


def test_folders_behind_links_are_not_entered(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.txt").write_text("Text.")
    (tmp_path / "folder" / "link").symlink_to(tmp_path / "outside")
    assert find_files(tmp_path / "folder") == []


def test_a_file_that_grows_while_it_is_read_is_reported(tmp_path: Path) -> None:
    # The kernel says that this file is empty, and gives it content when it is read.
    (tmp_path / "version.txt").write_text("")
    if not Path("/proc/version").exists():
        pytest.skip("no /proc here")
    (file,) = source_files(Path("/proc"), [Path("/proc/version")], 1)
    assert "was being changed while it was read" in file.reason


def test_what_is_ignored_is_left_out(tmp_path: Path) -> None:
    for name in ["a.md", "drafts/b.md", "drafts/keep.md", "c.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Text.")
    (tmp_path / ".ragignore").write_text("# what is not ready\ndrafts/*\n!drafts/keep.md\n*.txt\n")
    assert [file.relative_to(tmp_path).as_posix() for file in find_files(tmp_path)] == ["a.md", "drafts/keep.md"]
    (tmp_path / ".ragignore").write_bytes(b"\xff")
    with pytest.raises(DocumentError, match="ragignore cannot be read"):
        find_files(tmp_path)


def test_a_subfolder_that_cannot_be_entered_is_reported(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("Text.")
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "a.txt").write_text("Secret.")
    script = (
        "import encodings.utf_8_sig, llama_index.core.schema, os; from pathlib import Path;"
        "from rag.formats.folder import find_files, source_files; p = Path('.');"
        "os.setuid(65534); print([getattr(i, 'reason', '') or i.path for i in source_files(p, find_files(p), 1)])"
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


@pytest.mark.parametrize("make", ["missing", "file"])
def test_what_is_no_folder_is_refused(tmp_path: Path, make: str) -> None:
    path = tmp_path / "x"
    if make == "file":
        path.write_text("Text.")
    with pytest.raises(DocumentError, match="no such folder" if make == "missing" else "not a folder"):
        find_files(path)
