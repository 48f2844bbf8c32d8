"""Sizes of files, in the unit in which their limit is set."""

import math


def size_text(count: int) -> str:
    """So many bytes: megabytes with one decimal, kilobytes below a tenth of one."""
    if count < 100_000:
        return f"{math.ceil(count / 1_000)} kB"
    return f"{count / 1_000_000:,.1f} MB"
