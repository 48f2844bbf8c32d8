from pathlib import Path

import numpy as np
import onnxruntime
import pytest


def test_the_exported_model_takes_any_length_and_gives_one_unit_vector(model_cache: Path) -> None:
    (onnx_file,) = model_cache.glob("*/model.onnx")
    assert onnx_file.stat().st_size < 25_000_000
    session = onnxruntime.InferenceSession(str(onnx_file), providers=["CPUExecutionProvider"])
    assert [(i.name, i.type) for i in session.get_inputs()] == [("input_ids", "tensor(int64)")]
    assert [o.name for o in session.get_outputs()] == ["sentence_embedding"]
    for tokens in (3, 256):
        ids = np.array([[101, *[2003] * (tokens - 2), 102]], dtype=np.int64)
        (vector,) = session.run(None, {"input_ids": ids})
        assert vector.shape == (1, 384)
        assert (vector**2).sum() == pytest.approx(1, abs=1e-5)
