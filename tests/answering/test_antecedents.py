import pytest
from llama_index.core.schema import TextNode

from rag.answering.antecedents import hangs, sentence_before, title_over
from rag.metadata import HEADINGS
from tests.answering.headed import headed

RHINE = "# Rivers\n\nThe Rhine rises in the Alps. It is 1,233 km long. It flows north.\n\n- It is deep."


def spans(*said: str) -> list[tuple[int, int]]:
    return [(RHINE.index(words), RHINE.index(words) + len(words)) for words in said]


@pytest.mark.parametrize(
    "sentence",
    [
        "It is long.",
        "Their capital is Bern.",
        "In 1990, he left.",
        "This was a failure.",
        "But she stayed.",
        "**It** is bold.",
    ],
)
def test_these_hang_on_what_stands_before(sentence: str) -> None:
    assert hangs(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The Rhine is long.",
        "This agreement ends in May.",
        "Italy lies south.",
        "Bern knows its river.",
        "Otherwise, they said, Bern wins.",
        "",
    ],
)
def test_these_do_not(sentence: str) -> None:
    assert not hangs(sentence)


def test_pronouns_of_another_language_are_not_told() -> None:
    assert not hangs("His is Dutch for hoist.", "nl")


def test_the_sentence_before_is_taken_where_it_names_what_is_asked_about() -> None:
    node, (first, second, third, item) = (
        TextNode(text=RHINE),
        spans("The Rhine rises in the Alps.", "It is 1,233 km long.", "It flows north.", "It is deep."),
    )
    assert sentence_before("How long is the Rhine?", node, second) == first
    assert sentence_before("How long is it?", node, second) is None
    assert sentence_before("Where does the Rhine flow?", node, third) is None
    # What hangs on another sentence itself names nothing.
    assert sentence_before("Where does the long river flow?", node, third) is None
    assert sentence_before("How deep is the Rhine?", node, first) is None
    assert sentence_before("How deep is what flows north?", node, item) is None


def test_titles_stand_over_a_sentence_in_its_passage_and_above_it() -> None:
    (second,) = spans("It is 1,233 km long.")
    assert title_over(TextNode(text=RHINE, metadata=headed(RHINE)), second) == "Rivers"
    above = {HEADINGS: "# Europe\n## Switzerland"}
    assert title_over(TextNode(text="It is small.", metadata=above), (0, 12)) == "Europe – Switzerland"
    assert title_over(TextNode(text="It is small."), (0, 12)) == ""
    long = {HEADINGS: f"# {'Long ' * 30}\n## Switzerland"}
    assert title_over(TextNode(text="It is small.", metadata=long), (0, 12)) == "Switzerland"
