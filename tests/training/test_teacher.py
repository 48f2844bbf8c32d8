"""A reader that learns from a larger one, which here is a small one of the same kind."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from transformers import MPNetConfig, MPNetModel

from rag.models.packaged_model import load_tokenizer, packaged_model
from tests.training.test_reader import BUILT, NOTHING
from training.loop import INPUTS
from training.reader.batches import batches, collate, encode, tokenizer_for
from training.reader.carry import ENCODER, SETS, TEACHER, carry
from training.reader.distil import distil
from training.reader.examples import save
from training.reader.export import load_weights
from training.reader.model import Reader, loss_of
from training.reader.recipe import Recipe
from training.reader.teacher import Teacher, distilled_loss
from training.reader.train import WEIGHTS

RECIPE = Recipe(phases=({"made": 8},), batch_tokens=512, warmup_examples=2)


@pytest.fixture(scope="module")
def small_teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an MPNet of one layer."""
    folder = tmp_path_factory.mktemp("mpnet")
    torch.manual_seed(0)
    config = MPNetConfig(
        vocab_size=30527, hidden_size=24, num_hidden_layers=1, num_attention_heads=2, intermediate_size=48
    )
    MPNetModel(config, add_pooling_layer=False).save_pretrained(str(folder))
    return folder


def test_a_teacher_reads_the_readers_own_tokens_and_does_not_look_at_what_is_padded(small_teacher: Path) -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    teacher = Teacher(small_teacher).eval()
    long = replace(BUILT, passage=BUILT.passage * 4)
    alone, beside = (collate([(encode(tokenizer, e), e) for e in some]) for some in ((BUILT,), (BUILT, long)))
    with torch.inference_mode():
        one, two = (teacher(*(batch[name] for name in INPUTS)) for batch in (alone, beside))
    width = int(alone["attention_mask"].sum())
    assert beside["input_ids"].shape[1] > width
    assert torch.allclose(one[0][0, :width], two[0][0, :width], atol=1e-5)
    assert torch.allclose(one[2], two[2][:1], atol=1e-5)


def test_who_says_what_the_teacher_says_loses_least_against_it(small_teacher: Path) -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    teacher = Teacher(small_teacher).eval()
    batch = collate([(encode(tokenizer, example), example) for example in (BUILT, NOTHING)])
    with torch.inference_mode():
        same = teacher(*(batch[name] for name in INPUTS))
        other = tuple(output.roll(1, -1) * 3 for output in same)

        def against_teacher(outputs: tuple[torch.Tensor, ...]) -> float:
            return float(distilled_loss(outputs, batch, teacher) - 0.3 * loss_of(outputs, batch))

        assert against_teacher(same) < against_teacher(other)


def test_batches_are_the_same_whoever_makes_them() -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    examples = [BUILT, NOTHING] * 700
    here, there = (list(batches(examples, tokenizer, 2048, 5, 20, workers)) for workers in (0, 2))
    assert len(here) == len(there)
    assert all(
        torch.equal(a[name], b[name])
        for a, b in zip(here, there, strict=True)
        for name in a
        if a[name].dtype != torch.float32
    )


def test_what_is_carried_is_enough_to_distil_a_reader(small_teacher: Path, tmp_path: Path) -> None:
    prepared, carried, out = tmp_path / "prepared", tmp_path / "carried", tmp_path / "out"
    prepared.mkdir()
    save([BUILT, NOTHING], prepared / "train-made.jsonl.gz")
    files = carry(prepared, small_teacher, carried, RECIPE)
    assert max(file.stat().st_size for file in files) <= 55e6
    assert {file.relative_to(carried).parts[0] for file in files} == {SETS, ENCODER, TEACHER}
    distil(carried, out, RECIPE, replace(RECIPE, phases=({"made": 4},)))
    assert (out / "teacher" / WEIGHTS).exists()
    learned, fresh = load_weights(out / WEIGHTS), Reader(packaged_model())
    name = "encoder.encoder.layer.5.output.dense.weight"
    assert not torch.allclose(learned.state_dict()[name], fresh.state_dict()[name], atol=1e-4)
