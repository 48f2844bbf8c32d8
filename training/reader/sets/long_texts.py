"""Stories and pages, cut to what surrounds the answer: FairytaleQA and TimeQA."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.reader.examples import Example, Span
from training.reader.sets.files import read_json_lines
from training.reader.sets.places import example_of, spans_of
from training.reader.sets.tokenised import detokenised

_YEAR = re.compile(r"\b1\d{3}\b|\b20\d\d\b")


def read_fairytales(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions about sections of stories whose answer stands there word for word, case and a full stop aside."""
    for file in files:
        with zipfile.ZipFile(file) as archive:
            for member in sorted(archive.namelist()):
                if member.endswith("-questions.csv"):
                    story = member.replace("/questions/", "/section-stories/").replace("-questions.csv", "-story.csv")
                    yield from _of_story(name, Path(member).stem.removesuffix("-questions"), *(
                        list(csv.DictReader(io.StringIO(archive.read(one).decode("utf-8-sig"), newline="")))
                        for one in (story, member)
                    ))  # fmt: skip


def _of_story(
    name: str, story: str, sections: list[dict[str, str]], questions: list[dict[str, str]]
) -> Iterator[Example]:
    texts = {row["section"]: _unwrapped(row["text"]) for row in sections}
    title = story.replace("-", " ").title()
    for number, row in enumerate(questions):
        # A question may be about several sections; those are left out.
        text = texts.get(row["cor_section"], "")
        answers = [row[key].strip().rstrip(".") for key in ("answer1", "answer4") if row["ex-or-im1"] == "explicit"]
        spans = [span for answer in answers for span in _any_case(text, row["question"], answer)]
        if spans:
            places = list(dict.fromkeys(spans))
            yield example_of(name, story, f"{story}-{number}", row["question"], text, places, titles=[title])


def read_timeqa(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions bound to a time over whole pages; without an answer, what surrounds the first year asked about."""
    for number, row in enumerate(row for file in files for row in read_json_lines(file)):
        title = row["idx"].split("#")[0].removeprefix("/wiki/")
        given = [(answer, start) for answer, start in zip(row["targets"], row["from"], strict=True) if answer]
        places = [span for answer, start in given for span in spans_of(row["context"], row["question"], answer, start)]
        text, spans = detokenised(row["context"], places)
        if spans or not given:
            year = next((at for one in _YEAR.findall(row["question"]) if (at := text.find(one)) >= 0), 0)
            yield example_of(name, title, str(number), row["question"], text, spans, titles=[title], around=year)


def _any_case(text: str, question: str, answer: str) -> list[Span]:
    lower = text.lower()
    return spans_of(lower, question, answer.lower()) if len(lower) == len(text) else []


def _unwrapped(text: str) -> str:
    """Paragraphs without the line ends within them."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
