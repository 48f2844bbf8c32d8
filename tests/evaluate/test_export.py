import json
from pathlib import Path

import pytest

from rag.answer import NOT_IN_DOCUMENTS
from rag.errors import RunError
from rag.evaluate.export import export_ragas
from tests.evaluate.runs import HOSTILE, PORT, RHINE, all_kinds, hostile, write_run


def test_a_run_is_written_as_ragas_reads_it(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [*all_kinds(), hostile()])
    file = export_ragas(run, tmp_path / "ragas.jsonl")
    samples = [json.loads(line) for line in file.read_text(encoding="utf-8").split("\n")[:-1]]
    by_question = dict(zip([record.id for record in run.records], samples, strict=True))
    assert by_question["correct"] == {
        "user_input": "Where does the Rhine rise?",
        "response": RHINE,
        "retrieved_contexts": [PORT, RHINE],
        "reference": "the Alps",
        "reference_contexts": [RHINE],
    }
    assert by_question["refused-rightly"]["response"] == NOT_IN_DOCUMENTS
    assert not {"reference", "reference_contexts"} & set(by_question["refused-rightly"])
    assert "reference_contexts" not in by_question["whole-document"]
    assert by_question[HOSTILE]["user_input"] == HOSTILE
    # The fields, and their types, of ragas.SingleTurnSample in ragas 0.4.
    for sample in samples:
        assert set(sample) <= {"user_input", "response", "retrieved_contexts", "reference", "reference_contexts"}
        for name, value in sample.items():
            assert isinstance(value, list if name.endswith("contexts") else str)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", all_kinds())
    with pytest.raises(RunError, match="cannot be written"):
        export_ragas(run, tmp_path / "none" / "ragas.jsonl")
