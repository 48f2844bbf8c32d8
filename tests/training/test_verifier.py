"""How the verifier is trained, on a few made examples: statements, pairs, parts, a run, its export and fit."""

import json
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from rag.models.cross_encoder import WEIGHTS as SHIPPED
from rag.models.verifier import FITTED_FILE, ONNX_FILE, VerifierModel
from tests.training.test_reader import BUILT, NOTHING
from training.reader.examples import Example
from training.reader.model import Reader
from training.verifier import train as training
from training.verifier.export import export
from training.verifier.fit import fit
from training.verifier.made import asked_pairs, joined, sentence_pairs, shortened
from training.verifier.pairs import Pair, load, save
from training.verifier.sets.table import part_of
from training.verifier.statements import statement
from training.verifier.train import Recipe, train

PASSAGE = (
    "The old bridge at Bern was built by Robert Maillart in 1903. It carries two lanes over the river Aare, which rises"
    " in the Alps. In 1950, a new bridge at Basel was opened by the mayor, and the old one was closed to cars."
)


@pytest.mark.parametrize(
    ("question", "answer", "said"),
    [
        ("Who built the old bridge?", "Robert Maillart", "Robert Maillart built the old bridge."),
        ("When was the bridge built?", "1903", "The bridge was built 1903."),
        ("In what year was the bridge built?", "1903", "The bridge was built in 1903."),
        ("What is the capital of France?", "Paris", "The capital of France is Paris."),
        ("Why did the bridge fall?", "rust", None),
        ("", "x", None),
    ],
)
def test_a_question_and_its_answer_become_a_statement_where_a_rule_fits(
    question: str, answer: str, said: str | None
) -> None:
    assert statement(question, answer) == said


def example(number: int, question: str, answer: str) -> Example:
    at = PASSAGE.index(answer)
    return Example("made", f"d{number % 3}", str(number), question, PASSAGE, (answer,), ((at, at + len(answer)),), True)


EXAMPLES = [
    example(n, question, answer)
    for n in range(12)
    for question, answer in (("Who built the old bridge at Bern?", "Robert Maillart"), ("When was it built?", "1903"))
] + [replace(NOTHING, passage=PASSAGE, id=f"n{n}") for n in range(4)]


def test_pairs_of_questions_are_supported_where_the_passage_answers() -> None:
    pairs = asked_pairs(EXAMPLES, seed=1)
    assert pairs == asked_pairs(EXAMPLES, seed=1)
    assert {pair.supported for pair in pairs} == {True, False}
    for pair in pairs:
        holds = any(answer in pair.passage for answer in ("Robert Maillart", "1903"))
        assert holds or not pair.supported
        assert not (pair.supported and pair.partly is False)
        assert pair.id.endswith(("-other", "-altered", "-without", "-none")) != pair.supported


def test_pairs_of_sentences_say_what_is_taken_out() -> None:
    pairs = sentence_pairs([BUILT, *EXAMPLES], seed=2)
    assert {pair.id.rpartition("-")[2] for pair in pairs} >= {"without", "joined", "both"}
    for pair in pairs:
        assert pair.supported == (not pair.id.endswith(("-altered", "-without", "-joined", "-half")))
        if pair.id.endswith("-without"):
            assert pair.statement not in pair.passage
        if pair.id.endswith(("-altered", "-half")):  # what was altered is not what was left out
            assert pair.statement.lower().rstrip(".") not in pair.passage.lower()


def test_a_shortened_sentence_leaves_out_and_adds_nothing() -> None:
    sentence = (
        "In 1950, a bridge (the second one), which is long, was opened at Basel, and the old one was closed to cars."
    )
    for seed in range(40):
        said = shortened(sentence, random.Random(seed)).lower()
        assert set(re.findall(r"\w+", said)) <= set(re.findall(r"\w+", sentence.lower()))
    both = {joined("It fell.", "It rose.", random.Random(seed)) for seed in range(40)}
    assert all("fell" in text and "rose" in text for text in both)
    assert len(both) == 8
    assert joined("It fell.", "", random.Random(1)) == ""


def test_a_text_belongs_to_one_part() -> None:
    parts = [part_of(f"text {n}", 0.2) for n in range(1000)]
    assert 150 < parts.count("dev") < 250
    assert part_of("text 1", 0.2) == part_of("text 1", 0.2)


@pytest.mark.nightly
def test_a_run_is_written_exported_fitted_and_read(tmp_path: Path) -> None:
    pairs = asked_pairs(EXAMPLES, seed=1) + sentence_pairs(EXAMPLES, seed=2)
    save(pairs, tmp_path / "train-encyclopaedia-asked.jsonl.gz")
    assert load(tmp_path / "train-encyclopaedia-asked.jsonl.gz") == pairs
    judged = [replace(pair, set=name) for name in ("begin", "scifact", "made") for pair in pairs]
    save(judged, tmp_path / "dev.jsonl.gz")
    torch.manual_seed(0)
    torch.save(Reader(training.packaged_model()).state_dict(), tmp_path / "reader.pt")
    recipe = Recipe(phases=({"encyclopaedia-asked": 24},), warmup_examples=8)
    train(tmp_path, tmp_path / "reader.pt", tmp_path / "run", recipe)
    export(tmp_path / "run" / training.WEIGHTS, tmp_path / "weights", pairs[:4])
    fitted = fit(tmp_path, tmp_path / "weights")
    kept = {name: getattr(fitted, name) for name in ("sha256", "support", "supported", "partly")}
    (tmp_path / "weights" / FITTED_FILE).write_text(json.dumps(kept))
    scores = VerifierModel(tmp_path / "weights").score("Robert Maillart built it.", [PASSAGE, "Cows graze."])
    assert len(scores) == 2
    assert (tmp_path / "weights" / ONNX_FILE).stat().st_size == pytest.approx(
        (SHIPPED / ONNX_FILE).stat().st_size, rel=0.01
    )


def test_a_pair_survives_being_saved(tmp_path: Path) -> None:
    pair = Pair("s", "1", "Türkiye", "x", True, None)
    save([pair], tmp_path / "x.gz")
    assert load(tmp_path / "x.gz") == [pair]
