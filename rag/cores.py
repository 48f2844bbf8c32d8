"""How many processor cores there are to use."""

import os


def core_count() -> int:
    """Cores that this process may use; all of them where the system does not say."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
