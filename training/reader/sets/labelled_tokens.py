"""Sets that give texts as tokens and answers as the numbers of tokens: MultiSpanQA and QAMR."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from training.reader.examples import Example, Span
from training.reader.sets.files import read_json
from training.reader.sets.places import example_of
from training.reader.sets.tokenised import detokenised


def read_multispan(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Natural questions that several spans answer, each labelled B at its first token and I at the others."""
    for row in (row for file in files for row in read_json(file)["data"]):
        labels = "".join(row["label"])
        runs = [(run.start(), run.end() - 1) for run in re.finditer("BI*", labels)]
        text, spans = _joined(row["context"], runs)
        question, _ = detokenised(" ".join(row["question"]))
        if spans:
            yield example_of(name, row["id"], row["id"], question, text, spans)


def read_qamr(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions about single sentences; `files` are the sentences, then the questions.

    Of answers, the writer's and two validators', those of one run of tokens are kept.
    """
    sentences, *asked = files
    rows = (line.split("\t") for line in sentences.read_text(encoding="utf-8").splitlines())
    tokens = {number: text.split(" ") for number, text in rows}
    for file in asked:
        for line, row in enumerate(file.read_text(encoding="utf-8").splitlines()):
            sentence, _, _, _, _, question, *answers = row.split("\t")
            runs = [[int(at) for at in answer.rpartition(":")[2].split()] for answer in answers]
            edges = [(run[0], run[-1]) for run in runs if run and all(b == a + 1 for a, b in pairwise(run))]
            text, spans = _joined(tokens[sentence], edges)
            if spans:
                document = ":".join(sentence.split(":")[:3])
                yield example_of(name, document, f"{file.stem}-{line}", question, text, spans)


def _joined(tokens: Sequence[str], runs: Sequence[Span]) -> tuple[str, list[Span]]:
    """Tokens as people would write them, and where runs of them, first and last, are then."""
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token) + 1)
    return detokenised(" ".join(tokens), [(starts[first], starts[last + 1] - 1) for first, last in runs])
