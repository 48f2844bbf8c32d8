"""How many questions about facts look like ones about whole documents.

    .venv/bin/python -m benchmarks.whole_folders.look_alikes ../shared/data

Of the development parts of the public sets that the reader is trained on: how many are split in two, and how many have
surely the form of a request, by its kind. What a request names must then be there, which no question here is asked.
"""

import argparse
from collections import Counter
from pathlib import Path

from rag.overviews.requests import requests_of
from rag.overviews.several_questions import parts_of
from training.reader.sets.table import SETS, read_examples


def count(data: Path) -> Counter[str]:
    """How many of the questions look like what."""
    questions = {example.question for name in SETS for example in read_examples(data, name, "dev")}
    found = Counter(
        {"questions": len(questions), "split in two": sum(bool(parts_of(question)) for question in questions)}
    )
    for question in questions:
        found.update({type(request).__name__ for request, is_sure in requests_of(question) if is_sure})
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    for what, number in count(parser.parse_args().data).most_common():
        print(f"{what}: {number}")
