import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer, Citation, Passage, Seconds, Sentence
from rag.errors import DocumentError, QuestionError
from rag.evaluate.dataset import Evidence, Question, load_questions
from rag.evaluate.metrics import (
    exact_match,
    first_hit_rank,
    mean,
    normalize,
    overlaps,
    percentile,
    recall_at,
    refusal_scores,
    token_f1,
)
from rag.evaluate.run import prepare, run, summarize

TEXT = "The Rhine rises in the Alps. Bern is a town. Basel has a port."


def passage(start: int, end: int, document: str = "d") -> Passage:
    return Passage(f"{document}{start}", document, None, start, end, TEXT[start:end], 1.0, 1, 1)


def question(**changes: object) -> Question:
    values = {
        "id": "q1",
        "question": "Where does the Rhine rise?",
        "answerable": True,
        "answers": ["the Alps", "Alps"],
        "evidence": [Evidence(document="d", quote="The Rhine rises in the Alps.")],
        "split": "dev",
        "tags": [],
    }
    return Question(**(values | changes))


def answer(asked: str = "q", quote: str = "The Rhine rises in the Alps.", shift: int = 0, **changes: object) -> Answer:
    start = TEXT.index(quote) + shift
    values = {
        "question": asked,
        "answer": f"{quote} [1]",
        "short_answer": None,
        "confidence": 0.9,
        "refused": False,
        "reason": None,
        "sentences": [Sentence(quote, [1], "quoted")],
        "citations": [Citation(1, "d", "t", None, start, start + len(quote), quote)],
        "passages": [passage(29, 44), passage(0, 28)],
        "seconds": Seconds(total=0.5),
    }
    return Answer(**(values | changes))


def refusal(asked: str = "q") -> Answer:
    return answer(asked, answer="no", refused=True, reason="far", sentences=[], citations=[])


def document_text(document: str) -> str | None:
    return TEXT if document == "d" else None


# Expected values worked out by hand from SQuAD's official evaluation script's definitions.
@pytest.mark.parametrize(
    ("prediction", "answers", "em", "f1"),
    [
        ("The Alps!", ["Alps"], 1, 1),
        ("in the Alps", ["the Alps"], 0, 2 / 3),
        ("Alps Alps", ["Alps"], 0, 2 / 3),
        ("a b c d", ["c d e", "x"], 0, 4 / 6),
        ("river", ["Alps"], 0, 0),
        ("the", ["a"], 1, 1),
        ("x", [], 0, 0),
    ],
)
def test_exact_match_and_f1(prediction: str, answers: list[str], em: float, f1: float) -> None:
    assert exact_match(prediction, answers) == em
    assert token_f1(prediction, answers) == pytest.approx(f1)


def test_normalizing() -> None:
    assert normalize("  The U.S.A., an “ally” of  A\tB ") == "usa “ally” of b"


@given(st.text("ab the.", max_size=20), st.text("ab the.", max_size=20))
def test_f1_is_symmetric_and_1_only_for_the_same_bag_of_words(a: str, b: str) -> None:
    assert token_f1(a, [b]) == token_f1(b, [a])
    assert (token_f1(a, [b]) == 1) == (sorted(normalize(a).split()) == sorted(normalize(b).split()))


def test_ranks_count_overlap_with_the_evidence() -> None:
    passages = [passage(29, 44), passage(0, 28), passage(10, 40), passage(0, 28, "other")]
    assert first_hit_rank(passages, [("d", 0, 28)]) == 2
    assert first_hit_rank(passages, [("d", 44, 60)]) is None
    assert recall_at(1, passages, [("d", 0, 28), ("d", 29, 44)]) == 0.5
    assert recall_at(2, passages, [("d", 0, 28), ("d", 29, 44)]) == 1
    assert recall_at(5, [], [("d", 0, 28)]) == 0
    assert math.isnan(recall_at(5, passages, []))
    assert not overlaps(("d", 0, 5), ("d", 5, 9))
    assert overlaps(("d", 0, 6), ("d", 5, 9))


def test_duplicates_never_lift_a_metric_above_1() -> None:
    assert recall_at(5, [passage(0, 28)] * 5, [("d", 0, 28)]) == 1


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3, 1, 2], 50) == 2
    assert percentile([3, 1, 2], 95) == 3
    assert percentile([5], 50) == 5
    assert math.isnan(percentile([], 50))
    assert math.isnan(mean([]))


def test_refusals_are_scored_with_the_unanswerable_as_the_positive_class() -> None:
    scores = refusal_scores([True, True, False, False], [False, True, False, True])
    assert scores == {"refusal_precision": 0.5, "refusal_recall": 0.5, "refusal_balanced_accuracy": 0.5}
    assert math.isnan(refusal_scores([False], [True])["refusal_precision"])
    assert refusal_scores([True] * 4, [False, False, True, True])["refusal_balanced_accuracy"] == 0.5


def test_a_run_scores_writes_and_sums_up(tmp_path: Path) -> None:
    questions = [
        question(),
        question(id="q2", question="broken?"),
        question(id="q3", question="refused?"),
        question(id="q4", question="error?", answerable=False, answers=[], evidence=[]),
    ]

    def ask(text: str) -> Answer:
        if text == "error?":
            raise QuestionError("cannot be asked")
        return {
            "broken?": answer(text, shift=3),
            "refused?": refusal(text),
        }.get(text, answer(text))

    steps: list[tuple[int, int]] = []
    prepare(tmp_path / "run", keep=tmp_path / "questions.jsonl")
    results, summary = run(
        questions, ask, document_text, tmp_path / "run", lambda done, total: steps.append((done, total))
    )
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert summary == {
        **{"questions": 4, "answerable": 3, "refused": 2, "hit@1": 0, "recall@5": 1, "mrr@10": 0.5},
        **{"exact_match": 0, "f1": pytest.approx(2 * 2 / 5 / 3), "evidence_cited": 1, "citation_exactness": 0.5},
        **{"refusal_precision": 0.5, "refusal_recall": 1, "refusal_balanced_accuracy": pytest.approx(5 / 6)},
        **{"seconds_p50": 0.5, "seconds_p95": 0.5},
    }
    lines = [json.loads(line) for line in (tmp_path / "run" / "answers.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["q1", "q2", "q3", "q4"]
    assert lines[0]["citations"][0]["quote"] == "The Rhine rises in the Alps."
    assert lines[3]["scores"]["f1"] is None
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["recall@5"] == 1
    assert summarize(results) == summary


def test_a_short_answer_is_what_counts_as_the_prediction() -> None:
    results, _ = run([question()], lambda text: answer(text, short_answer="the Alps"), document_text)
    assert results[0].scores["exact_match"] == 1


def test_evidence_that_is_not_in_the_index_is_named() -> None:
    asked = question(evidence=[Evidence(document="d", quote="No such words.")])
    with pytest.raises(DocumentError, match=r"'q1'.*'No such words\.'.*'d'.*--index"):
        run([asked], answer, document_text)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file in its place")
    (tmp_path / "folder" / "summary.json").mkdir(parents=True)
    for out in ("file", "folder"):
        with pytest.raises(DocumentError, match=rf"{out}: cannot be written.*--out"):
            prepare(tmp_path / out, keep=tmp_path / "questions.jsonl")


def test_a_run_does_not_overwrite_its_own_questions(tmp_path: Path) -> None:
    questions = tmp_path / "answers.jsonl"
    questions.write_text("questions")
    with pytest.raises(DocumentError, match=r"answers\.jsonl: the run would overwrite it"):
        prepare(tmp_path, keep=questions)
    assert questions.read_text() == "questions"


def test_questions_are_read_with_their_defaults(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(
        '{"id": 1, "question": "A\u2028?", "answers": ["a"]}\n\n{"id": "2", "question": "B?", "split": "test"}\n'
    )
    first, second = load_questions(file)
    assert (first.id, first.answerable, first.evidence) == ("1", True, [])
    assert (second.answerable, second.split) == (False, "test")
    assert load_questions(file, "test") == [second]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 1, "question": "A?"}\n{"id": 2', "line 2: not JSON"),
        ('{"id": 1}', "line 1: question: Field required"),
        ('{"id": 1, "question": "A?", "answers": "Paris"}', "line 1: answers: Input should be a valid list"),
        ('{"id": 1, "question": "A?", "answerable": "false"}', "line 1: answerable: Input should be a valid boolean"),
        ('{"id": 1, "question": "A?", "evidence": [{"document": "d", "quote": ""}]}', r"line 1: evidence\.0\.quote"),
        ('{"id": 1, "question": "A?"}\n{"id": 1, "question": "B?"}', "line 2: the id '1' is taken"),
        ("[1]", "line 1: the line: "),
        ('{"id": 1, "question": "A?", "evidence": ["text"]}', r"line 1: evidence\.0: .*Write"),
        ("", "no question in it"),
        ("[" * 100_000, "line 1: not JSON"),
        ("\xff", "line 1: not JSON"),
    ],
)
def test_a_bad_question_set_is_named_by_line(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DocumentError, match=message):
        load_questions(file)
    with pytest.raises(DocumentError, match="no such file"):
        load_questions(tmp_path / "none.jsonl")
