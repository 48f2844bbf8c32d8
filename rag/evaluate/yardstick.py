"""The yardstick: a fixed piece of work, timed beside each question, which tells how fast the machine was then."""

import hashlib
import time

import numpy as np

_BYTES = bytes(1_000_000)
_NUMBERS = np.linspace(0, 1, 200_000, dtype=np.float32)
_TIMES = 3


def yardstick_seconds() -> float:
    """Seconds that the work takes now, some milliseconds: more where other programs keep the processor busy.

    It is on one core, in whole numbers and in vectors of floats, and lets other threads run, as the models do.
    """
    started = time.perf_counter()
    for _ in range(_TIMES):
        hashlib.sha256(_BYTES).digest()
        np.exp(_NUMBERS).sum()
        np.sin(_NUMBERS).sum()
    return time.perf_counter() - started
