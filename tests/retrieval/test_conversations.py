"""Conversations over documents of our own (conversations/), which were made for this test; asked in a real engine.

The rules of rag/retrieval/follow_up.py were made on the development half; the other was held back.
"""

import json
from pathlib import Path

import pytest

from rag import Config, build_index, open_engine
from rag.answer import Turn, turn_of

FOLDER = Path(__file__).parent / "conversations"
CASES = [json.loads(line) for line in (FOLDER / "cases.jsonl").read_text(encoding="utf-8").splitlines()]


def plain(text: str) -> str:
    return " ".join(text.replace(",", "").lower().split())


@pytest.mark.parametrize(
    ("half", "least"), [("development", 37), pytest.param("held_back", 29, marks=pytest.mark.nightly)]
)
def test_follow_up_questions_are_answered_right(half: str, least: int, tmp_path: Path) -> None:
    config = Config(index_dir=tmp_path)
    build_index(FOLDER / half, config, half)
    engine = open_engine(config, half)
    right = []
    for case in (case for case in CASES if case["case"] == half):
        history: list[Turn] = []
        for question in case["after"]:
            history.append(turn_of(engine.ask(question, history)))
        answer = engine.ask(case["question"], history)
        said = "" if answer.refused else plain(answer.answer)
        holds = any(plain(words) in said for words in case["any"])
        right.append(holds and not any(plain(words) in said for words in case.get("none", [])))
    assert sum(right) >= least, f"{sum(right)} of {len(right)}"
