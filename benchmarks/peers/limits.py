"""What this machine can do at most, at the model's own shapes: matrix products, memory, and so tokens a second.

`python -m benchmarks.peers.limits` prints JSON. The products are those of the model's largest layer on 6,400 tokens, on
all cores: fp32 and bf16 by PyTorch, int8 (8-bit activations, 8-bit weights, 32-bit sums) by the faster of PyTorch and
ONNX Runtime.
"""

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper

M, K, N = 6400, 384, 1536
MEGAFLOP_A_TOKEN = 23
"""Six layers of 4 x 384 x 384 + 2 x 384 x 1,536 products and sums, and the attention over 180 tokens."""

_INSTRUCTIONS = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_COPIED = 1 << 28
_REPEATED, _MOST_SECONDS = 15, 5.0


def limits() -> dict[str, Any]:
    """The machine, GFLOP/s of each kind of product, GB/s of copying, and tokens/s where products were all."""
    rng = np.random.default_rng(1)
    x, w = rng.standard_normal((M, K), np.float32), rng.standard_normal((K, N), np.float32)
    a, b = torch.from_numpy(x), torch.from_numpy(w)
    int8 = (
        torch.from_numpy(rng.integers(-64, 64, (M, K), np.int8)),
        torch.from_numpy(rng.integers(-64, 64, (K, N), np.int8)),
    )
    a16, b16 = a.bfloat16(), b.bfloat16()
    found = {
        "fp32": _gflops(lambda: a @ b),
        "bf16": _gflops(lambda: a16 @ b16),
        "int8": max(_gflops(lambda: torch._int_mm(*int8)), _gflops(_onnx_int8(rng))),
    }
    source, target = np.ones(_COPIED // 4, np.float32), np.empty(_COPIED // 4, np.float32)
    copied = 2 * _COPIED / _seconds(lambda: np.copyto(target, source)) / 1e9
    return {
        "processor": _processor(),
        "cores": torch.get_num_threads(),
        "instructions": _instructions(),
        "gflops": {kind: round(value, 1) for kind, value in found.items()},
        "copy_gb_per_s": round(copied, 1),
        "tokens_per_s": {kind: round(1000 * value / MEGAFLOP_A_TOKEN) for kind, value in found.items()},
    }


def _onnx_int8(rng: np.random.Generator) -> Callable[[], Any]:
    weights = numpy_helper.from_array(rng.integers(-64, 64, (K, N)).astype(np.int8), "w")
    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["x", "w"], ["y"])],
        "product",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, [M, K])],
        [helper.make_tensor_value_info("y", TensorProto.INT32, [M, N])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    x = rng.integers(0, 255, (M, K)).astype(np.uint8)
    return lambda: session.run(None, {"x": x})


def _gflops(product: Callable[[], Any]) -> float:
    return 2 * M * K * N / _seconds(product) / 1e9


def _seconds(work: Callable[[], Any]) -> float:
    """The least of several: what the machine can do when nothing else is in its way."""
    taken: list[float] = []
    while len(taken) < _REPEATED and sum(taken) < _MOST_SECONDS:
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return min(taken)


def _processor() -> str:
    return next((name for name in _said("model name")), platform.processor() or platform.machine())


def _instructions() -> list[str]:
    known = {flag for flags in _said("flags") for flag in flags.split()}
    return [name for name in _INSTRUCTIONS if name in known]


def _said(key: str) -> list[str]:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    return [line.partition(":")[2].strip() for line in lines if line.startswith(key)]


if __name__ == "__main__":
    print(json.dumps(limits()))
