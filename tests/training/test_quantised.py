"""The int8 weights that come along answer as well as the ones they were made from."""

import json
from pathlib import Path

import numpy as np

from rag.evaluate.wording import token_f1
from rag.models.cross_encoder import WEIGHTS
from rag.models.reader import ONNX_FILE
from training.reader.sample import examples, spans
from training.reader.score import scorer_of

MOST_LOST = 0.005
UNQUANTISED = json.loads(Path(__file__).with_name("fp32_spans.json").read_text(encoding="utf-8"))


def test_int8_loses_at_most_half_a_point_of_f1_on_a_sample() -> None:
    quantised = spans(scorer_of(WEIGHTS / ONNX_FILE))
    assert quantised.keys() == UNQUANTISED.keys()
    assert len(quantised) >= 50
    f1 = {
        name: np.mean([token_f1(found[example.id], example.answers) for example in examples()])
        for name, found in (("int8", quantised), ("fp32", UNQUANTISED))
    }
    assert f1["int8"] >= f1["fp32"] - MOST_LOST
    assert np.mean([quantised[name] == text for name, text in UNQUANTISED.items()]) >= 0.7
