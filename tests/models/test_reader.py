import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from rag.errors import ModelError
from rag.models.cross_encoder import MAX_FIRST_TOKENS, WEIGHTS
from rag.models.reader import FITTED_FILE, ONNX_FILE, ReaderModel
from rag.models.spans import best_span

PASSAGE = "The river rises in the Alps. The bridge was built in 1903 by Robert Maillart, an engineer from Bern."


def said(model: ReaderModel, question: str, passage: str) -> str:
    (scores,) = model.score(question, [passage])
    found = best_span(scores.tokens)
    assert found is not None
    return passage[slice(*found.span)]


def test_it_finds_what_a_question_asks_for(reader_model: ReaderModel) -> None:
    assert "1903" in said(reader_model, "When was the bridge built?", PASSAGE)
    assert "Maillart" in said(reader_model, "Who built the bridge?", PASSAGE)


def test_a_span_lies_in_the_passage_and_not_in_what_it_stands_under(reader_model: ReaderModel) -> None:
    headings = ["Bridges – Robert Maillart, an engineer", ""]
    question = "Who built the bridge?"
    for scores in reader_model.score(question, [PASSAGE, PASSAGE], headings):
        assert int(scores.tokens.offsets[0, 0]) == 0
        found = best_span(scores.tokens)
        assert found is not None
        assert "Maillart" in PASSAGE[slice(*found.span)]


def test_a_passage_that_answers_is_told_from_one_that_does_not(reader_model: ReaderModel) -> None:
    other = "Cheese is made from milk. Farmers sell it on the market every Saturday morning."
    good, bad = reader_model.score("When was the bridge built?", [PASSAGE, other])
    assert good.answerable > bad.answerable
    assert good.relevance > bad.relevance


def test_what_is_said_of_a_passage_does_not_depend_on_those_beside_it(reader_model: ReaderModel) -> None:
    (alone,) = reader_model.score("Who?", [PASSAGE])
    beside = reader_model.score("Who?", ["Short.", PASSAGE, PASSAGE * 30])[1]
    assert np.array_equal(alone.tokens.starts, beside.tokens.starts)
    assert alone.answerable == beside.answerable


@pytest.mark.parametrize("passage", ["", " \n ", "\u200b"])
def test_a_passage_without_tokens_has_no_span(reader_model: ReaderModel, passage: str) -> None:
    (scores,) = reader_model.score("Who built the bridge?", [passage])
    assert len(scores.tokens.offsets) == 0
    assert best_span(scores.tokens) is None


def test_a_passage_of_10_000_tokens_is_read_to_its_end(reader_model: ReaderModel) -> None:
    filler = "Cows stand on the meadow and look at the train. " * 900
    passage = filler + PASSAGE
    (scores,) = reader_model.score("Who built the bridge?", [passage])
    assert len(scores.tokens.offsets) > 9_000
    assert (np.diff(scores.tokens.offsets[:, 0]) > 0).all()
    found = best_span(scores.tokens)
    assert found is not None
    assert "Maillart" in passage[slice(*found.span)]


def test_a_long_question_is_cut_from_the_end(reader_model: ReaderModel) -> None:
    question = "Who built the bridge " + "that stands there " * 200
    cut = reader_model.cut(question)
    assert question.startswith(cut)
    assert 40 <= len(cut.split()) <= MAX_FIRST_TOKENS
    assert reader_model.cut("Who built it?") == "Who built it?"
    assert "Maillart" in said(reader_model, question, PASSAGE)


@pytest.mark.parametrize("passage", ["橋は1903年に建てられた。", "Мост построен в 1903 году.", "🌉" * 50, "\x00\ufffd"])
def test_other_scripts_and_odd_characters_give_numbers(reader_model: ReaderModel, passage: str) -> None:
    (scores,) = reader_model.score("When was the bridge built?", [passage])
    assert np.isfinite(scores.tokens.starts).all()
    assert (scores.tokens.offsets <= len(passage)).all()


def test_threads_may_share_it(reader_model: ReaderModel) -> None:
    questions = ["Who built the bridge?", "When was it built?", "Where does the river rise?"] * 10
    alone = [said(reader_model, question, PASSAGE) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda question: said(reader_model, question, PASSAGE), questions)) == alone


def copied(folder: Path) -> Path:
    shutil.copytree(WEIGHTS, folder)
    return folder


def test_missing_and_damaged_weights_are_named(tmp_path: Path) -> None:
    folder = copied(tmp_path / "weights")
    weights = bytearray((folder / ONNX_FILE).read_bytes())
    weights[len(weights) // 2] ^= 1
    (folder / ONNX_FILE).write_bytes(weights)
    with pytest.raises(ModelError, match=r"reader\.onnx is damaged: its sha256"):
        ReaderModel(folder)
    (folder / ONNX_FILE).unlink()
    with pytest.raises(ModelError, match=r"reader\.onnx cannot be read"):
        ReaderModel(folder)
    for content in ("", "{}", '{"sha256": 1}'):
        (folder / FITTED_FILE).write_text(content)
        with pytest.raises(ModelError, match=r"reader\.json is missing or damaged"):
            ReaderModel(folder)


def test_scores_that_are_not_numbers_are_an_error(tmp_path: Path) -> None:
    folder = copied(tmp_path / "weights")
    names = ["input_ids", "token_type_ids"]
    inputs = [helper.make_tensor_value_info(name, onnx.TensorProto.INT64, ["n", "t"]) for name in names]
    outputs = ["starts", "ends", "answerable", "relevance"]
    nan = numpy_helper.from_array(np.array(np.nan, np.float32), "nan")
    nodes = [helper.make_node("Cast", [names[0]], ["floats"], to=onnx.TensorProto.FLOAT)]
    nodes += [helper.make_node("Mul", ["floats", "nan"], [name]) for name in outputs]
    infos = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["n", "t"]) for name in outputs]
    graph = helper.make_graph(nodes, "nan", inputs, infos, [nan])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / ONNX_FILE))
    import hashlib

    fitted = json.loads((folder / FITTED_FILE).read_text())
    fitted["sha256"] = hashlib.sha256((folder / ONNX_FILE).read_bytes()).hexdigest()
    (folder / FITTED_FILE).write_text(json.dumps(fitted))
    with pytest.raises(ModelError, match="not numbers"):
        ReaderModel(folder).score("Who?", [PASSAGE])


def test_the_weights_are_at_most_25_megabytes() -> None:
    assert (WEIGHTS / ONNX_FILE).stat().st_size <= 25_000_000
