"""Natural Questions in several forms: asked without seeing the page, answered from it."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.reader.examples import Example
from training.reader.sets.files import read_json, read_json_lines
from training.reader.sets.places import example_of, spans_of
from training.reader.sets.tokenised import detokenised

_ITEM = re.compile(r"\s*<(?:li|dd|dt)>\s*", re.IGNORECASE)
_TAG = re.compile(r"\s*</?(?:p|[uod]l|li|dd|dt)>\s*", re.IGNORECASE)


def read_unanswerable(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Paragraphs and questions, half of them without an answer; of answers several may be given, as a list."""
    for file in files:
        for number, row in enumerate(read_json_lines(file)):
            answers = [] if row["is_impossible"] else _listed(row["answer"])
            where = f"{file.stem}-{number}"
            yield from _asked(name, where, where, row["question"], row["context"], answers)


def read_oracle(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions with the paragraph of a Wikipedia page that answers them, as people write it."""
    for number, row in enumerate(row for file in files for row in read_json_lines(file)):
        gold = row["nq_annotated_gold"]
        spans = [span for answer in row["answers"] for span in spans_of(gold["long_answer"], row["question"], answer)]
        if spans:
            yield example_of(
                name, gold["title"], str(number), row["question"], gold["long_answer"], spans, titles=[gold["title"]]
            )


def read_swapped(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions whose answer was replaced by something else wherever the paragraph has it.

    Items of lists are written as the product writes them; tables, which have lost their cells, are left out.
    """
    for file in files:
        for number, row in enumerate(read_json(file)):
            items = _ITEM.sub("\n- ", row["context"])
            context = _TAG.sub("\n", items).strip()
            if "<" not in context:
                yield from _asked(name, "", f"{file.stem}-{number}", row["question"], context, [row["answer"]])


def read_qed(files: Sequence[Path], name: str) -> Iterator[Example]:
    """Questions with a paragraph and where annotators see the answer; lists of answers are left out."""
    for row in (row for file in files for row in read_json_lines(file)):
        places = {
            (one["start"], one["end"]) for listed in row["original_nq_answers"] if len(listed) == 1 for one in listed
        }
        text, spans = detokenised(row["paragraph_text"], sorted(places))
        if spans:
            title = row["title_text"]
            yield example_of(name, title, str(row["example_id"]), row["question_text"], text, spans, titles=[title])


def _asked(
    name: str, document: str, number: str, question: str, context: str, answers: Sequence[str]
) -> Iterator[Example]:
    """The question about a tokenised context, if one of its answers is found there or it has none."""
    text, _ = detokenised(context)
    asked, _ = detokenised(question)
    spans = [span for answer in answers for span in spans_of(text, asked, detokenised(answer)[0])]
    if spans or not answers:
        yield example_of(name, document, number, asked, text, spans)


def _listed(answer: str) -> list[str]:
    """The answers of a list of several, or the one that it is."""
    try:
        found = json.loads(answer)
    except ValueError:
        return [answer]
    return found if isinstance(found, list) else [answer]
