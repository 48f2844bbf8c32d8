"""How a trained reader goes on: passages of headings and forms, and the passages of a question together."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from rag.models.packaged_model import load_tokenizer, packaged_model
from training.reader.batches import tokenizer_for
from training.reader.examples import Example
from training.reader.fragments import forms, headed_fragments
from training.reader.groups import group_batches, groups_of, loss_of_groups
from training.reader.model import loss_of

TEXT = "Cows graze here. The old bridge at Bern was built in 1903 by Robert Maillart. A fair is held in May."


def asked(number: int, question: str, answer: str, passage: str = TEXT) -> Example:
    at = passage.index(answer)
    return Example("made", "d", str(number), question, passage, (answer,), ((at, at + len(answer)),), True)


def test_a_sentence_becomes_a_heading_and_what_is_left_to_say() -> None:
    found = headed_fragments([asked(n, "When was the old bridge at Bern built?", "1903") for n in range(20)], seed=1)
    assert len(found) == 20
    for example in found:
        lines = example.passage.split("\n")
        assert any(line.lstrip("# ") == "Old bridge at Bern" for line in lines)
        assert "Built in 1903 by Robert Maillart." in example.passage
        assert [example.passage[slice(*span)] for span in example.spans] == ["1903"]
    # What the question does not name is no heading for it, and what stands before the verb no answer.
    assert not headed_fragments([asked(1, "When was it built?", "1903")], seed=1)
    assert not headed_fragments([asked(1, "What at Bern was built in 1903?", "old bridge")], seed=1)


def test_a_form_has_the_line_that_is_asked_for_or_is_no_answer() -> None:
    places = ["Bern", "Basel", "Chur", "Thun", "Brig"]
    examples = [
        asked(number, question.format(place), f"{said} {place}", f"It is said: {said} {place}.")
        for number, (place, question, said) in enumerate(
            (place, question, said)
            for place in places * 8
            for question, said in (
                ("What is the height of the tower of {}?", "40 feet at"),
                ("When was the gate of {} built?", "1300 near"),
                ("Who painted the hall of {}?", "Anna of"),
            )
        )
    ]
    found = forms(examples, seed=3)
    answered = [example for example in found if example.spans]
    assert len(found) > 100
    assert 0.4 < len(answered) / len(found) < 0.8
    for example in answered:
        assert example.passage[slice(*example.spans[0])] == example.answers[0]
    for example in (example for example in found if not example.spans):
        assert example.answers[0] not in example.passage
        assert not example.relevant
    assert any(example.passage.count("\n\n") > 2 for example in found)  # a form beside another thing's


def test_passages_of_a_question_stay_in_one_batch() -> None:
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    one, other = asked(1, "When was it built?", "1903"), asked(2, "Who built it?", "Robert Maillart")
    others = [replace(one, passage=f"A {n} hill.", spans=(), relevant=False, id=f"1-{n}") for n in range(5)]
    groups = groups_of([one, other] * 30, others)
    assert [len(group) for group in groups[:2]] == [4, 1]
    first, again = (list(group_batches(groups, tokenizer, 512, seed=4)) for _ in range(2))
    assert sum(len(batch["group"]) for batch in first) == 30 * 5
    assert all(torch.equal(a["input_ids"], b["input_ids"]) for a, b in zip(first, again, strict=True))
    for batch in first:
        assert len(batch["group"]) == len(batch["starts"])
        for number in batch["group"].unique():
            assert int((batch["group"] == number).sum()) in (1, 4)


def test_a_group_loses_where_another_passage_scores_higher() -> None:
    def loss(other_start: float, relevance: float, has_answer: bool = True) -> float:
        logits = torch.tensor([[0.0, 4.0, 0.0], [0.0, other_start, 0.0]])
        target = torch.tensor([1 if has_answer else 0, 0])
        batch: dict[str, Tensor] = {
            "group": torch.tensor([0, 0]), "starts": target, "ends": target,
            "choosable": torch.ones(2, 3, dtype=torch.bool), "answerable": (target > 0).float(),
            "relevance": torch.tensor([1.0, 0.0]),
        }  # fmt: skip
        outputs = (logits, logits, torch.zeros(2), torch.tensor([2.0, relevance]))
        return float(loss_of_groups(outputs, batch) - loss_of(outputs, batch))

    assert loss(-4.0, -4.0) == pytest.approx(
        2 * float(torch.logsumexp(torch.tensor([0.0, 4.0, 0.0, -4.0, 0.0]), 0) - 4)
        + float(torch.logsumexp(torch.tensor([2.0, -4.0]), 0) - 2),
        abs=1e-4,
    )
    assert loss(6.0, -4.0) > loss(2.0, -4.0) > loss(-4.0, -4.0)
    assert loss(-4.0, 4.0) > loss(-4.0, 0.0)
    assert loss(-4.0, -4.0, has_answer=False) > 2 * 4 - 1  # no passage of it should score above nothing
