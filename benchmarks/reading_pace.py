"""One file read by the checkout that is first in PYTHONPATH: processor seconds, the best of some, and memory at most.

`python benchmarks/reading_pace.py FILE` prints them as JSON; `benchmarks.formats` runs it.
"""

import json
import re
import sys
import time
from pathlib import Path

from rag.formats.readers import READERS

LEAST_READINGS, LEAST_SECONDS = 3, 1.0


def measure(path: Path) -> dict[str, float]:
    """Seconds of the fastest reading and the megabytes that the process had at most during the first."""
    raw, read = path.read_bytes(), READERS[path.suffix]
    characters = len(read(raw).text)
    # Not getrusage, which counts what the process was forked from.
    (most,) = re.findall(r"^VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    megabytes = int(most) * 1024 / 1e6
    seconds: list[float] = []
    while len(seconds) < LEAST_READINGS or sum(seconds) < LEAST_SECONDS:
        started = time.process_time()
        read(raw)
        seconds.append(time.process_time() - started)
    return {"seconds": min(seconds), "memory": megabytes, "characters": characters}


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
