"""Documents of every format, as a person has them: indexed, asked, shown, cited at their exact place."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from pptx import Presentation

from rag.formats.folder import find_files
from rag.formats.readers import READERS
from tests.conftest import RunRag
from tests.formats.make_pdf import make_pdf, show
from tests.warm import WarmRag

OnTerminal = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a PDF of two pages, slides, a table and a note."""
    folder = tmp_path_factory.mktemp("library")
    (folder / "notes").mkdir()
    (folder / "report.pdf").write_bytes(
        make_pdf(
            [
                show([(72, 700, "The harbour of Tarnholt was dredged in 1911.")]),
                show([(72, 700, "Its lighthouse is 38 metres high.")]),
            ]
        )
    )
    slides = Presentation()
    for title, body in (("Ferries", "The ferry to Velmora sails at noon."), ("Fares", "A ticket costs 12 crowns.")):
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, body
    slides.save(str(folder / "talk.pptx"))
    (folder / "staff.csv").write_text("Name,Office\nAda Lund,Harbour master\nBo Ek,Pilot\n")
    (folder / "notes" / "a.html").write_text("<h1>Weather</h1><p>Fog closes the harbour on ten days a year.</p>")
    return folder


@pytest.fixture(scope="module")
def indexed(library: Path, run_rag_of_session: RunRag) -> Path:
    result = run_rag_of_session("index", library, "--index", "library")
    assert result.returncode == 0, result
    return library


def ask(run_rag: RunRag, question: str, *where: str) -> dict[str, object]:
    filters = [part for filter_ in where for part in ("--where", filter_)]
    result = run_rag("ask", question, "--index", "library", "--json", *filters)
    assert result.returncode == 0, result
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("question", "document", "page", "section", "quote"),
    [
        ("How high is the lighthouse?", "report.pdf", 2, None, "Its lighthouse is 38 metres high."),
        ("When does the ferry to Velmora sail?", "talk.pptx", 1, "Ferries", "The ferry to Velmora sails at noon."),
        ("Who is the harbour master?", "staff.csv", None, None, "Name: Ada Lund; Office: Harbour master"),
        ("What is the office of Ada Lund?", "staff.csv", None, None, "Name: Ada Lund; Office: Harbour master"),
        ("How often does fog close the harbour?", "notes/a.html", None, "Weather", "Fog closes the harbour on ten"),
    ],
)
def test_a_citation_is_an_exact_place_in_every_format(
    indexed: Path, run_rag: RunRag, question: str, document: str, page: int, section: str, quote: str
) -> None:
    citation = ask(run_rag, question)["citations"][0]
    assert (citation["document"], citation["page"], citation["section"]) == (document, page, section)
    assert citation["quote"].startswith(quote)
    place = ["--start", citation["start"], "--end", citation["end"]]
    assert run_rag("show", document, "--index", "library", *place).stdout == citation["quote"]
    assert bool(citation["boxes"]) == (document == "report.pdf")
    for box in citation["boxes"]:
        assert box["page"] == page
        assert 0 < box["left"] < box["right"] < 612
        assert 0 < box["top"] < box["bottom"] < 792


def test_filters_limit_what_is_asked_and_searched(indexed: Path, run_rag: RunRag) -> None:
    answer = ask(run_rag, "What is known of the harbour?", "type=pdf", "page=1")
    assert {passage["document"] for passage in answer["passages"]} == {"report.pdf"}
    found = json.loads(run_rag("search", "harbour", "--where", "folder=notes", "--index", "library", "--json").stdout)
    assert [passage["document"] for passage in found] == ["notes/a.html"]
    for where, message in (("type=exe", "nothing in the index"), ("typ=pdf", "no field 'typ'"), ("pdf", "no filter")):
        result = run_rag("ask", "What?", "--where", where, "--index", "library")
        assert result.returncode == 2
        assert message in result.stderr


def test_documents_are_listed(indexed: Path, run_rag: RunRag) -> None:
    listed = json.loads(run_rag("documents", "--index", "library", "--json").stdout)
    assert [(document["id"], document["type"], document["pages"]) for document in listed] == [
        *[("notes/a.html", "html", 0), ("report.pdf", "pdf", 2), ("staff.csv", "csv", 0), ("talk.pptx", "pptx", 2)]
    ]
    printed = run_rag("documents", "--index", "library").stdout
    assert re.search(r"^talk\.pptx +Ferries +\S+ +2 ", printed, re.MULTILINE)
    assert run_rag("documents", "--index", "none").returncode == 2


def test_documents_are_listed_with_their_encoding_and_with_what_was_not_read(run_rag: RunRag, tmp_path: Path) -> None:
    (tmp_path / "ferry.html").write_text("<p>The ferry sails at <s>nine</s> ten.</p>")
    (tmp_path / "fees.txt").write_bytes("Die Gebühr für Gäste beträgt fünf Kronen.\n".encode("cp1252"))
    # A copy is told of like the one that is read.
    shutil.copy(tmp_path / "fees.txt", tmp_path / "gebuehren.txt")
    (tmp_path / "report.pdf").write_bytes(make_pdf([show([(72, 700, "The harbour was dredged.")])]))
    assert run_rag("index", tmp_path, "--index", "read").returncode == 0
    listed = json.loads(run_rag("documents", "--index", "read", "--json").stdout)
    assert [(document["id"], document["encoding"], document["notes"]) for document in listed] == [
        ("fees.txt", "Windows-1252", ["Read as Windows-1252."]),
        ("ferry.html", "UTF-8", ["1 struck-out passage left out."]),
        ("gebuehren.txt", "Windows-1252", ["Read as Windows-1252."]),
        ("report.pdf", None, []),
    ]
    # So is what could not be read at all.
    (tmp_path / "torn.pdf").write_bytes(b"%PDF-1.4")
    assert run_rag("index", tmp_path, "--index", "read").returncode == 2
    printed = run_rag("documents", "--index", "read").stdout
    assert re.search(r"^Could not be read .*:\n  torn\.pdf: .*damaged", printed, re.MULTILINE)


def test_the_name_of_a_document_is_readable_beside_a_long_title(
    run_rag: RunRag, on_terminal: OnTerminal, tmp_path: Path
) -> None:
    (tmp_path / "minutes-2024-05-16.md").write_text(f"# {'A long title of a meeting ' * 9}\n\nIt rained.\n")
    longest = f"{'long-' * 20}name.md"
    for names in (["minutes-2024-05-16.md"], [longest, "minutes-2024-05-16.md"]):
        if longest in names:
            (tmp_path / longest).write_text("It snowed.\n")
        assert run_rag("index", tmp_path, "--index", "long").returncode == 0
        for width in (48, 80, 100, 160):
            code, text = on_terminal("documents", "--index", "long", width=width)
            text = re.sub(r"\x1b\[[\d;]*m|\r", "", text)
            head, *lines = text.splitlines()
            assert code == 0
            assert all(len(line) <= width for line in lines), text
            assert "".join(line.split(" ")[0] for line in lines) == "".join(names)
            row = r"^minutes-2024-05-16\.md +A long t.*…" + (r" +\S+ +\d+ +1$" if len(head.split()) > 2 else "$")
            assert re.search(row, text, re.MULTILINE), text
            assert (len(head.split()) > 2) == (width == 160 or (width > 48 and longest not in names))
    # What goes on to another program has a document a line.
    printed = run_rag("documents", "--index", "long").stdout
    assert [line.split()[0] for line in printed.splitlines()[1:]] == [longest, "minutes-2024-05-16.md"]


def test_a_document_is_removed_in_one_call_and_damage_is_told_with_exit_code_1(library: Path, run_rag: RunRag) -> None:
    run_rag("index", library, "--index", "less")
    result = run_rag("remove", "report.pdf", "--index", "less")
    assert result.stdout == "less: removed report.pdf; 3 documents, 3 passages are left\n"
    assert "the next rag index puts it back" in result.stderr
    assert "report.pdf" not in run_rag("search", "lighthouse", "--index", "less", "--json").stdout
    again = run_rag("remove", "report.pdf", "--index", "less")
    assert again.returncode == 2
    assert "no document 'report.pdf'" in again.stderr
    assert "all is as it was written" in run_rag("verify", "--index", "less").stdout
    index = Path(json.loads(run_rag("where", "--index", "less", "--json").stdout)["index"])
    (corpus,) = index.glob("corpus-*.sqlite")
    content = bytearray(corpus.read_bytes())
    content[-1] ^= 1
    corpus.write_bytes(content)
    result = run_rag("verify", "--index", "less")
    assert result.returncode == 1
    assert f"{corpus.name} was changed since it was written" in result.stderr
    assert "--rebuild" in result.stderr
    assert json.loads(run_rag("verify", "--index", "less", "--json").stdout)["problems"]


@pytest.fixture
def copied(library: Path, tmp_path: Path) -> Path:
    """The library, to be changed."""
    return Path(shutil.copytree(library, tmp_path / "copied"))


def test_a_folder_is_watched(copied: Path, rag_environment: dict[str, str]) -> None:
    command = [sys.executable, "-W", "ignore", "-m", "rag.cli", "watch", str(copied), "--index", "watched"]
    with started(command, rag_environment) as process:
        try:
            assert process.stdout.readline().startswith("watched: 4 documents")
            assert process.stderr.readline().startswith("Watching ")
            # The watcher says that it is about to look, not that it looks: so change until it has seen it.
            said = ""
            for number in range(60):
                (copied / "new.md").write_text(f"The quay was built in {1900 + number}.")
                if select_line(process):
                    said = process.stdout.readline()
                    break
            assert said.startswith("watched: 5 documents")
            assert "(1 added, 0 changed, 0 removed, 4 unchanged)" in said
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert "Traceback" not in process.stderr.read()


def started(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[str]":
    """A process that hears Ctrl-C, which one that runs in the background of a script would not."""
    return subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (the tests have no threads)
    )


def select_line(process: "subprocess.Popen[str]") -> bool:
    """Whether the process says something within a second."""
    import select

    return bool(select.select([process.stdout], [], [], 1)[0])


@pytest.fixture
def on_terminal(warm_rag: WarmRag, rag_environment: dict[str, str], tmp_path: Path) -> OnTerminal:
    """`on_terminal("documents", width=80)`: the exit code, and what is drawn on a terminal for output and errors."""

    def run(*arguments: str | Path, width: int) -> tuple[int, str]:
        terminal, its_end = os.openpty()
        drawn: list[bytes] = []

        def read() -> None:
            # The terminal ends with an error when nobody can write to it any more.
            with contextlib.suppress(OSError):
                while block := os.read(terminal, 65536):
                    drawn.append(block)

        reading = threading.Thread(target=read)
        reading.start()
        environment = rag_environment | {"COLUMNS": str(width), "TERM": "xterm"}
        code = warm_rag.run_into((its_end, its_end), [*map(str, arguments)], environment, tmp_path)
        os.close(its_end)
        reading.join()
        os.close(terminal)
        return code, b"".join(drawn).decode()

    return run


def test_progress_is_drawn_with_documents_speed_and_time_left(copied: Path, on_terminal: OnTerminal) -> None:
    (copied / "long.md").write_text("".join(f"The pier number {n} is long and made of oak. " for n in range(1500)))
    code, text = on_terminal("index", copied, "--index", "drawn", width=120)
    assert code == 0
    assert re.search(r"\d/5 documents", text)
    assert re.search(r"\d+ tokens/s", text)
    assert re.search(r"\d+:\d\d", text)
    assert "long.md" in text


def test_ctrl_c_stops_indexing_and_says_that_nothing_is_lost(
    copied: Path, rag_environment: dict[str, str], run_rag: RunRag
) -> None:
    (copied / "long.md").write_text("".join(f"The pier number {n} is long and made of oak. " for n in range(6000)))
    command = [sys.executable, "-W", "ignore", "-m", "rag.cli", "index", str(copied), "--index", "stopped"]
    with started(command, rag_environment) as process:
        index = Path(rag_environment["RAG_INDEX_DIR"]) / "stopped"
        while process.poll() is None and not list(index.glob("words-*")):
            pass
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
    assert process.returncode == 130
    assert said == "Stopped: the index is as it was. What was embedded is kept, so the next run goes on from there.\n"
    assert "half-written" in run_rag("ask", "Which pier?", "--index", "stopped").stderr
    assert [path.name for path in index.iterdir()] == ["write.lock"]


def test_every_format_has_a_reader_and_a_name_in_the_documentation() -> None:
    from tests.conftest import REPOSITORY

    table = (REPOSITORY / "docs" / "index.md").read_text(encoding="utf-8")
    for suffix in READERS:
        assert f"`{suffix}`" in table


SEC = Path(__file__).parent.parent.parent / "shared" / "data" / "kgrag_sec10q" / "docs"


@pytest.mark.skipif(not SEC.exists(), reason=f"{SEC} is not here")
def test_the_filings_are_found() -> None:
    assert len(find_files(SEC)) == 20
