"""Every command, run as a person runs it: in a process of its own."""

import json
import re
import shlex
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import typer

from rag.cli import app
from rag.store.manifest import load_manifest
from tests.conftest import ORIGINAL, REPOSITORY, RunRag

OF_AN_INDEX = ["index", "watch", "documents", "remove", "verify", "copy", "search", "ask", "show", "chat", "where"]
OF_AN_INDEX += ["check", "eval", "calibrate"]
OF_FILES = ["import", "compare", "report", "judge", "export"]
OF_SERVERS = ["serve", "mcp", "user", "key", "backup", "restore"]
HEAVY = ["torch", "transformers", "sentence_transformers"]


def refused(result: "subprocess.CompletedProcess[str]") -> str:
    """What the command line said in refusing: on stderr, with exit code 2 and without a traceback."""
    assert result.returncode == 2, result
    assert "Traceback" not in result.stderr
    return result.stderr


def test_index_tells_what_it_did_and_does_it_once(run_rag: RunRag, documents: Path) -> None:
    first = run_rag("index", documents, "--index", "two")
    assert first.returncode == 0
    assert first.stdout.startswith("two: 2 documents, 2 passages (2 added, 0 changed, 0 removed, 0 unchanged)")
    assert "multilingual" not in first.stderr
    report = json.loads(run_rag("index", documents, "--index", "two", "--json").stdout)
    assert report["unchanged"] == ["rivers.md", "towns.txt"]
    assert "1,233 km" in run_rag("ask", "How long is the Rhine?", "--index", "two").stdout


def test_a_folder_in_another_language_is_told_the_embedding_for_it(run_rag: RunRag, tmp_path: Path) -> None:
    folder = tmp_path / "anzeigen"
    folder.mkdir()
    text = "Der neue Liefertermin ist der 3. März 2025. Gemäß § 5 Abs. 2 beträgt die Gebühr ca. 80 Euro."
    (folder / "termin.txt").write_text(text, encoding="utf-8")
    said = run_rag("index", folder, "--index", "de")
    assert said.returncode == 0
    assert "in German" in said.stderr
    assert 'embedding = "multilingual"' in said.stderr
    documents = json.loads(run_rag("documents", "--index", "de", "--json").stdout)
    assert [document["language"] for document in documents] == ["de"]
    answer = json.loads(run_rag("ask", "Wann ist der neue Liefertermin?", "--index", "de", "--json").stdout)
    assert "Der neue Liefertermin ist der 3. März 2025." in json.dumps(answer, ensure_ascii=False)


def test_search_prints_the_nearest_passages(run_rag: RunRag) -> None:
    passages = json.loads(run_rag("search", "Constitutional Committee", "-k", "3", "--json").stdout)
    assert [list(passage) for passage in passages] == 3 * [
        [
            *["id", "document", "page", "start", "end", "text", "score", "dense_rank", "lexical_rank"],
            *["section", "also", "reader_score"],
        ]
    ]
    # One begins with the heading of that name, the other stands under it.
    assert any("draft a new constitution" in passage["text"] for passage in passages[:2])
    assert "The Constitutional Committee" in {passage["section"] for passage in passages[:2]}
    printed = run_rag("search", "Constitutional Committee", "-k", "1").stdout
    assert printed.startswith(
        f"1. astana-round-22.md, “{passages[0]['section']}”, characters {passages[0]['start']}-{passages[0]['end']}\n"
    )


def test_ask_prints_the_answer_and_its_places(run_rag: RunRag) -> None:
    printed = run_rag("ask", "Who led the Russian delegation?").stdout
    assert re.match(r".*Alexander Lavrentiev.* \[1\]\n", printed)
    assert re.search(r"^\[1\] astana-round-22\.md, “[^”]+”, characters \d+-\d+$", printed, re.MULTILINE)


def test_what_ask_cites_is_what_show_prints(run_rag: RunRag) -> None:
    answer = json.loads(run_rag("ask", "Who led the Russian delegation?", "--json").stdout)
    assert answer["citations"]
    for citation in answer["citations"]:
        text = run_rag("show", citation["document"]).stdout
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        place = ["--start", citation["start"], "--end", citation["end"]]
        assert run_rag("show", citation["document"], *place).stdout == citation["quote"]
        shown = json.loads(run_rag("show", citation["document"], *place, "--json").stdout)
        assert (shown["text"], shown["title"]) == (citation["quote"], citation["title"])


def test_a_refusal_shows_the_nearest_passages(run_rag: RunRag) -> None:
    result = run_rag("ask", "Which wine goes with grilled trout?")
    assert result.returncode == 0
    assert result.stdout.startswith("The documents do not answer this question.\n")
    assert "The nearest passages:\n\n1. " in result.stdout


def test_where_prints_the_paths(run_rag: RunRag, rag_environment: dict[str, str], tmp_path: Path) -> None:
    paths = json.loads(run_rag("where", "--json").stdout)
    assert paths["indexes"] == rag_environment["RAG_INDEX_DIR"]
    assert paths["index"] == f"{paths['indexes']}/seeds"
    assert paths["settings"] == str(tmp_path / "rag.toml")
    assert f"seeds      {REPOSITORY / 'seeds'}\n" in run_rag("where").stdout
    assert "(not there)" in run_rag("where", "--index", "none").stdout


@pytest.mark.parametrize("command", [*OF_AN_INDEX, *OF_FILES])
def test_help_has_an_example_that_parses(run_rag: RunRag, command: str) -> None:
    printed = run_rag(command, "--help").stdout
    example = re.search(r"Example: (rag .*)", printed, re.DOTALL)
    assert example
    program, name, *arguments = shlex.split(example.group(1))
    assert (program, name) == ("rag", command)
    typer.main.get_command(app).get_command(None, command).make_context(command, arguments)
    assert "--json" in printed
    assert ("--index NAME" in printed) == (command in OF_AN_INDEX)


def test_help_lists_every_command_and_loads_nothing_heavy(run_rag: RunRag) -> None:
    listed = re.findall(r"^  ([a-z]+)  ", run_rag("--help").stdout, re.MULTILINE)
    assert sorted(listed) == sorted([*OF_AN_INDEX, *OF_FILES, *OF_SERVERS])
    script = "import sys, rag.cli; print([m for m in ('numpy', 'pydantic', 'rich', 'llama_index') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"


@pytest.mark.parametrize("arguments", [["ask", "Who led the Russian delegation?"], ["search", "delegation"]])
def test_asking_and_searching_load_no_torch(rag_environment: dict[str, str], arguments: list[str]) -> None:
    script = (
        f"import sys, rag.cli; rag.cli.app({arguments}, standalone_mode=False); print(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], env=rag_environment, capture_output=True, text=True, check=True
    )
    modules = result.stderr.split()
    assert "onnxruntime" in modules
    assert not set(HEAVY) & set(modules)


@pytest.mark.skipif(not ORIGINAL.exists(), reason=f"{ORIGINAL} is not here")
def test_the_original_document_is_asked(run_rag: RunRag) -> None:
    assert run_rag("index", ORIGINAL.parent, "--index", "original").returncode == 0
    answer = run_rag("ask", "Who led the Russian delegation?", "--index", "original").stdout
    assert "Alexander Lavrentiev, Russia’s Special Representative for Syria, led the Russian delegation" in answer


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["index", "nowhere"], "nowhere: no such folder"),
        (["index", "."], "no document in it"),
        (["index", "a/b", "--index", "../up"], "cannot name an index"),
        (["ask", ""], "the question is empty"),
        (["ask", "x" * 100_000], "the question has 100,000 characters"),
        (["ask", "谁率领俄罗斯代表团？"], "in Cjk letters, the documents in Latin"),
        (["ask", "Who?", "--index", "none"], "no index 'none'"),
        (["where", "--index", "../.."], "cannot name an index"),
        (["show", "\udcff.md"], "no document"),
        (["show", "none.md"], "no document 'none.md' in the index 'seeds'. It holds: astana-round-22.md"),
        (["show", "astana-round-22.md", "--start", "9", "--end", "3"], "9 to 3 is no range of it"),
        (["eval", "none.jsonl"], "none.jsonl: no such file"),
        (["search"], "Missing argument"),
        (["ask", "Who \udcff led?"], "the question holds bytes that are no text"),
        (["index", "pap\udcffers"], "not valid UTF-8"),
        (["index", "x" * 300], "no such folder"),
        (["ask", "Who?", "--index", "x" * 300], "cannot name an index"),
    ],
)
def test_bad_input_is_named_and_loses_nothing(run_rag: RunRag, arguments: list[str], message: str) -> None:
    assert message in refused(run_rag(*arguments))


def test_bad_files_are_named_and_the_rest_is_indexed(run_rag: RunRag, documents: Path) -> None:
    (documents / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xd8\x01")
    (documents / "empty.md").touch()
    (documents / "gone.txt").symlink_to("nowhere")
    (documents / "copy.txt").write_bytes((documents / "towns.txt").read_bytes())
    with (documents / "large.txt").open("wb") as file:
        file.truncate(200_000_000)
    result = run_rag("index", documents, "--index", "partly")
    said = refused(result)
    assert "Skipped picture.txt: not UTF-8" in said
    assert "Skipped empty.md: empty" in said
    assert "Skipped gone.txt: a broken link" in said
    assert "4 files were skipped" in said
    assert "Skipped large.txt: 200.0 MB, more than the 50 MB allowed" in said
    assert result.stdout.startswith("partly: 2 documents")
    assert "towns.txt has the same content as copy.txt: stored once, cited under both" in result.stdout


def test_a_setting_that_does_not_exist_is_named(run_rag: RunRag, tmp_path: Path) -> None:
    assert "'RAG_PROT' in the environment" in refused(run_rag("where", RAG_PROT="1"))
    (tmp_path / "rag.toml").write_text("colour = 'red'\n")
    assert "unknown configuration key 'colour'" in refused(run_rag("ask", "Who?"))


def test_a_full_standard_output_is_named(run_rag: RunRag, rag_environment: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "rag.cli", "show", "astana-round-22.md"],
            env=rag_environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "No space left on device" in refused(result)


def test_the_text_is_the_same_in_every_locale(run_rag: RunRag) -> None:
    expected = (REPOSITORY / "seeds" / "astana-round-22.md").read_bytes()
    for environment in (
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ):
        result = run_rag("show", "astana-round-22.md", **environment)
        assert result.stdout.encode() == expected, result


def test_a_port_in_use_is_named(run_rag: RunRag) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = refused(run_rag("chat", "--port", str(port)))
    assert f"port {port} on 127.0.0.1 cannot be used" in said
    assert "Give another with --port" in said
    assert "Correct host or port" in refused(run_rag("chat", RAG_HOST="no-such-host.invalid"))


def test_an_index_of_another_model_names_the_command_that_rebuilds_it(run_rag: RunRag, documents: Path) -> None:
    documents = documents.rename(documents.parent / "my papers")
    run_rag("index", documents, "--index", "old")
    manifest = Path(json.loads(run_rag("where", "--index", "old", "--json").stdout)["index"]) / "manifest.json"
    loaded = load_manifest(manifest.parent)
    replace(loaded, embedding_model=loaded.embedding_model.replace("int8", "fp32")).save(manifest.parent)
    said = refused(run_rag("ask", "How long is the Rhine?", "--index", "old"))
    command = re.search(r"rag (index .* --index old --rebuild)", said)
    assert command
    assert run_rag(*shlex.split(command.group(1))).returncode == 0
    assert "1,233" in run_rag("ask", "How long is the Rhine?", "--index", "old").stdout


def test_what_a_terminal_would_obey_is_not_printed(run_rag: RunRag, documents: Path) -> None:
    (documents / "rivers.md").write_text(
        "The Rhine is \x1b[31m1,233 km\x1b[0m long\u202e: \u0645\u06cc\u200c\u062e 👩\u200d🌾!"
    )
    run_rag("index", documents, "--index", "escapes")
    printed = run_rag("ask", "How long is the Rhine?", "--index", "escapes").stdout
    assert "\x1b" not in printed
    assert "\N{REPLACEMENT CHARACTER}[31m1,233 km" in printed
    assert "\u202e" not in printed
    assert "\u0645\u06cc\u200c\u062e 👩\u200d🌾!" in printed
