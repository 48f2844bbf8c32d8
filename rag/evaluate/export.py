"""A run in the format of other evaluation tools."""

import json
from pathlib import Path

from rag.errors import RunError
from rag.evaluate.folder import write_text
from rag.evaluate.record import Record
from rag.evaluate.run import Run

RAGAS_FILE = "ragas.jsonl"
FORMATS = {"ragas": RAGAS_FILE}
"""Name of each format, and of the file that it is written to unless said."""


def export_ragas(run: Run, file: Path) -> Path:
    """Write the run as lines that ragas' EvaluationDataset.from_jsonl reads (ragas 0.4, SingleTurnSample).

    Raises RunError where there are no answers.
    """
    if run.info.search is not None:
        raise RunError(f"{run.folder}: scored the search alone, so it holds no answers to export.")
    lines = [json.dumps(_sample(record), ensure_ascii=False) + "\n" for record in run.records]
    write_text(file, "".join(lines))
    return file


def _sample(record: Record) -> dict[str, str | list[str]]:
    answer, gold = record.answer, record.gold
    sentences = " ".join(sentence.text for sentence in answer.sentences)
    sample: dict[str, str | list[str]] = {
        "user_input": answer.question,
        "response": sentences or answer.answer,
        "retrieved_contexts": [passage.text for passage in answer.passages],
    }
    # ragas takes a missing key, not an empty one, for "not known".
    if gold.answers:
        sample["reference"] = gold.answers[0]
    if texts := [place.text for place in gold.evidence if place.text]:
        sample["reference_contexts"] = texts
    return sample
