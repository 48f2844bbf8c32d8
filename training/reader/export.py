"""`python -m training.reader.export WEIGHTS OUT`: a trained reader as fp32 and as int8 ONNX.

Weights are quantised per output channel and to 7 bits: on a processor without VNNI, 8 bits overflow its 16-bit sums.
"""

import argparse
import warnings
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from rag.embed import packaged_model
from rag.reader_model import ONNX_FILE
from training.reader.model import Reader

FP32_FILE = "fp32.onnx"
INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OUTPUTS = ["starts", "ends", "answerable", "relevance"]


def load_weights(file: Path) -> Reader:
    """A Reader with the weights of a finished run or of a checkpoint."""
    state = torch.load(file, map_location="cpu", weights_only=True)
    model = Reader(packaged_model())
    model.load_state_dict(state.get("model", state))
    return model.eval()


def export(weights: Path, out: Path) -> None:
    """Write OUT/fp32.onnx and OUT/reader.onnx: inputs int64 [n, tokens], outputs as Reader.forward's."""
    out.mkdir(parents=True, exist_ok=True)
    example = torch.ones(2, 16, dtype=torch.long)
    axes = {name: {0: "pairs", 1: "tokens"} for name in [*INPUTS, "starts", "ends"]}
    axes |= {name: {0: "pairs"} for name in OUTPUTS[2:]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # dynamo=False, as in rag/export.py: the newer exporter's graph of this encoder is wrong.
        torch.onnx.export(
            load_weights(weights),
            (example, example, torch.zeros_like(example)),
            str(out / FP32_FILE),
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    quantize_dynamic(out / FP32_FILE, out / ONNX_FILE, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    export(arguments.weights, arguments.out)
