from pathlib import Path

import pytest

from rag.library.uploads import LONGEST_NAME, put_files, safe_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("notes.md", "notes.md"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\users\\ann\\notes.md", "notes.md"),
        (".hidden.md", "hidden.md"),
        ("a<b>:c.md", "a_b__c.md"),
        ("tab\tline\n.md", "tab_line_.md"),
        ("..", "_"),
        ("", "_"),
        ("Größe 東京.md", "Größe 東京.md"),
        ("x" * 300 + ".md", "x" * LONGEST_NAME + ".md"),
    ],
)
def test_a_name_is_the_last_part_of_what_is_given(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_files_are_put_in_place_or_refused_with_a_reason(tmp_path: Path) -> None:
    sent, folder = tmp_path / "sent", tmp_path / "folder"
    sent.mkdir()
    folder.mkdir()
    (folder / "notes.md").write_text("before")
    files = []
    for number, (name, content) in enumerate(
        [("notes.md", "now"), ("x/notes.md", "another"), ("tool.exe", "MZ"), ("large.txt", "x" * 1_100_000)]
    ):
        file = sent / str(number)
        file.write_text(content)
        files.append((name, file))
    files.append(("lost.md", sent / "not there"))
    taken, refused = put_files(files, folder, max_megabytes=1)
    assert taken == ["notes.md", "notes (2).md"]
    assert {file.name: file.read_text() for file in folder.iterdir()} == {"notes.md": "now", "notes (2).md": "another"}
    assert [file.path for file in refused] == ["tool.exe", "large.txt", "lost.md"]
    assert "Files of the type .exe are not read" in refused[0].reason
    assert "1.1 MB, more than the limit of 1 MB" in refused[1].reason
    assert "lost on the way" in refused[2].reason
