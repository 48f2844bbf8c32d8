import pytest

from rag.models.cross_encoder import WEIGHTS
from rag.models.reader import ONNX_FILE
from training.reader.compare import by_kind, varied
from training.reader.examples import Example
from training.reader.recipe import Recipe, shortened

PASSAGE = "The bridge was built in 1903 by Robert Maillart."


def asked(name: str, question: str, answer: str) -> Example:
    start = PASSAGE.find(answer)
    spans = ((start, start + len(answer)),) if answer else ()
    return Example(name, "bridges", question, question, PASSAGE, (answer,) if answer else (), spans, True)


def test_one_setting_is_changed_and_the_others_stay() -> None:
    recipe = varied(Recipe(), ["learning_rate=3e-4", "batch_tokens=4096"])
    assert (recipe.learning_rate, recipe.batch_tokens) == (3e-4, 4096)
    assert recipe.phases == Recipe().phases
    assert varied(Recipe(), []) == Recipe()


@pytest.mark.parametrize("change", ["rate=1", "phases=2", ""])
def test_what_a_recipe_does_not_have_is_named(change: str) -> None:
    with pytest.raises(ValueError, match=r"it has batch_tokens, learning_rate"):
        varied(Recipe(), [change])


def test_a_short_training_has_its_share_of_each_phase() -> None:
    short, whole = shortened(Recipe(), 0.1), Recipe()
    for few, all_of_them in zip(short.phases, whole.phases, strict=True):
        assert few.keys() == all_of_them.keys()
        assert sum(few.values()) == pytest.approx(0.1 * sum(all_of_them.values()), rel=0.01)
    assert short.long_from == pytest.approx(0.1 * whole.long_from, rel=0.01)


def test_kinds_of_text_count_alike() -> None:
    examples = [
        asked("squad2", "When was the bridge built?", "1903"),
        asked("squad2", "Who built the bridge?", "Robert Maillart"),
        asked("covidqa", "When was the bridge built?", "Robert Maillart"),
    ]
    found = by_kind(WEIGHTS / ONNX_FILE, examples)
    assert found["encyclopaedia"]["f1"] == 1.0
    assert found["science"]["f1"] == 0.0
    assert found["mean"]["f1"] == 0.5
