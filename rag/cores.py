"""How many processor cores there are to use."""

import os

_one_of_many = False


def core_count() -> int:
    """Cores that this process may use; all of them where the system does not say."""
    if _one_of_many:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_one_core() -> None:
    """Have this process count on one core alone, since others beside it use the rest."""
    global _one_of_many  # noqa: PLW0603 - of a process there is one
    _one_of_many = True
