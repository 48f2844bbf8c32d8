"""Nothing is trained on twice, or while it is held back."""

from dataclasses import replace

from training.reader.examples import Example
from training.reader.overlap import HeldBack, without_repeats

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
