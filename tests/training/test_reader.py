"""How the reader is trained, on a few made examples: data, windows, batches, a resumed run, the export."""

import random
from dataclasses import replace
from pathlib import Path

import onnxruntime
import pytest
import torch

from rag.models.cross_encoder import WEIGHTS as SHIPPED
from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.reader import ONNX_FILE
from training.loop import CHECKPOINT, INPUTS, optimizer_for
from training.reader.altered import altered
from training.reader.batches import batches, collate, encode, tokenizer_for
from training.reader.examples import Example, headed, load, save
from training.reader.export import FP32_FILE, export, load_weights
from training.reader.graph import fed
from training.reader.model import Reader, loss_of
from training.reader.recipe import Recipe
from training.reader.restored import restored_weights
from training.reader.score import scorer_of
from training.reader.splits import parts
from training.reader.train import WEIGHTS, train
from training.reader.windows import window

PASSAGE = (
    "Cows graze here. The bridge was built in 1903. It is made of concrete. A fair is held in May. It rains often."
)
BUILT = Example("made", "d", "1", "When was it built?", PASSAGE, ("1903", "in 1903"), ((41, 45), (38, 45)), True)
NOTHING = replace(BUILT, id="2", question="Who built it?", answers=(), spans=())


def test_an_altered_question_differs_in_one_detail_and_has_no_answer() -> None:
    passage = "The old bridge at Bern was built by Robert Maillart in 1903. The new one at Basel was built in 1950."
    at = passage.index("Robert Maillart")
    span = (at, at + len("Robert Maillart"))
    asked = Example(
        "made", "d", "1", "Who built the old bridge at Bern in 1903?", passage, ("Robert Maillart",), (span,), True
    )
    other = replace(asked, id="2", question="Who sold a small house at Basel in 1871?")
    examples = [replace(asked, id=str(number)) for number in range(40)] + [other, replace(NOTHING, document="d")]
    found = altered(examples, seed=3)
    assert found == altered(examples, seed=3)
    assert all(one.id.endswith("-altered") and one.spans == () and one.passage == passage for one in found)
    questions = {one.question for one in found if one.answers == asked.answers}
    assert {"Who built the new bridge at Bern in 1903?", "Who built the old bridge at Basel in 1903?"} <= questions
    assert "Who built the old bridge at Bern in 1950?" in questions
    assert asked.question not in questions
    assert not any(one.question == NOTHING.question for one in found)


def test_a_document_belongs_to_one_part_and_none_is_chosen_by_hand() -> None:
    titles = [f"title {number}" for number in range(48)]
    found = parts("new_wiki", titles)
    assert found == parts("new_wiki", reversed(titles))
    assert sorted(found.values()) == ["dev"] * 4 + ["report"] * 8 + ["train"] * 36
    assert set(parts("made", titles).values()) == {"train"}
    assert parts("new_wiki", ["", *titles])[""] == "train"


def test_windows_hold_the_answer_or_have_it_removed() -> None:
    draw = random.Random(0)
    kept = [window(BUILT, draw) for _ in range(300)]
    answered = [example for example in kept if example.spans]
    removed = [example for example in kept if not example.spans]
    assert {example.passage[slice(*example.spans[0])] for example in answered} == {"1903", "in 1903"}
    assert 0.05 < len(removed) / 300 < 0.2
    assert all("1903" not in example.passage and not example.relevant for example in removed)
    assert all(window(NOTHING, draw).passage in PASSAGE for _ in range(20))


def test_batches_hold_the_tokens_of_the_answer_and_are_the_same_for_a_seed() -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batch = collate([(encode(tokenizer, example), example) for example in (BUILT, NOTHING)])
    ids = batch["input_ids"][0]
    assert tokenizer.decode(ids[batch["starts"][0] : batch["ends"][0] + 1].tolist()) == "1903"
    assert batch["answerable"].tolist() == [1, 0]
    assert batch["starts"][1] == 0
    assert batch["choosable"][0].sum() < batch["attention_mask"][0].sum()
    examples = [BUILT, NOTHING] * 40
    first, again = (list(batches(examples, tokenizer, 512, seed=5, long_from=20)) for _ in range(2))
    assert sum(len(b["starts"]) for b in first) == 80
    assert all(b["input_ids"].numel() <= 512 for b in first)
    assert all(torch.equal(a["input_ids"], b["input_ids"]) for a, b in zip(first, again, strict=True))


def test_windows_cut_no_row_of_a_table() -> None:
    rows = [f"- Town: St. Ives {number}. A port; Built: {1900 + number}" for number in range(30)]
    at = "\n".join(rows).index("1917")
    asked = replace(BUILT, passage="\n".join(rows), answers=("1917",), spans=((at, at + 4),))
    draw = random.Random(2)
    for _ in range(50):
        assert set(window(asked, draw).passage.split("\n")) <= set(rows)


def test_a_heading_stands_above_the_passage_and_moves_its_spans(tmp_path: Path) -> None:
    under = replace(BUILT, heading="Bridges – Bern")
    shown = headed(under)
    assert shown.passage == f"Bridges – Bern\n{PASSAGE}"
    assert [shown.passage[slice(*span)] for span in shown.spans] == ["1903", "in 1903"]
    assert headed(BUILT) is BUILT
    assert window(under, random.Random(1)).heading == under.heading
    save([under, NOTHING], tmp_path / "kept.jsonl.gz")
    assert load(tmp_path / "kept.jsonl.gz") == [under, NOTHING]


def test_windows_are_long_from_an_example_on() -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    long = replace(NOTHING, passage=" ".join(f"In the year {number} a fair was held here." for number in range(30)))
    tokens = [
        sum(int(batch["attention_mask"].sum()) for batch in batches([long] * 100, tokenizer, 2048, 5, long_from))
        for long_from in (0, 50, 100)
    ]
    assert tokens[0] > tokens[1] > tokens[2]


def test_the_rate_rises_stays_and_falls() -> None:
    recipe = Recipe(learning_rate=1.0, warmup_examples=10, decay_share=0.5)
    assert [recipe.rate(done, 100) for done in (5, 10, 50, 75)] == pytest.approx([0.5, 1, 1, 0.5])
    assert 0 < recipe.rate(100, 100) < 0.05
    order = Recipe(phases=({"a": 5}, {"b": 2})).order({"a": [BUILT, NOTHING], "b": [NOTHING]})
    assert len(order) == 7
    assert order[5:] == [NOTHING, NOTHING]
    sets = {"a": [BUILT], "altered": [NOTHING]}
    fewer = Recipe(phases=({"a": 4}, {"a": 4, "altered": 8}), of_negatives=0.5).order(sets)
    assert [example.id for example in fewer[:4]] == [BUILT.id] * 4
    assert sorted(example.id for example in fewer[4:]) == [BUILT.id] * 4 + [NOTHING.id] * 4
    mixed = Recipe(phases=({"a": 40}, {"altered": 40}), mixed=1).order(sets)
    assert NOTHING in mixed[:20]
    assert mixed.count(NOTHING) == 40


def test_no_loss_comes_from_what_nobody_knows() -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batch = collate([(encode(tokenizer, BUILT), BUILT)])
    outputs = (torch.zeros(1, 48), torch.zeros(1, 48), torch.zeros(1), torch.tensor([7.0]))
    known = loss_of(outputs, batch)
    unknown = loss_of(outputs, batch | {"relevance": torch.tensor([float("nan")])})
    assert torch.isfinite(unknown)
    assert unknown < known


def test_smoothing_spreads_weight_over_what_can_be_chosen() -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batch = collate([(encode(tokenizer, BUILT), BUILT)])
    tokens = batch["choosable"].shape[1]
    sure = torch.full((1, tokens), -20.0)
    sure[0, batch["starts"][0]] = sure[0, batch["ends"][0]] = 20.0
    level = torch.zeros(1, tokens)
    answerable, relevance = torch.full((1,), 20.0), torch.full((1,), 20.0)
    of = {
        (name, smoothing): float(loss_of((spans, spans, answerable, relevance), batch, smoothing))
        for name, spans in (("sure", sure), ("level", level))
        for smoothing in (0.0, 0.1)
    }
    assert of["sure", 0.0] < of["level", 0.0]
    assert of["level", 0.1] == pytest.approx(of["level", 0.0])
    assert of["sure", 0.0] < of["sure", 0.1] < of["sure", 0.0] + 0.1 * 41


def test_lower_layers_learn_at_lower_rates_where_that_is_asked() -> None:
    model = Reader(packaged_model())
    optimizer = optimizer_for(model, Recipe(layer_rates=0.5))
    share = {id(kept): group["share"] for group in optimizer.param_groups for kept in group["params"]}
    layers = model.encoder.encoder.layer
    found = [share[id(layer.output.dense.weight)] for layer in layers]
    assert found == [0.5 ** (len(layers) - 1 - number) for number in range(len(layers))]
    assert share[id(model.span.weight)] == 1.0
    assert share[id(model.encoder.embeddings.position_embeddings.weight)] == 0.5 ** len(layers)
    assert {group["share"] for group in optimizer_for(model, Recipe()).param_groups} == {1.0}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    save([BUILT, NOTHING] * 8, folder / "train-made.jsonl.gz")
    return folder


@pytest.mark.nightly
@pytest.mark.parametrize("averaged", [0.0, 0.5])
def test_a_run_goes_on_from_its_checkpoint_to_the_same_weights(prepared: Path, tmp_path: Path, averaged: float) -> None:
    recipe = Recipe(phases=({"made": 16},), batch_tokens=256, warmup_examples=2, averaged=averaged)
    train(prepared, tmp_path / "whole", recipe)
    # The checkpoint before the decay is what an interrupted run would have left.
    (tmp_path / "cut").mkdir()
    (tmp_path / "whole" / "level.pt").rename(tmp_path / "cut" / CHECKPOINT)
    train(prepared, tmp_path / "cut", recipe)
    whole, cut = (torch.load(tmp_path / name / WEIGHTS, weights_only=True) for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut[name]) for name in whole)


@pytest.mark.nightly
def test_the_export_says_what_the_model_says(prepared: Path, tmp_path: Path) -> None:
    train(prepared, tmp_path, Recipe(phases=({"made": 4},), batch_tokens=512))
    export(tmp_path / WEIGHTS, tmp_path, [BUILT, NOTHING])
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    model = load_weights(tmp_path / WEIGHTS)
    session = onnxruntime.InferenceSession(str(tmp_path / FP32_FILE), providers=["CPUExecutionProvider"])
    for example in (BUILT, NOTHING):
        batch = collate([(encode(tokenizer, example), example)])
        with torch.inference_mode():
            expected = model(*(batch[name] for name in INPUTS))
        for found, wanted in zip(session.run(None, fed(batch)), expected, strict=True):
            assert found == pytest.approx(wanted[:, : found.shape[-1]].numpy() if found.ndim > 1 else wanted, abs=1e-4)


def test_weights_come_back_from_the_file_that_they_were_shipped_in() -> None:
    model = Reader(packaged_model())
    missing, unknown = model.load_state_dict(restored_weights(SHIPPED / ONNX_FILE), strict=False)
    assert (missing, unknown) == (["encoder.embeddings.word_embeddings.weight"], [])
    shipped, restored = scorer_of(SHIPPED / ONNX_FILE), model.eval()
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batch = collate([(encode(tokenizer, BUILT), BUILT)])
    with torch.inference_mode():
        found = restored(*(batch[name] for name in INPUTS))
    # What is left is the rounding of activations.
    for output, wanted in zip(found, shipped(batch), strict=True):
        got = output[:, : wanted.shape[-1]] if wanted.ndim > 1 else output
        assert got.numpy() == pytest.approx(wanted, abs=0.6)
