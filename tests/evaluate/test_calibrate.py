import numpy as np
import pytest

from rag.errors import QuestionError
from rag.evaluate.calibrate import fit_calibration
from rag.evaluate.dataset import Question
from rag.evaluate.record import Record
from tests.evaluate.runs import PORT, RHINE, answer, question, record

ASKED = question("Where does the Rhine rise?", ["the Alps"], RHINE)


def asked(cases: list[tuple[float, bool]]) -> tuple[list[Question], list[Record]]:
    """Questions whose proposed answers have these confidences, and are right or not."""
    questions = [ASKED.model_copy(update={"id": f"q{n}", "question": f"{n}?"}) for n in range(len(cases))]
    records = [
        record(q, answer(q.question, [RHINE if right else PORT], [RHINE], confidence=confidence))
        for q, (confidence, right) in zip(questions, cases, strict=True)
    ]
    return questions, records


def drawn(count: int, slope: float, intercept: float) -> list[tuple[float, bool]]:
    """Cases whose chance of being right is the logistic of their confidence."""
    random = np.random.default_rng(0)
    confidence = random.random(count)
    right = random.random(count) < 1 / (1 + np.exp(-(slope * confidence + intercept)))
    return list(zip(confidence.tolist(), right.tolist(), strict=True))


def test_the_probability_that_made_the_cases_is_found_again() -> None:
    questions, records = asked(drawn(3000, 8, -4))
    fitted = fit_calibration(questions, records, None)
    assert (fitted.slope, fitted.intercept) == (pytest.approx(8, rel=0.15), pytest.approx(-4, rel=0.15))
    assert fitted.threshold == 0.5
    assert fitted.expected_coverage == pytest.approx(0.5, abs=0.05)
    given = [(confidence, right) for confidence, right in drawn(3000, 8, -4) if confidence >= 0.5]
    assert fitted.expected_precision == pytest.approx(sum(right for _, right in given) / len(given), abs=0.02)
    assert all(fitted.was_asked(question.question) for question in questions)


def test_a_precision_that_is_asked_for_is_kept_at_the_lowest_threshold_that_does() -> None:
    cases = drawn(1000, 8, -4)
    fitted = fit_calibration(*asked(cases), precision=0.9)
    probability = [fitted.probability(confidence) for confidence, _ in cases]
    given = [right for p, (_, right) in zip(probability, cases, strict=True) if round(p, 4) >= fitted.threshold]
    assert sum(given) / len(given) >= 0.9
    lower = [right for p, (_, right) in zip(probability, cases, strict=True) if p >= fitted.threshold - 0.05]
    assert sum(lower) / len(lower) < 0.9
    assert fitted.expected_precision == pytest.approx(0.9, abs=0.03)


def test_a_threshold_that_only_these_questions_would_keep_is_refused() -> None:
    # Confidence says nothing here: what the fit sees in these questions, others would not keep.
    random = np.random.default_rng(1)
    cases = list(zip(random.random(60).tolist(), (random.random(60) < 0.5).tolist(), strict=True))
    with pytest.raises(QuestionError, match=r"0\.40 of the answers would be right, without one 0\.5"):
        fit_calibration(*asked(cases), precision=0.8)


def test_the_same_questions_give_the_same_calibration() -> None:
    cases = drawn(100, 8, -4)
    assert fit_calibration(*asked(cases), None) == fit_calibration(*asked(cases), None)


@pytest.mark.parametrize(
    ("cases", "precision", "message"),
    [
        (drawn(19, 8, -4), None, "19 questions, .* are too few"),
        ([(n / 40, n > 35) for n in range(40)], None, "4 of them answered rightly, are too few"),
        ([(n / 40, n % 2 == 0 and n < 30) for n in range(40)][::-1], None, "does not rise with being right"),
        ([(0.5, n % 2 == 0) for n in range(40)], None, "does not rise with being right"),
        ([(n / 40, n % 2 == 0 or 20 < n < 36) for n in range(40)], 1.0, "no threshold makes 1.00 of the answers right"),
    ],
)
def test_questions_that_cannot_tell_are_refused(
    cases: list[tuple[float, bool]], precision: float | None, message: str
) -> None:
    with pytest.raises(QuestionError, match=message):
        fit_calibration(*asked(cases), precision)
