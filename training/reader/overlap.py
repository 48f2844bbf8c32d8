"""What examples have in common: with documents that are held back, and with each other.

Whatever a set's own words are split by, white space, case and punctuation make no difference here.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from training.reader.examples import Example
from training.reader.sets.files import read_json, read_json_lines
from training.reader.sets.places import words_of

RUN = 12
"""Words in a row by which a passage is known in another; looked for at every STEP-th word, so from 17 on surely."""

STEP = 6

REPORTED = (
    "squad2/squad2_dev_5articles_report.json.gz", "inscit/dev.json.gz", "pubmedqa/ori_pqal.json.gz",
    "boolq/datasets__BoolQ__dev.jsonl.gz", "tatqa/dataset_raw__tatqa_dataset_dev.json",
)  # fmt: skip
"""Files that are reported on, and trained on by nobody; kgrag's PDFs, WikiTableQuestions' unseen tables aside."""

REPORTED_QUESTIONS = ("clapnq/clapnq_dev_answerable.jsonl", "clapnq/clapnq_dev_unanswerable.jsonl")
"""Those whose questions other sets ask too, of the same pages."""

SEEDS = Path(__file__).resolve().parents[2] / "seeds"

Question = tuple[str, ...]


class HeldBack:
    """Texts that no training example may share a run of words with, and questions that none may ask."""

    def __init__(self) -> None:
        self._runs: set[int] = set()
        self._questions: set[Question] = set()
        self._known: dict[str, bool] = {}

    def add(self, texts: Iterable[str], questions: Iterable[str] = ()) -> None:
        """Hold back texts and questions."""
        self._runs.update(run for text in texts for run in _runs(text, 1))
        self._questions.update(tuple(words_of(question)) for question in questions)
        self._known.clear()

    def lets_through(self, example: Example) -> bool:
        """Whether the example has nothing of what is held back."""
        return not self.shares(example.passage) and tuple(words_of(example.question)) not in self._questions

    def shares(self, text: str) -> bool:
        """Whether the text has a run of words of what is held back."""
        if text not in self._known:
            self._known[text] = not self._runs.isdisjoint(_runs(text, STEP))
        return self._known[text]


def reported(data: Path) -> HeldBack:
    """What is reported on; of new_wiki, training.reader.splits keeps articles for that."""
    held = HeldBack()
    for file in (*REPORTED, *REPORTED_QUESTIONS):
        held.add(_texts(list(read_json_lines(data / file)) if ".jsonl" in file else read_json(data / file)))
    for file in REPORTED_QUESTIONS:
        held.add((), (row["input"] for row in read_json_lines(data / file)))
    held.add(file.read_text(encoding="utf-8") for file in SEEDS.iterdir() if file.suffix in {".md", ".txt"})
    return held


def without_repeats(examples: Iterable[Example], seen: set[tuple[Question, Question]]) -> list[Example]:
    """The examples whose question has not been asked of the same passage before; `seen` grows."""
    passages: dict[str, Question] = {}
    kept = []
    for example in examples:
        if example.passage not in passages:
            passages[example.passage] = tuple(words_of(example.passage))
        key = passages[example.passage], tuple(words_of(example.question))
        if key not in seen:
            seen.add(key)
            kept.append(example)
    return kept


def _texts(value: Any) -> Iterator[str]:
    """Every text in what a file of JSON holds."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _runs(text: str, step: int) -> Iterator[int]:
    """Hashes of runs of words; a shorter text is one run."""
    words = words_of(text)
    for start in range(0, max(1, len(words) - RUN + 1), step):
        yield hash(tuple(words[start : start + RUN]))
