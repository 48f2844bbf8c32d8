"""Questions for yes or no: no span answers them, their Examples' one answer is YES or NO."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from training.reader.examples import Example
from training.reader.sets.files import read_json, read_json_lines
from training.reader.sets.places import example_of

YES, NO = "Yes", "No"


def read_boolq(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Natural questions for yes or no with a paragraph of a Wikipedia page."""
    for number, row in enumerate(row for file in files for row in read_json_lines(file)):
        title, passage = row["title"], row["passage"].replace("``", '"').replace("''", '"')
        asked = example_of(name, title, str(number), f"{row['question']}?", passage, (), titles=[title])
        yield replace(asked, answers=(YES if row["answer"] else NO,))


def read_sharc(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions about rules that a person's situation, told before the question, answers; a document is a page."""
    for row in (row for file in files for row in read_json(file)):
        if row["answer"] in {YES, NO}:
            told = [f"{one['follow_up_question']} {one['follow_up_answer']}." for one in row["history"]]
            question = " ".join([row["scenario"], *told, row["question"]])
            asked = example_of(name, row["source_url"], row["utterance_id"], question, row["snippet"], ())
            yield replace(asked, answers=(row["answer"],))
