import json
from pathlib import Path

import pytest

from rag.errors import RunError
from rag.evaluate.folder import JUDGEMENTS_FILE, SUMMARY_FILE
from rag.evaluate.judge import judge_run
from rag.evaluate.run import load_run
from tests.conftest import ScriptedLLM
from tests.evaluate.runs import BASEL, RHINE, all_kinds, question, search_record, write_run


def yes_but_to_basel(prompt: str) -> str:
    return "NO" if BASEL in prompt else "YES, it does"


def test_answers_that_were_given_are_judged_and_the_run_has_the_figures(tmp_path: Path) -> None:
    run = write_run(tmp_path, all_kinds())
    steps: list[tuple[int, int]] = []
    count = judge_run(run, ScriptedLLM(script=yes_but_to_basel), lambda done, total: steps.append((done, total)))
    assert count == 8
    assert steps == [(done, 8) for done in range(1, 9)]
    judged = load_run(tmp_path)
    scores = {record.id: record.scores.get("llm_faithfulness") for record in judged.records}
    assert scores["correct"] == 1.0
    assert scores["emoji"] == scores["answered-unanswerable"] == 0.0
    assert scores["refused-rightly"] is scores["refused-wrongly"] is None
    assert judged.summary["llm_faithfulness"] == judged.summary["llm_relevancy"] == 0.75
    assert run.summary["llm_faithfulness"] is None
    line = json.loads((tmp_path / JUDGEMENTS_FILE).read_text(encoding="utf-8").splitlines()[0])
    assert (line["id"], line["model"]) == ("correct", "scripted")
    assert "YES" in line["feedback"]["llm_faithfulness"]


def test_the_judge_sees_question_answer_and_passages(tmp_path: Path) -> None:
    prompts: list[str] = []

    def note(prompt: str) -> str:
        prompts.append(prompt)
        return "YES"

    judge_run(write_run(tmp_path, all_kinds()[:1]), ScriptedLLM(script=note))
    assert any("Where does the Rhine rise?" in prompt and RHINE in prompt for prompt in prompts)
    assert all("Basel has a port." in prompt for prompt in prompts)


def test_a_judgement_that_failed_is_taken_up_again(tmp_path: Path) -> None:
    run = write_run(tmp_path, all_kinds())

    def fail_at_basel(prompt: str) -> str:
        if BASEL in prompt:
            raise ConnectionError("refused\nby the server")
        return "YES"

    with pytest.raises(RunError, match=r"cannot be asked \(refused by the server\).*Check llm"):
        judge_run(run, ScriptedLLM(script=fail_at_basel))
    with (tmp_path / JUDGEMENTS_FILE).open("a") as file:
        file.write('{"id": "torn')
    asked: list[str] = []
    judge_run(run, ScriptedLLM(script=lambda prompt: asked.append(prompt) or "YES"))
    assert not any("Where does the Rhine rise?" in prompt and "Basel has a port." in prompt for prompt in asked)
    assert load_run(tmp_path).summary["llm_relevancy"] == 1.0


def test_two_models_are_not_mixed(tmp_path: Path) -> None:
    run = write_run(tmp_path, all_kinds())
    judge_run(run, ScriptedLLM(script=lambda prompt: "YES"))
    with pytest.raises(RunError, match="judged by 'scripted' before. Remove the file to have 'other' judge"):
        judge_run(run, ScriptedLLM(script=lambda prompt: "NO", model="other"))


def test_a_run_of_the_search_alone_has_nothing_to_judge(tmp_path: Path) -> None:
    run = write_run(tmp_path, [search_record(question("a?", quote=RHINE), [RHINE])], search=1)
    with pytest.raises(RunError, match="scored the search alone, so it holds no answers to judge"):
        judge_run(run, ScriptedLLM(script=lambda prompt: "YES"))
    assert not (tmp_path / JUDGEMENTS_FILE).exists()


JUDGED = '{"id": "correct", "model": "m", "scores": {"%s": %s}, "feedback": {}}\n'


def test_judgements_are_in_the_summary_of_the_folder(tmp_path: Path) -> None:
    judge_run(write_run(tmp_path, all_kinds()), ScriptedLLM(script=lambda prompt: "YES"))
    summary = json.loads((tmp_path / SUMMARY_FILE).read_text())
    assert summary["llm_faithfulness"] == summary["llm_relevancy"] == 1


@pytest.mark.parametrize(
    "line",
    [
        '{"id": "correct"}\n',
        "[]\n",
        "no\n",
        *(JUDGED % score for score in [("f1", "1.0"), ("llm_relevancy", "NaN"), ("llm_relevancy", "7.0")]),
    ],
)
def test_judgements_that_cannot_be_read_are_named_by_line(tmp_path: Path, line: str) -> None:
    write_run(tmp_path, all_kinds())
    (tmp_path / JUDGEMENTS_FILE).write_text(line)
    with pytest.raises(RunError, match=r"judgements\.jsonl, line 1: damaged"):
        load_run(tmp_path)
