"""A folder of bad and odd files of every format and name, the same ones on every call."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.bad_contents import BadFile, Content, bad_contents, named, read, says


def make_bad_files(folder: Path) -> list[BadFile]:
    """Fill `folder`, which must be empty, and say what must become of each file."""
    made: list[BadFile] = []
    for content in [*bad_contents(), *_named_oddly()]:
        path = folder / content.file.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.raw)
        made.append(content.file)
    return made + _no_regular_files(folder)


def _named_oddly() -> Iterator[Content]:
    for name in (
        "a b  c.txt",
        "-rf.txt",
        "--help.md",
        "a..b.txt",
        "b.txt.txt",
        "emoji 👨\u200d👩\u200d👧 🏳\ufe0f.txt",
        "שלום عربي.txt",
        "e\u0301clair.md",
        "éclair.md",
        "$HOME `id`.txt",
        "a'b\"c.txt",
        "<b>bold.md",
        "*?[a].txt",
        "back\\slash.txt",
        "UPPER.TXT",
        "double.pdf.txt",
        "n" * 246 + ".txt",
        "\u202etxt.exe.md",
    ):
        yield read(f"names/{name}", says(name).encode() + name.encode(), says(name))
    for name in ("a\nb.txt", "a\tb.md", "bell\a.txt", "esc\x1b[31m.txt"):
        yield named(f"names/{name}", b"Control characters in its name.", "its name .* control characters")
    for name in (".hidden.txt", "..dots.txt", ".txt", "no suffix", "program.exe", "a.txt~", "picture.png"):
        yield Content(BadFile(f"names/{name}", "ignored"), says(name).encode())


def _no_regular_files(folder: Path) -> list[BadFile]:
    odd = folder / "odd"
    odd.mkdir()
    outside = folder.parent / f"{folder.name} outside.txt"
    outside.write_text("Not in the folder, of 1872.")
    (odd / "outside.txt").symlink_to(outside)
    (odd / "broken.pdf").symlink_to("nowhere.pdf")
    (odd / "loop.docx").symlink_to("loop.docx")
    (odd / "up").symlink_to("..")
    (odd / "folder.pdf").mkdir()
    (odd / "folder.pdf" / "inside.txt").write_text("Inside the folder, of 1871.")
    os.mkfifo(odd / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        # A socket's whole path may have 107 characters.
        os.chdir(odd)
        listener.bind("socket.md")
        os.chdir(here)
    (odd / "locked.txt").write_text("Locked away, of 1870.")
    (odd / "locked.txt").chmod(0)
    locked = BadFile("odd/locked.txt", "named", "cannot be read")
    if os.access(odd / "locked.txt", os.R_OK):
        locked = BadFile("odd/locked.txt", "read", "Locked away, of 1870.")
    Path(os.fsdecode(os.fsencode(odd) + b"/bytes\xff.txt")).write_text("A name of 1869.")
    return [
        BadFile("odd/outside.txt", "named", "link"),
        BadFile("odd/broken.pdf", "named", "a broken link"),
        BadFile("odd/loop.docx", "named", "link"),
        BadFile("odd/up", "ignored"),
        BadFile("odd/folder.pdf/inside.txt", "read", "Inside the folder, of 1871."),
        BadFile("odd/pipe.txt", "named", "not a regular file"),
        BadFile("odd/socket.md", "named", "not a regular file"),
        locked,
        BadFile("odd/bytes\N{REPLACEMENT CHARACTER}.txt", "named", "its name is not valid UTF-8"),
    ]
