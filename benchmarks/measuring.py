"""How benchmarks measure: each step in a process of its own, by the clock, the processor and memory."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np


def apart(step: Callable[..., Any], *values: Any) -> Any:
    """What `step` returns in a fresh process."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(step, *values).result()


def seconds_of(work: Callable[[], Any]) -> float:
    """Seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


class Watch:
    """Milliseconds of calls, by the clock and of all cores."""

    def __init__(self) -> None:
        self.clock: list[float] = []
        self.cpu: list[float] = []

    def call(self, work: Callable[..., Any], *values: Any, **more: Any) -> Any:
        """What `work` returns, its time noted."""
        started, busy = time.perf_counter(), time.process_time()
        found = work(*values, **more)
        self.clock.append(1000 * (time.perf_counter() - started))
        self.cpu.append(1000 * (time.process_time() - busy))
        return found

    def figures(self) -> dict[str, float]:
        """Medians and 95th percentiles."""
        times = {"": self.clock, "cpu_": self.cpu}
        return {f"{of}p{share}_ms": float(np.percentile(times[of], share)) for of in times for share in (50, 95)}


def memory(field: str, process: int | str = "self") -> float:
    """Megabytes of a process, by their name in its /proc/…/status; Linux alone."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) / 1000


@contextmanager
def serving(command: str, *options: str, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """Address and process of a `rag chat` or `rag serve`, which ends with the block."""
    whole = [sys.executable, "-m", "rag.cli", command, "--json", *options]
    with subprocess.Popen(  # noqa: S603
        whole, stdout=subprocess.PIPE, text=True, env=os.environ | dict(environment or {})
    ) as process:
        try:
            written = ""
            while "}" not in written:
                line = process.stdout.readline() if process.stdout else ""
                if not line:
                    raise SystemExit(f"rag {command} did not start: it says why above.")
                written += line
            yield json.loads(written)["address"], process.pid
        finally:
            process.terminate()


def shown(value: object) -> str:
    """A figure in three digits, a count in all of them."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    return "–" if value is None else f"{value:,}" if isinstance(value, int) else str(value)
