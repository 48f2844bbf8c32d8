"""Where the time of embedding a passage goes, by kernel, from ONNX Runtime's own profile.

`python -m benchmarks.kernels [ONNX_FILE]` runs the product's model, or another, on 180 tokens on one thread, and prints
tokens a second and each kind of kernel's share.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime

from rag.config import Config
from rag.models.default_embedding import EXPORT_RECIPE, load_default_embedding
from rag.models.onnx_session import UNFUSED

TOKENS, TIMES = 180, 40


def profile(file: Path) -> tuple[float, Counter[str]]:
    """Tokens a second, and microseconds by kind of kernel."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_profiling = True
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder, "profile"))
        session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"], disabled_optimizers=UNFUSED
        )
        ids = np.random.default_rng(1).integers(1000, 20_000, (1, TOKENS))
        feed = {i.name: ids if i.name == "input_ids" else np.ones_like(ids) for i in session.get_inputs()}
        seconds = []
        for _ in range(TIMES):
            started = time.perf_counter()
            session.run(None, feed)
            seconds.append(time.perf_counter() - started)
        events = json.loads(Path(session.end_profiling()).read_text())
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("kernel_time"):
            spent[event["args"]["op_name"]] += event["dur"]
    return TOKENS / statistics.median(seconds), spent


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?")
    cache = Config().cache_dir
    load_default_embedding(cache)
    given = parser.parse_args().file or next(cache.glob(f"*-{EXPORT_RECIPE}/model.onnx"))
    tokens_per_s, spent = profile(given)
    print(f"{tokens_per_s:,.0f} tokens/s on one thread, profiled")
    for kind, duration in spent.most_common(10):
        print(f"{kind:24} {100 * duration / sum(spent.values()):5.1f} %")
