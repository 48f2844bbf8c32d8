import pytest

from rag.evaluate.report.markdown import worst_questions
from rag.evaluate.report.tables import group_tables, metric_rows, outcome_rows, shown_seconds
from rag.evaluate.run import summarize
from tests.evaluate.runs import DANUBE, PORT, RHINE, all_kinds, question, search_record

UNANSWERED = [search_record(question("a?", quote=RHINE), [PORT, RHINE]), search_record(question("b?"), [PORT])]


def test_figures_that_do_not_apply_are_shown_as_such_and_a_judge_only_where_there_was_one() -> None:
    metrics, times = metric_rows(summarize(UNANSWERED))
    by_label = {figure.label: figure for figure in metrics}
    assert (by_label["accuracy"].value, by_label["accuracy"].applies) == ("–", False)
    assert (by_label["hit@1"].value, by_label["hit@1"].applies) == ("0.000", True)
    assert not any("judge" in figure.definition for figure in metrics)
    assert len(times) == 8


def test_outcomes_are_counted_by_whether_there_is_an_answer() -> None:
    rows = {row.outcome: (row.answerable, row.unanswerable, row.total) for row in outcome_rows(all_kinds())}
    assert rows == {"correct": (3, 0, 3), "wrong": (3, 1, 4), "unsupported": (1, 0, 1), "refused": (1, 1, 2)}
    assert outcome_rows(UNANSWERED) == []


def test_tags_and_splits_have_figures_of_their_own_where_there_is_more_than_one() -> None:
    tags, splits = group_tables(all_kinds())
    assert tags.caption == "By tag"
    assert [(row[0], row[1], row[2]) for row in tags.rows][:2] == [("where", "5", "0.200"), ("how", "2", "0.500")]
    assert {row[0] for row in splits.rows} == {"dev", "test", "no split"}
    assert group_tables(all_kinds()[:1]) == []
    assert "accuracy" not in group_tables([*UNANSWERED, search_record(question("c?", tags=["x"]), [PORT])])[0].head


def test_the_worst_questions_are_the_lost_ones_the_most_confident_first() -> None:
    far = search_record(question("far?", quote=DANUBE), [PORT])
    assert [kept.id for kept in worst_questions([*all_kinds(), *UNANSWERED, far])] == [
        *("answered-wrongly", "answered-unanswerable", "unsupported", "not-chosen", "not-retrieved"),
        *("refused-wrongly", "far?", "correct", "a?"),
    ]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.0001, "0.1 ms"), (0.0634, "63 ms"), (0.9996, "1.00 s"), (1.5, "1.50 s"), (9.996, "10 s"), (1234.5, "1,234 s")],
)
def test_times_are_shown_in_the_unit_that_reads_best(seconds: float, shown: str) -> None:
    assert shown_seconds(seconds) == shown
