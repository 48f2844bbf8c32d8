"""`python -m training.verifier.export WEIGHTS PREPARED OUT`: a trained verifier as fp32 and as int8 ONNX."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import onnx

from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.verifier import ONNX_FILE
from training.loop import load_state
from training.reader.batches import inputs_of, tokenizer_for
from training.reader.export import FP32_FILE, PROBES
from training.reader.graph import fed, pair_graph
from training.reader.quantise import quantise
from training.verifier.model import Verifier
from training.verifier.pairs import Pair, load
from training.verifier.train import encode

PROBED = "train-encyclopaedia-asked.jsonl.gz"
"""Pairs of that kind whose activations are looked at."""

OUTPUTS = ("supported", "partly")


def load_weights(file: Path) -> Verifier:
    """A Verifier with the weights of a finished run or of a checkpoint."""
    model = Verifier()
    model.load_state_dict(load_state(file))
    return model.eval()


def export(weights: Path, out: Path, pairs: Sequence[Pair]) -> None:
    """Write OUT/fp32.onnx and OUT/verifier.onnx; `pairs`, of those trained on, tell how great activations become."""
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(pair_graph(load_state(weights), (), OUTPUTS), out / FP32_FILE)
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batches = [inputs_of([encode(tokenizer, pair)]) for pair in pairs]
    quantise(out / FP32_FILE, out / ONNX_FILE, list(map(fed, batches)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    kept = load(arguments.prepared / PROBED)
    export(arguments.weights, arguments.out, kept[:: len(kept) // PROBES][:PROBES])
