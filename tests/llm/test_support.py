import json
import shutil
from pathlib import Path

import pytest

from rag.errors import ModelError
from rag.llm.support import SupportChecker, quoted_span, supporting_span
from rag.models.cross_encoder import WEIGHTS
from rag.models.verifier import FITTED_FILE, ONNX_FILE, VerifierModel

PASSAGE = (
    "# The bridge\n\nThe bridge at Bern was built by Robert Maillart in 1903. It carries two lanes over the Aare.\n"
    "It was not damaged in the flood of 2005."
)


@pytest.fixture(scope="module")
def checker() -> SupportChecker:
    return SupportChecker(VerifierModel())


def verdict(checker: SupportChecker, statement: str, passage: str = PASSAGE) -> str:
    return checker.check(statement, [passage])[0].verdict


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("It carries two lanes over the Aare.", "It carries two lanes over the Aare."),
        ("It carries  two lanes\nover the Aare", "It carries two lanes over the Aare."),
        (
            "It carries two lanes over the Aare. It was not damaged in the flood of 2005.",
            "It carries two lanes over the Aare.\nIt was not damaged in the flood of 2005.",
        ),
        ("carries two lanes over the Aare", None),
        ("It carries two lanes.", None),
        ("damaged in the flood of 2005", None),
        ("", None),
        ("…", None),
    ],
)
def test_only_whole_sentences_are_quotes(statement: str, quote: str | None) -> None:
    span = quoted_span(statement, PASSAGE)
    assert (PASSAGE[slice(*span)] if span else None) == quote


def test_a_statement_cites_the_sentences_that_share_its_words() -> None:
    span = supporting_span("Robert Maillart built the bridge at Bern.", PASSAGE)
    assert span is not None
    assert PASSAGE[slice(*span)] == "The bridge at Bern was built by Robert Maillart in 1903."
    both = supporting_span(
        "Maillart built it in 1903, and the flood of 2005 did not damage it; two lanes cross the Aare.", PASSAGE
    )
    assert both is not None
    assert PASSAGE[slice(*both)].startswith("The bridge at Bern")
    assert PASSAGE[slice(*both)].endswith("2005.")
    assert supporting_span("Cows graze.", PASSAGE) is None


def test_what_a_passage_says_is_told_from_what_it_does_not(checker: SupportChecker) -> None:
    assert verdict(checker, "It carries two lanes over the Aare.") == "quoted"
    assert verdict(checker, "Robert Maillart built the bridge at Bern in 1903.") == "supported"
    assert verdict(checker, "Cheese is made from the milk of goats.") == "unsupported"


@pytest.mark.parametrize(
    "statement",
    [
        "Robert Maillart built the bridge at Bern in 1908.",
        "Othmar Ammann built the bridge at Bern in 1903.",
        "The bridge was damaged in the flood of 2005.",
        "The bridge carries seven lanes over the Aare.",
    ],
)
def test_a_wrong_number_name_or_denial_is_never_supported(checker: SupportChecker, statement: str) -> None:
    (support,) = checker.check(statement, [PASSAGE])
    assert support.verdict in ("partial", "unsupported")


def test_a_name_may_stand_in_the_heading(checker: SupportChecker) -> None:
    passage = "He built the bridge at Bern in 1903."
    statement = "Robert Maillart built the bridge at Bern in 1903."
    assert checker.check(statement, [passage])[0].missing == ["Robert", "Maillart"]
    (under,) = checker.check(statement, [passage], ["Robert Maillart"])
    assert (under.verdict, under.missing) == ("supported", [])


@pytest.mark.parametrize("statement", ["", "?", "橋は1903年に建てられた。", "x" * 5000, "\x00"])
@pytest.mark.parametrize("passage", ["", " \n", "橋は1903年に建てられた。", PASSAGE * 30])
def test_odd_texts_get_a_verdict(checker: SupportChecker, statement: str, passage: str) -> None:
    assert 0 <= checker.check(statement, [passage])[0].probability <= 1


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="verifier.json is missing or damaged"):
        VerifierModel(tmp_path)
    shutil.copy(WEIGHTS / FITTED_FILE, tmp_path)
    with pytest.raises(ModelError, match=r"verifier.onnx cannot be read"):
        VerifierModel(tmp_path)
    (tmp_path / ONNX_FILE).write_bytes(b"nothing")
    with pytest.raises(ModelError, match=r"verifier.onnx is damaged"):
        VerifierModel(tmp_path)
    fitted = json.loads((WEIGHTS / FITTED_FILE).read_text())
    (tmp_path / FITTED_FILE).write_text(json.dumps(fitted | {"support": [1.0]}))
    with pytest.raises(ModelError, match="verifier.json is missing or damaged"):
        VerifierModel(tmp_path)


def test_the_weights_are_as_small_as_promised() -> None:
    assert (WEIGHTS / ONNX_FILE).stat().st_size <= 25_000_000
