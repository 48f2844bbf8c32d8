"""Examples of reading: a question, a passage, and where in it the answer stands."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from training.rows import load_rows, save_rows

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a passage.

    `spans` holds the character ranges in the passage at which an annotated answer stands, none where the passage does
    not answer; `answers` are the annotated texts, also of questions that another passage answers. `relevant` says
    whether it is the passage that the question was asked about. `heading` is what is written above the passage.
    """

    set: str
    document: str
    id: str
    question: str
    passage: str
    answers: tuple[str, ...]
    spans: tuple[Span, ...]
    relevant: bool
    heading: str = ""


def headed(example: Example) -> Example:
    """The example as a reader is given it: its heading and a line end before its passage, if it has a heading."""
    if not example.heading:
        return example
    above = f"{example.heading}\n"
    spans = tuple((start + len(above), end + len(above)) for start, end in example.spans)
    return replace(example, passage=above + example.passage, spans=spans, heading="")


def save(examples: list[Example], file: Path) -> None:
    """Write JSON lines, compressed, as one rename."""
    save_rows(map(asdict, examples), file)


def load(file: Path) -> list[Example]:
    """What `save` wrote."""
    return [
        Example(**row | {"answers": tuple(row["answers"]), "spans": tuple(map(tuple, row["spans"]))})
        for row in load_rows(file)
    ]
