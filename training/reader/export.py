"""`python -m training.reader.export WEIGHTS PREPARED OUT`: a trained reader as fp32 and as int8 ONNX."""

import argparse
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import nn

from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.reader import ONNX_FILE
from training.loop import load_state
from training.reader.batches import collate, encode, tokenizer_for
from training.reader.examples import Example, load
from training.reader.model import Reader
from training.reader.quantise import quantise

FP32_FILE = "fp32.onnx"
PROBED = "train-squad11.jsonl.gz"
PROBES = 48
"""Examples of that set whose activations are looked at."""

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUTS = ["starts", "ends", "answerable", "relevance"]


def load_weights(file: Path) -> Reader:
    """A Reader with the weights of a finished run or of a checkpoint."""
    model = Reader(packaged_model())
    model.load_state_dict(load_state(file))
    return model.eval()


def write_onnx(model: nn.Module, file: Path, outputs: Sequence[str], of_tokens: Sequence[str] = ()) -> None:
    """Write a trained model as fp32 ONNX: inputs int64 [n, tokens]; outputs in `of_tokens` have that shape too."""
    example = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "pairs", 1: "tokens"} for name in [*INPUTS, *of_tokens]}
    axes |= {name: {0: "pairs"} for name in outputs if name not in of_tokens}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # dynamo=False: the graph that torch 2.13's newer exporter gives of this encoder is wrong (cosine .02).
        torch.onnx.export(
            model,
            (example, example, torch.zeros_like(example)),
            str(file),
            input_names=INPUTS,
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )


def export(weights: Path, out: Path, examples: Sequence[Example]) -> None:
    """Write OUT/fp32.onnx and OUT/reader.onnx: inputs int64 [n, tokens], outputs as Reader.forward's.

    `examples`, of those that were trained on, tell how great activations become.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_onnx(load_weights(weights), out / FP32_FILE, OUTPUTS, OUTPUTS[:2])
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    batches = [collate([(encode(tokenizer, example), example)]) for example in examples]
    quantise(out / FP32_FILE, out / ONNX_FILE, [{name: batch[name].numpy() for name in INPUTS} for batch in batches])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    kept = load(arguments.prepared / PROBED)
    export(arguments.weights, arguments.out, kept[:: len(kept) // PROBES][:PROBES])
