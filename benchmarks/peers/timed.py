"""`python -S timed.py FILE COMMAND…` runs a command and writes to FILE its seconds and its greatest memory.

A process of its own, because a new process counts as its memory what the one had that it was started from.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

if __name__ == "__main__":
    started = time.perf_counter()
    process = subprocess.Popen(sys.argv[2:])  # noqa: S603
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    Path(sys.argv[1]).write_text(json.dumps({"seconds": seconds, "peak_mb": usage.ru_maxrss / 1000}))
    sys.exit(os.waitstatus_to_exitcode(status))
