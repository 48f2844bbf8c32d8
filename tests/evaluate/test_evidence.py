from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Source
from rag.errors import DocumentError
from rag.evaluate.dataset import Evidence, Problem, Question, QuestionSet
from rag.evaluate.evidence import Place, check, find_place, hits, with_places

TEXT = "The Rhine rises\nin the Alps.\fBern is a town.\fThe Rhine ends here."
SOURCE = Source("d", TEXT, [(0, 28), (29, 44), (45, 65)])
DOCUMENTS = {"d": SOURCE}


def asked(*questions: Question) -> QuestionSet:
    return QuestionSet(Path("q.jsonl"), list(enumerate(questions, start=1)), [])


def question(name: str, **changes: object) -> Question:
    return Question(**{"id": name, "question": f"{name}?", **changes})


@pytest.mark.parametrize(
    ("evidence", "found"),
    [
        ({"quote": "The Rhine"}, (0, 9)),
        ({"quote": "The Rhine", "page": 3}, (45, 54)),
        ({"quote": "The Rhine", "start": 45}, (45, 54)),
        ({"quote": "The Rhine", "start": 45, "end": 54}, (45, 54)),
        ({"start": 4, "end": 9}, (4, 9)),
        ({"page": 1}, (0, 28)),
        ({"page": 2}, (29, 44)),
        ({"page": 3}, (45, 65)),
    ],
)
def test_evidence_is_found_at_its_place(evidence: dict[str, object], found: tuple[int, int]) -> None:
    start, end = found
    assert find_place(Evidence(document="d", **evidence), SOURCE) == Place("d", start, end, text=TEXT[start:end])


def test_a_document_without_more_is_meant_whole_and_its_text_is_not_kept() -> None:
    assert find_place(Evidence(document="d", relevance=2), SOURCE) == Place("d", 0, len(TEXT), 2, whole=True)


@pytest.mark.parametrize(
    ("evidence", "message"),
    [
        ({"quote": "The Danube"}, "'The Danube' is not in d"),
        ({"quote": "rises in the Alps"}, "stands in d with other white space"),
        ({"quote": "Bern", "page": 1}, "'Bern' stands at character 29 of d, not on page 1"),
        ({"quote": "Bern", "start": 3}, "'Bern' stands at character 29 of d, not at 3"),
        ({"quote": "Bern", "start": 29, "end": 40}, "'Bern' ends at 33 of d, not at 40"),
        ({"start": 60, "end": 99}, "d has the characters 0 to 65; 60 to 99 is no range"),
        ({"page": 4}, "d has 3 pages, so no page 4"),
        ({"quote": "x" * 99}, "x…' is not in d"),
    ],
)
def test_what_is_not_there_is_named(evidence: dict[str, object], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        find_place(Evidence(document="d", **evidence), SOURCE)


def test_a_set_is_located_once_a_place_and_errors_name_the_line() -> None:
    twice = question("a", evidence=[Evidence(document="d", quote="Bern")] * 2)
    ((_, places),) = with_places(asked(twice), DOCUMENTS.get)
    assert places == [Place("d", 29, 33, text="Bern")]
    with pytest.raises(DocumentError, match="q.jsonl, line 2: there is no document 'e' .*rag check q.jsonl"):
        with_places(asked(twice, question("b", evidence=[Evidence(document="e")])), DOCUMENTS.get)


def test_checking_lists_every_problem_and_note_by_line() -> None:
    found = asked(
        question("a", evidence=[Evidence(document="d", quote="The Rhine"), Evidence(document="e")]),
        question("b", evidence=[Evidence(document="d", quote="Danube")]),
        question("c", answerable=False),
        question("d", answers=["x"]),
        Question(id="e", question="d?", answers=["y"]),
        Question(id="f", question="d?", answers=["y"], history=["First?", "Yes."]),
        question("g", evidence=[Evidence(document="d", quote="The Rhine", start=45)]),
    )
    found.problems.append(Problem(0, "of the file"))
    report = check(found, DOCUMENTS.get)
    assert (report.questions, report.answerable, report.evidence) == (7, 6, 4)
    assert [(p.line, p.message.split(",")[0]) for p in report.problems] == [
        (0, "of the file"),
        (1, "there is no document 'e' in this index."),
        (2, "'Danube' is not in d."),
    ]
    assert [(n.line, n.message) for n in report.notes] == [
        (1, "'The Rhine' stands 2 times in d; the first is meant."),
        (5, "asks the same as line 4."),
    ]


RANGES = st.tuples(st.integers(0, 20), st.integers(1, 10)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(st.lists(RANGES, max_size=4), RANGES)
def test_a_range_hits_the_places_that_share_a_character_with_it(
    places: list[tuple[int, int]], held: tuple[int, int]
) -> None:
    shared = [number for number, place in enumerate(places) if set(range(*place)) & set(range(*held))]
    evidence = [Place("d", start, end) for start, end in places]
    assert hits(evidence, "d", *held) == shared
    assert hits(evidence, "other", *held) == []
