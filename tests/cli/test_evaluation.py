"""The commands over question sets and runs, each in a process of its own, over the real model and a real index."""

import json
import re
import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import SEEDS_QUESTIONS as SEEDS
from tests.conftest import RunRag, SeedsRun

SQUAD = {
    "data": [
        {
            "title": "Rivers",
            "paragraphs": [
                {
                    "context": "The Rhine is 1,233 km long. It rises in the Alps.",
                    "qas": [
                        {"id": "a", "question": "Where does the Rhine rise?", "answers": ["the Alps"]},
                        {"id": "b", "question": "How deep is the Rhine?", "answers": [], "is_impossible": True},
                    ],
                }
            ],
        }
    ]
}


@pytest.fixture
def run(seeds_run: SeedsRun) -> Path:
    """The run of the seeds' dev questions; copy it before you change it."""
    return seeds_run("dev")


def copied(run: Path, folder: Path) -> Path:
    return shutil.copytree(run, folder)


def test_a_run_folder_holds_everything_and_says_where_the_report_is(run: Path, run_rag: RunRag) -> None:
    assert {"run.json", "answers.jsonl", "summary.json", "report.html", "report.md"} <= {f.name for f in run.iterdir()}
    summary = json.loads((run / "summary.json").read_text())
    assert (summary["questions"], summary["answerable"], summary["citation_exactness"]) == (36, 26, 1.0)
    assert {"hit@1", "recall@5", "mrr@10", "map", "ndcg@10", "exact_match", "f1", "rouge_l"} < set(summary)
    assert {"citation_recall", "aurc", "refusal_f1", "seconds_total_p95", "seconds_retrieve_p50"} < set(summary)
    assert len((run / "answers.jsonl").read_text(encoding="utf-8").splitlines()) == 36
    line = json.loads((run / "answers.jsonl").read_text(encoding="utf-8").splitlines()[0])
    asked = json.loads(run_rag("ask", line["question"], "--json").stdout)
    assert {**asked, "seconds": None} == {key: None if key == "seconds" else line[key] for key in asked}


def test_the_same_questions_give_the_same_bytes_times_aside(run: Path, run_rag: RunRag, tmp_path: Path) -> None:
    def timeless(file: Path) -> list[dict[str, object]]:
        return [
            {**json.loads(line), "seconds": None, "yardstick": None}
            for line in file.read_text(encoding="utf-8").splitlines()
        ]

    run_rag("eval", SEEDS, "--split", "dev", "--out", "again")
    assert timeless(tmp_path / "again" / "answers.jsonl") == timeless(run / "answers.jsonl")
    assert (tmp_path / "again" / "run.json").read_bytes() == (run / "run.json").read_bytes()


def test_a_finished_run_is_not_asked_again_and_another_is_not_mixed_with_it(
    run: Path, run_rag: RunRag, tmp_path: Path
) -> None:
    folder = copied(run, tmp_path / "run")
    before = (folder / "answers.jsonl").read_bytes()
    assert run_rag("eval", SEEDS, "--split", "dev", "--out", folder).returncode == 0
    assert (folder / "answers.jsonl").read_bytes() == before
    other = run_rag("eval", SEEDS, "--split", "dev", "--out", folder, RAG_PASSAGE_COUNT="3")
    assert (other.returncode, other.stdout) == (2, "")
    assert "holds a run with another settings" in other.stderr
    assert (folder / "answers.jsonl").read_bytes() == before


def test_figures_are_printed_and_gate_a_build(run: Path, run_rag: RunRag, tmp_path: Path) -> None:
    # Nothing is left to ask.
    again = ("eval", SEEDS, "--split", "dev", "--out", copied(run, tmp_path / "run"))
    good = run_rag(*again, "--fail-under", "recall@5=0.5", "--fail-under", "citation_exactness=1")
    assert good.returncode == 0, good
    assert "recall@5" in good.stdout
    bad = run_rag(*again, "--fail-under", "exact_match=0.9", "--json")
    assert bad.returncode == 1
    assert json.loads(bad.stdout)["questions"] == 36
    assert re.search(r"^Failed: exact_match is 0\.\d{4}, under 0\.9\.$", bad.stderr, re.MULTILINE)


def test_two_runs_are_compared_and_a_drop_fails(run: Path, worse_run: Path, run_rag: RunRag) -> None:
    result = run_rag("compare", run, worse_run, "--fail-drop", "accuracy=0.02")
    assert result.returncode == 1, result
    assert "rankings: both -> dense" in result.stdout
    assert "refusal_threshold: None -> 0.7" in result.stdout
    assert "questions turned" in result.stdout
    assert "Failed: accuracy went from" in result.stderr
    same = json.loads(run_rag("compare", run, run, "--fail-drop", "accuracy=0", "--json").stdout)
    assert (same["questions"], same["turned"], same["changes"]) == (36, [], [])


def test_a_gate_is_held_to_the_questions_that_both_runs_hold(run: Path, run_rag: RunRag, tmp_path: Path) -> None:
    (tmp_path / "some.jsonl").write_text("".join(SEEDS.read_text(encoding="utf-8").splitlines(keepends=True)[:8]))
    some = json.loads(run_rag("eval", "some.jsonl", "--split", "dev", "--out", "some", "--json").stdout)["questions"]
    everything = json.loads((run / "summary.json").read_text())["f1"]
    compared = json.loads(run_rag("compare", "some", run, "--json").stdout)
    (common,) = (difference["b"] for difference in compared["differences"] if difference["metric"] == "f1")
    assert 1 < compared["questions"] == some < 36
    assert common != everything
    gate = run_rag("compare", "some", run, "--fail-under", f"f1={(common + everything) / 2}")
    assert gate.returncode == (0 if common > everything else 1)


def test_the_search_alone_is_scored(run_rag: RunRag) -> None:
    summary = json.loads(run_rag("eval", SEEDS, "--split", "dev", "--search", "20", "--json").stdout)
    assert (summary["questions"], summary["accuracy"], summary["f1"]) == (36, None, None)
    assert summary["recall@10"] > 0.95


def test_a_public_set_is_imported_indexed_checked_and_measured(run_rag: RunRag, tmp_path: Path) -> None:
    (tmp_path / "dev.json").write_text(json.dumps(SQUAD))
    report = json.loads(run_rag("import", "squad", "dev.json", "--out", "set", "--json").stdout)
    assert (report["documents"], report["questions"], report["answerable"]) == (1, 2, 1)
    assert "not empty" in run_rag("import", "squad", "dev.json", "--out", "set").stderr
    assert run_rag("index", "set/documents", "--index", "rivers").returncode == 0
    checked = run_rag("check", "set/questions.jsonl", "--index", "rivers")
    assert (checked.returncode, checked.stdout) == (
        0,
        "set/questions.jsonl: 2 questions (1 answerable), 1 pieces of evidence, 0 problems, 0 notes\n",
    )
    summary = json.loads(run_rag("eval", "set/questions.jsonl", "--index", "rivers", "--json").stdout)
    assert (summary["questions"], summary["answerable"], summary["hit@1"]) == (2, 1, 1.0)


def test_checking_names_every_line_that_is_wrong(run_rag: RunRag, tmp_path: Path) -> None:
    lines = [
        '{"id": "1", "question": "A?", "evidence": [{"document": "astana-round-22.md", "quote": "No such words."}]}',
        "{",
        '{"id": "1", "question": "B?", "answers": ["b"]}',
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(lines))
    result = run_rag("check", "q.jsonl")
    assert result.returncode == 2
    assert [line.split(":")[0] for line in result.stdout.splitlines()] == ["line 1", "line 2", "line 3", "q.jsonl"]
    assert "Error: q.jsonl: 3 problems. Correct the lines named above." in result.stderr
    report = json.loads(run_rag("check", "q.jsonl", "--json").stdout)
    assert [problem["line"] for problem in report["problems"]] == [1, 2, 3]
    asked = run_rag("eval", "q.jsonl")
    assert (asked.returncode, "q.jsonl, line 2: not JSON" in asked.stderr) == (2, True)


def test_a_calibrated_index_leaves_its_questions_out(run_rag: RunRag, tmp_path: Path) -> None:
    masters = {"Velmor": "Mira Okoye", "Tarn": "Jon Beck", "Oslip": "Ada Roth", "Lund": "Ute Lang", "Brill": "Ian Moss"}
    towns = [(f"{half} {town}", master) for town, master in masters.items() for half in ("Upper", "Lower")]
    (tmp_path / "ports").mkdir()
    (tmp_path / "ports" / "ports.md").write_text(
        "\n\n".join(f"The harbour master of {town} is {master}." for town, master in towns), encoding="utf-8"
    )
    dishes = ["bread", "butter", "curry", "honey", "noodles", "paella", "pizza", "ramen", "sushi", "tofu"]
    questions = [
        *({"id": town, "question": f"Who is the harbour master of {town}?", "answers": [name]} for town, name in towns),
        *({"id": dish, "question": f"How is {dish} made at home?"} for dish in dishes),
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(map(json.dumps, questions)), encoding="utf-8")
    other = json.dumps({"id": "other", "question": "Is there a harbour master in Upper Tarn?"})
    (tmp_path / "more.jsonl").write_text("\n".join([*map(json.dumps, questions), other]), encoding="utf-8")

    assert run_rag("index", "ports", "--index", "ports", RAG_INDEX_DIR="own").returncode == 0
    fitted = run_rag("calibrate", "q.jsonl", "--index", "ports", "--json", RAG_INDEX_DIR="own")
    assert fitted.returncode == 0, fitted
    calibration = json.loads(fitted.stdout)
    assert (calibration["questions"], calibration["threshold"]) == (20, 0.5)
    assert calibration["expected_precision"] > 0.8
    manifest = json.loads((tmp_path / "own" / "ports" / "manifest.json").read_text())
    assert manifest["calibration"]["slope"] == calibration["slope"]
    result = run_rag("eval", "more.jsonl", "--index", "ports", "--json", RAG_INDEX_DIR="own")
    assert "20 questions are left out" in result.stderr
    assert json.loads(result.stdout)["questions"] == 1
    none_left = run_rag("eval", "q.jsonl", "--index", "ports", RAG_INDEX_DIR="own")
    assert (none_left.returncode, "calibrated on all of these questions" in none_left.stderr) == (2, True)


def test_a_report_is_written_again_and_a_run_exported(run: Path, run_rag: RunRag, tmp_path: Path) -> None:
    folder = copied(run, tmp_path / "run")
    (folder / "report.html").unlink()
    printed = json.loads(run_rag("report", folder, "--json").stdout)
    assert Path(printed["report"]) == folder / "report.html"
    assert (folder / "report.html").read_bytes() == (run / "report.html").read_bytes()
    exported = run_rag("export", "ragas", folder)
    assert exported.stdout == f"{folder / 'ragas.jsonl'}\n"
    assert len((folder / "ragas.jsonl").read_text(encoding="utf-8").splitlines()) == 36
    (tmp_path / "mine.txt").write_text("mine")
    refused = run_rag("export", "ragas", folder, "--out", "mine.txt")
    assert (refused.returncode, "is there already, and is left as it is" in refused.stderr) == (2, True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert "no format 'trec'. Known: ragas." in run_rag("export", "trec", folder).stderr


class Yes(BaseHTTPRequestHandler):
    """An OpenAI-compatible server that says YES."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = {"role": "assistant", "content": "YES"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        body = json.dumps({"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing to log."""


@pytest.fixture
def llm_server() -> Iterator[str]:
    """Address of a server that says YES to everything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Yes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_language_model_judges_only_where_one_is_set(
    run: Path, run_rag: RunRag, tmp_path: Path, llm_server: str
) -> None:
    folder = copied(run, tmp_path / "run")
    unset = run_rag("judge", folder)
    assert (unset.returncode, "no language model is set" in unset.stderr) == (2, True)
    result = run_rag("judge", folder, "--json", OPENAI_BASE_URL=llm_server, RAG_LLM="openai/m")
    assert result.returncode == 0, result
    summary = json.loads((run / "summary.json").read_text())
    given = summary["questions"] - summary["refused"]
    assert json.loads(result.stdout) == {"judged": given, "llm_faithfulness": 1.0, "llm_relevancy": 1.0}
    assert "faithfulness" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "trec", "x", "--out", "y"], "'trec' is no kind of question set"),
        (["import", "squad", "none.json", "--out", "y"], "no such file or folder"),
        (["check", "none.jsonl"], "no such file"),
        (["eval", "none.jsonl"], "no such file"),
        (["eval", SEEDS, "--split", "none"], "no question of the split 'none'"),
        (["eval", SEEDS, "--fail-under", "f2"], "no metric 'f2'"),
        (["eval", SEEDS, "--fail-under", "aurc=1"], "less is better for aurc"),
        (["eval", SEEDS, "--index", "none"], "there is no index 'none'"),
        (["compare", "none", "none"], "no run in it. Make one"),
        (["compare", "none", "none", "--fail-drop", "x=1"], "no metric 'x'"),
        (["report", "none"], "no run in it. Make one"),
        (["export", "ragas", "none"], "no run in it. Make one"),
        (["calibrate", SEEDS, "--tag", "none"], "no question of the tag 'none'"),
    ],
)
def test_bad_input_is_named(run_rag: RunRag, arguments: list[str], message: str) -> None:
    result = run_rag(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
