"""How confidence is fitted: corpora of development documents, what is found in them, and kinds that are kept out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag.models.reader import ReaderModel
from training.reader.collect import Case, collect, load_cases, save_cases
from training.reader.corpora import corpus_of, joined
from training.reader.examples import Example, save
from training.reader.held_out import UNASKABLE, Told, calibration_error, right_minus_wrong, roc_area, threshold_for

TOWNS = ("Bern", "Basel", "Chur", "Davos", "Eglisau", "Flims", "Glarus", "Horgen", "Ilanz", "Jona")


def about(number: int, town: str) -> list[Example]:
    """Two questions about the bridge of a town, the second without an answer, and a passage that nobody asks about."""
    passage = f"The bridge of {town} was built in {1900 + number}. It is made of concrete."
    at = passage.index("19")
    built = Example(
        "covidqa", town, f"{town}-1", f"When was the bridge of {town} built?", passage,
        (passage[at : at + 4],), ((at, at + 4),), True, town if number % 2 else "",
    )  # fmt: skip
    fair = replace(built, id=f"{town}-2", passage=f"A fair is held at {town} in May.", relevant=False, spans=())
    return [built, fair, replace(built, id=f"{town}-3", question=f"Who sold {town}?", answers=(), spans=())]


EXAMPLES = [example for number, town in enumerate(TOWNS) for example in about(number, town)]
OTHER = replace(EXAMPLES[0], document="Zug", passage="The tower of Zug has a clock.", spans=(), answers=())


def test_a_corpus_has_whole_documents_and_asks_what_they_answer_and_what_not() -> None:
    corpus = corpus_of("science", EXAMPLES, [OTHER], 18)
    assert corpus == corpus_of("science", EXAMPLES, [OTHER], 18)
    assert len(corpus.documents) == 11
    assert any("clock" in text for text in corpus.documents.values())
    assert (
        "# Basel\n\nThe bridge of Basel was built in 1901. It is made of concrete.\n\nA fair is held at Basel in May."
        in (corpus.documents.values())
    )
    unanswerable = [asked for asked in corpus.asked if not asked.answers]
    assert (len(corpus.asked), len(unanswerable)) == (16, 6)
    for asked in corpus.asked:
        assert asked.passage in corpus.documents[asked.document]
        assert [asked.passage[slice(*place)] for place in asked.places] == list(asked.answers)


def test_documents_are_left_out_where_too_few_questions_have_no_answer() -> None:
    answerable = [example for example in EXAMPLES if not example.id.endswith("-3")]
    corpus = corpus_of("science", answerable, [], 9)
    unanswerable = [asked for asked in corpus.asked if not asked.answers]
    assert (len(corpus.documents), len(unanswerable)) == (7, 3)
    assert not any(asked.question[23:-7] in text for asked in unanswerable for text in corpus.documents.values())
    few = [example for example in answerable if example.document in TOWNS[:2]]
    assert len(corpus_of("science", few, [], 9).documents) == 2


def test_passages_that_overlap_are_one() -> None:
    text = " ".join(f"Sentence number {number} of a long paper." for number in range(40))
    assert joined([text[:600], text[500:1100], text[900:], "Another.", text[550:580]]) == [text, "Another."]
    assert joined([text[500:900], text[:600]]) == [text[:900]]
    assert joined(["One.", "Two."]) == ["One.", "Two."]


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder = tmp_path_factory.mktemp("development")
    save(EXAMPLES, folder / "dev.jsonl.gz")
    save([OTHER], folder / "train-covidqa.jsonl.gz")
    work, kept = folder / "work", folder / "work" / "kept"
    found = collect(folder, work, kept, ReaderModel(), 4, 18)
    assert collect(folder, work, kept, ReaderModel(), 4, 18) == found
    return found


def test_questions_are_asked_of_an_index_and_what_is_found_is_kept(cases: list[Case], tmp_path: Path) -> None:
    assert len(cases) == 16
    assert all(case.kind == "science" and len(case.found) == 4 for case in cases)
    answered = [case for case in cases if case.answers]
    assert all(found.gold == (case.answers[0] in found.text) for case in answered for found in case.found)
    assert all(any(found.gold for found in case.found) for case in answered)
    assert not any(found.gold for case in cases if not case.answers for found in case.found)
    save_cases(cases, tmp_path / "kept.jsonl.gz")
    assert load_cases(tmp_path / "kept.jsonl.gz") == cases


def test_the_threshold_is_the_least_with_about_the_most_right_answers_less_wrong_ones() -> None:
    sure = Told(np.array([0.9, 0.8, 0.3, 0.2]), np.array([1.0, 1.0, 0.0, 0.0]))
    unsure = Told(np.array([0.9, 0.5, 0.3, 0.2]), np.array([1.0, 0.0, 0.0, 1.0]))
    assert right_minus_wrong(sure, 0.5) == 0.5
    assert right_minus_wrong(unsure, 0.5) == 0.0
    many = [Told(np.tile(told.confidence, 1000), np.tile(told.right, 1000)) for told in (sure, unsure)]
    assert 0.5 < threshold_for(many) <= 0.8
    # Of so few nobody can tell whether one that answers more serves worse; below .3 it does.
    assert threshold_for([sure, unsure]) == 0.31
    assert roc_area(sure) == 1.0
    # Kinds that cannot be asked about do not count.
    unaskable = many[1]._replace(confidence=1 - many[1].confidence, kind=UNASKABLE[0])
    assert threshold_for([*many, unaskable]) == threshold_for(many)
    assert threshold_for([*many, unaskable._replace(kind="made")]) != threshold_for(many)


def test_calibration_is_measured_by_bins() -> None:
    assert calibration_error(Told(np.array([0.95, 0.95]), np.array([1, 1]))) == pytest.approx(0.05)
    assert calibration_error(Told(np.array([0.95, 0.05]), np.array([0, 1]))) == pytest.approx(0.95)
