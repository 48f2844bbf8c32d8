"""Nothing is trained on twice, or while it is held back."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from training.reader.examples import Example
from training.reader.negatives import neighbouring_negatives
from training.reader.overlap import HeldBack, without_repeats
from training.reader.prepare import split
from training.reader.sets.table import Set

TEXT = " ".join(f"word{number}" for number in range(40))
ASKED = Example("made", "d", "1", "Who built it ?", f"Here. {TEXT}, then.", (), (), True)


def test_what_shares_a_run_of_words_or_a_question_is_held_back() -> None:
    held = HeldBack()
    assert held.lets_through(ASKED)
    held.add([f"Elsewhere {TEXT.upper()}"])
    assert not held.lets_through(ASKED)
    assert held.lets_through(replace(ASKED, passage=" ".join(TEXT.split()[::2])))
    held.add([], ["who  built it"])
    assert not held.lets_through(replace(ASKED, passage="Short."))


def test_a_question_is_asked_of_a_passage_once() -> None:
    again = replace(ASKED, id="2", question="who built it?", passage=ASKED.passage.replace(",", " ,"))
    other = replace(ASKED, id="3", question="Who sold it?")
    seen = set()
    assert without_repeats([ASKED, again, other], seen) == [ASKED, other]
    assert without_repeats([again], seen) == []


def test_sets_are_split_without_what_is_in_two_parts(tmp_path: Path) -> None:
    def read(files: Sequence[Path], name: str) -> list[Example]:
        texts = [f"Page {page} of {name}: " + TEXT.replace("word", f"{name}{page % 30}x") for page in range(40)]
        return [
            replace(ASKED, set=name, document=str(page), id=str(page), passage=text) for page, text in enumerate(texts)
        ]

    sets = {name: Set("review", "CC0", read, ()) for name in ("tatqa", "made")}
    train, dev = split(tmp_path, sets, HeldBack())
    assert dev["tatqa"]
    held = {example.passage.partition(": ")[2] for example in dev["tatqa"]}
    assert not any(example.passage.partition(": ")[2] in held for example in train["tatqa"])
    assert (len(train["made"]), dev["made"]) == (40, [])


def test_another_passage_of_the_document_does_not_answer() -> None:
    said = replace(ASKED, passage="Ann built the bridge.", answers=("Ann",), spans=((0, 3),))
    other = replace(ASKED, id="2", question="Who sold it?", passage="Nobody knows who built the bridge. Bob sold it.",
                    answers=("Bob",), spans=((35, 38),))  # fmt: skip
    elsewhere = replace(other, id="3", document="e", passage="Who built the bridge?")
    found = neighbouring_negatives([said, other, elsewhere])
    assert [(one.id, one.passage, one.spans, one.relevant) for one in found] == [
        ("1-elsewhere", other.passage, (), False), ("2-elsewhere", said.passage, (), False),
    ]  # fmt: skip
