"""`python -m training.reader.export WEIGHTS PREPARED OUT`: a trained reader as fp32 and as int8 ONNX."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import onnx

from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.reader import ONNX_FILE
from training.loop import load_state
from training.reader.batches import collate, encode, tokenizer_for
from training.reader.examples import Example, load
from training.reader.graph import fed, pair_graph
from training.reader.model import Reader
from training.reader.quantise import quantise

FP32_FILE = "fp32.onnx"
PROBED = "train-squad11.jsonl.gz"
PROBES = 48
"""Examples of that set whose activations are looked at."""

OF_TOKENS, OF_PAIRS = ("starts", "ends"), ("answerable", "relevance")


def load_weights(file: Path) -> Reader:
    """A Reader with the weights of a finished run or of a checkpoint."""
    model = Reader(packaged_model())
    model.load_state_dict(load_state(file))
    return model.eval()


def export(weights: Path, out: Path, examples: Sequence[Example]) -> None:
    """Write OUT/fp32.onnx and OUT/reader.onnx, see training.reader.graph; outputs as Reader.forward's.

    `examples`, of those that were trained on, tell how great activations become.
    """
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(pair_graph(load_state(weights), OF_TOKENS, OF_PAIRS), out / FP32_FILE)
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batches = [collate([(encode(tokenizer, example), example)]) for example in examples]
    quantise(out / FP32_FILE, out / ONNX_FILE, list(map(fed, batches)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    kept = load(arguments.prepared / PROBED)
    export(arguments.weights, arguments.out, kept[:: len(kept) // PROBES][:PROBES])
