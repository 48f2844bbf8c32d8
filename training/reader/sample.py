"""`python -m training.reader.sample WEIGHTS FILE`: the spans that unquantised weights find for the seeds' questions.

tests/training holds what is written here beside what the int8 file finds: fp32 weights are too large to come along.
"""

import argparse
import json
from pathlib import Path

from rag.config import Config
from rag.evaluate.dataset import load_questions
from rag.ingest.chunker import SentenceChunker
from rag.models.default_embedding import default_counter
from training.reader.examples import Example
from training.reader.score import Scorer, predictions, scorer_of

SEEDS = Path(__file__).resolve().parents[2] / "seeds"


def examples() -> list[Example]:
    """Each answerable question of the seeds with the passage that holds its first piece of evidence."""
    chunker = SentenceChunker(default_counter(), Config().max_passage_tokens)
    found = []
    for _, question in load_questions(SEEDS / "questions.jsonl").questions:
        if question.answerable:
            document, quote = question.evidence[0].document, question.evidence[0].quote or ""
            text = (SEEDS / document).read_text(encoding="utf-8")
            passages = (text[start:end] for start, end in chunker.passage_spans(text))
            passage = next((passage for passage in passages if quote in passage), None)
            if passage:
                found.append(Example("seeds", document, question.id, question.question, passage,
                                     tuple(question.answers), (), True))  # fmt: skip
    return found


def spans(scorer: Scorer) -> dict[str, str]:
    """The best span's text by the question's id."""
    return {
        example.id: example.passage[slice(*found.span)] if found else ""
        for example, found, _ in predictions(scorer, examples())
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    arguments.file.write_text(
        json.dumps(spans(scorer_of(arguments.weights)), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
    )
