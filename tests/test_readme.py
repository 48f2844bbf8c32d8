"""The README's commands, run; and what it claims, checked."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY, SEEDS_QUESTIONS, RunRag, SeedsRun

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
COMMANDS = [line for language, block in BLOCKS if language == "sh" for line in block.splitlines()]


def commands(program: str) -> list[str]:
    return [command for command in COMMANDS if command.startswith(f"{program} ")]


@pytest.mark.parametrize("command", [command for command in commands("rag") if not command.startswith("rag chat")])
def test_a_rag_command_of_the_readme_runs(
    command: str, run_rag: RunRag, documents: Path, seeds_run: SeedsRun, tmp_path: Path
) -> None:
    if "--index papers" in command:
        command = command.replace("~/papers", str(documents))
        run_rag("index", documents, "--index", "papers")
    for split, folder in re.findall(r"--split (\w+) --out (\S+)", command):
        # Where it is asked already, nothing is asked again.
        shutil.copytree(seeds_run(split), tmp_path / folder)
    result = run_rag(*shlex.split(command.replace("seeds/questions.jsonl", str(SEEDS_QUESTIONS)))[1:])
    assert result.returncode == 0, result
    if "--json" in command:
        assert json.loads(result.stdout)


@pytest.mark.parametrize(
    "command", [*commands("make"), "make test", "make test-nightly", "make lint", "make screenshots"]
)
def test_a_make_command_of_the_readme_is_known(command: str) -> None:
    arguments = ["make", "--dry-run", "--silent", "-C", str(REPOSITORY), *shlex.split(command)[1:]]
    result = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result


def test_make_ask_answers_what_was_typed(rag_environment: dict[str, str]) -> None:
    if not (REPOSITORY / ".venv" / "installed").exists():
        pytest.skip("the tests run in another environment than make's")
    question = 'Who\'s the "UN Special Envoy" `$HOME` $(Q)?'
    environment = {name: value for name, value in rag_environment.items() if name != "MAKEFLAGS"}
    result = subprocess.run(
        # Nothing is installed anew.
        ["make", "-o", ".venv/installed", "-C", str(REPOSITORY), "ask", f"Q={question}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Geir Pedersen" in result.stdout, result


def test_the_python_of_the_readme_runs(rag_environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = [block for language, block in BLOCKS if language == "python"]
    with pytest.MonkeyPatch.context() as environment:
        for name in ("RAG_CACHE_DIR", "RAG_INDEX_DIR"):
            environment.setenv(name, rag_environment[name])
        exec(compile(code, "README.md", "exec"), {})
    assert "Geir Pedersen" in capsys.readouterr().out


def test_the_transcript_of_the_readme_is_what_is_printed(run_rag: RunRag) -> None:
    (transcript,) = [block for language, block in BLOCKS if language == "console"]
    command, _, expected = transcript.partition("\n")
    printed = run_rag(*shlex.split(command)[2:]).stdout
    # All but the last line, whose confidence and seconds depend on the processor.
    assert printed.splitlines()[:-1] == expected.splitlines()[:-1]


def test_the_figures_of_the_readme_are_those_of_the_command_beside_them(seeds_run: SeedsRun) -> None:
    (command,) = (command for command in commands("rag eval") if "--split test" in command)
    assert re.fullmatch(r"rag eval seeds/questions\.jsonl --split test --out \S+", command)
    summary = json.loads((seeds_run("test") / "summary.json").read_text())
    rows = dict(re.findall(r"^\| (.+?) \| ([\d., ]+) \|", README, re.MULTILINE))
    claimed = [float(value) for row in rows.values() for value in row.split(", ")]
    names = ["citation_exactness", "hit@1", "recall@5", "mrr@10", "evidence_cited"]
    words = ["exact_match", "f1", "f1_if_answered"]
    refusals = ["refusal_precision", "refusal_recall"]
    # Another processor's int8 arithmetic may turn a question or two, and confidences that lie near the threshold.
    assert claimed[:5] == pytest.approx([summary[name] for name in names], abs=1 / 10 + 0.001)
    assert claimed[5:8] == pytest.approx([summary[name] for name in words], abs=2 / 26 + 0.001)
    assert claimed[8:] == pytest.approx([summary[name] for name in refusals], abs=0.1)
    assert claimed[0] == summary["citation_exactness"] == 1


def test_the_pythons_that_the_readme_names_are_those_of_the_package() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    minors = [int(minor) for minor in re.findall(r":: 3\.(\d+)", " ".join(project["classifiers"]))]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert project["requires-python"] == f">=3.{minors[0]},<3.{minors[-1] + 1}"
    assert f"Python 3.{minors[0]} to 3.{minors[-1]}" in README


def test_every_command_is_in_the_readme(run_rag: RunRag) -> None:
    printed = run_rag("--help").stdout
    for command in re.findall(r"^  ([a-z]+)  ", printed, re.MULTILINE):
        assert f"| `rag {command}" in README


def test_every_link_of_the_documents_leads_somewhere() -> None:
    for document in [*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", document.read_text(encoding="utf-8")):
            assert os.path.exists(document.parent / link), (document.name, link)
