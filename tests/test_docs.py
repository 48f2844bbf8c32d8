"""The pages in docs/: their commands exist, their table of metrics is the code's, what they show is what is printed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import yaml

from rag.cli import app
from rag.evaluate.measures import MEASURES
from tests.conftest import REPOSITORY, SEEDS_QUESTIONS, RunRag

DOCS = REPOSITORY / "docs"
EVALUATION = (DOCS / "evaluation.md").read_text(encoding="utf-8")
EXAMPLE = yaml.safe_load((DOCS / "ci-example.yml").read_text(encoding="utf-8"))


def shown_commands() -> Iterator[str]:
    for page in sorted(DOCS.glob("*.md")):
        for language, block in re.findall(
            r"^```(sh|console)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S
        ):
            lines = block.splitlines()
            yield from lines if language == "sh" else [line[2:] for line in lines if line.startswith("$ ")]
    for step in EXAMPLE["jobs"]["evaluate"]["steps"]:
        yield from re.findall(r"rag .*?(?=\)?$)", step.get("run", ""), re.MULTILINE)


RAG_COMMANDS = [command for command in shown_commands() if re.search(r"(^| )rag ", command)]


@pytest.mark.parametrize("command", RAG_COMMANDS)
def test_a_command_of_the_docs_is_one_that_rag_understands(command: str) -> None:
    _, name, *arguments = shlex.split(re.sub(r"^(\w+=\S+ )*", "", command))
    group = typer.main.get_command(app)
    parsed = group.get_command(group.make_context("rag", [name]), name)
    while hasattr(parsed, "commands"):
        name, *arguments = arguments
        parsed = parsed.commands[name]
    assert parsed.make_context(name, arguments).params


def test_the_docs_name_every_command_of_the_evaluation() -> None:
    shown = " ".join(RAG_COMMANDS)
    for command in ("import", "check", "eval", "compare", "judge", "export", "calibrate"):
        assert f"rag {command} " in shown


def test_every_metric_is_documented_as_the_code_defines_it() -> None:
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \|$", EVALUATION.split("## The metrics")[1], re.MULTILINE)
    assert rows == [(measure.name, measure.definition) for measure in MEASURES]


def test_the_draft_with_mistakes_is_answered_as_shown(run_rag: RunRag, tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```console\n\$ rag check draft.jsonl\n(.*?)^```$", EVALUATION, re.MULTILINE | re.DOTALL)
    (draft,) = re.findall(r"^A draft .*?^```json\n(.*?)^```$", EVALUATION, re.MULTILINE | re.DOTALL)
    (tmp_path / "draft.jsonl").write_text(draft, encoding="utf-8")
    result = run_rag("check", "draft.jsonl")
    assert (result.returncode, result.stdout + result.stderr) == (2, shown)


def test_the_seeds_questions_are_found_as_sound_as_shown(run_rag: RunRag) -> None:
    (shown,) = re.findall(r"^\$ rag check seeds/questions.jsonl\n(.*?)^```$", EVALUATION, re.MULTILINE | re.DOTALL)
    result = run_rag("check", SEEDS_QUESTIONS)
    assert (result.returncode, result.stdout.rpartition("/")[2]) == (0, shown.rpartition("/")[2])


def test_the_examples_of_the_python_page_run_one_after_the_other(
    model_cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "papers").mkdir()
    said = "The Rhine rises in the Alps. The Rhine is 1,233 km long."
    (tmp_path / "papers" / "rivers.md").write_text(f"# Rivers\n\n{said}\n", encoding="utf-8")
    # As in a folder with a rag.toml, which Config(...) alone does not read.
    page = (
        (DOCS / "python.md").read_text(encoding="utf-8").replace("Config(", f"Config(cache_dir={str(model_cache)!r}, ")
    )
    names: dict[str, object] = {}
    for code in re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        exec(compile(code, "docs/python.md", "exec"), names)
    printed = capsys.readouterr().out
    assert "1,233 km" in printed
    assert printed.splitlines()[-1] == "rivers.md"
