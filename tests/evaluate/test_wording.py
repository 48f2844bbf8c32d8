import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.evaluate.wording import exact_match, is_right, normalize, rouge_l, token_f1

TEXTS = st.text("ab the.'A-9 \n", max_size=30) | st.lists(
    st.sampled_from(["the", "Rhine", "rises", "in", "an", "Alps.", "U.S.", "1,233", "km", "and"]), max_size=12
).map(" ".join)
ANSWERS = st.lists(TEXTS, min_size=1, max_size=3)


def official(prediction: str, answers: list[str]) -> tuple[float, float]:
    """EM and F1 by torchmetrics' port of SQuAD's official script."""
    from torchmetrics.functional.text import squad

    accepted = {"answers": {"answer_start": [0] * len(answers), "text": answers}, "id": "1"}
    scores = squad({"prediction_text": prediction, "id": "1"}, accepted)
    return float(scores["exact_match"]) / 100, float(scores["f1"]) / 100


# Expected values worked out by hand from the definitions.
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


@given(TEXTS, ANSWERS)
def test_exact_match_and_f1_are_those_of_the_official_script(prediction: str, answers: list[str]) -> None:
    em, f1 = official(prediction, answers)
    assert exact_match(prediction, answers) == em
    assert token_f1(prediction, answers) == pytest.approx(f1, abs=1e-6)


@given(TEXTS, ANSWERS)
def test_rouge_l_is_that_of_an_independent_implementation(prediction: str, answers: list[str]) -> None:
    from torchmetrics.functional.text import rouge_score

    # It takes the best precision, recall and F1 each; it gives 0 where both texts are empty, which counts as 1 here.
    expected = max(float(rouge_score(prediction, answer, rouge_keys="rougeL")["rougeL_fmeasure"]) for answer in answers)
    if any(not any(c.isalnum() for c in prediction + answer) for answer in answers):
        expected = 1.0
    assert rouge_l(prediction, answers) == pytest.approx(expected, abs=1e-6)


def test_rouge_l_knows_letters_beyond_ascii() -> None:
    assert rouge_l("Zürich liegt am See", ["Zürich am See"]) == pytest.approx(2 * 3 / 7)


@pytest.mark.parametrize(
    ("prediction", "answers", "right"),
    [
        ("It rises in the Alps.", ["Alps"], True),
        ("It rises in the Alps.", ["Black Forest", "the alps!"], True),
        ("There are 1,998 of them.", ["98"], False),
        ("Alpsee", ["Alps"], False),
        ("anything", [], False),
        ("", ["Alps"], False),
        # Longer than ten words: compared by F1.
        ("b c d e f g h i j k l m", ["b c d e f g h i j k l z"], True),
        ("b c d", ["b c d e f g h i j k l z"], False),
    ],
)
def test_an_answer_is_right_if_it_holds_an_accepted_one(prediction: str, answers: list[str], right: bool) -> None:
    assert is_right(prediction, answers) is right


def test_an_accepted_answer_of_articles_alone_is_in_no_answer_by_accident() -> None:
    assert not is_right("It rises in the Alps.", ["the"])
