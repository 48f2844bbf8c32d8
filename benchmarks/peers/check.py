"""Whether this project has become slower: `python -m benchmarks.peers.check KEPT NEW`, two files of results.

Machines differ and are busy, so each figure is a ratio to the LlamaIndex tutorial's in the same run. Exit code 1 where
one is more than TOLERATED worse than it was; 2 where the files cannot be compared.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers.tables import BASELINE

TOLERATED = 0.20

FIGURES = {
    "tokens_per_s": True,
    "ingest_mb": False,
    "cold_s": False,
    "cold_mb": False,
    "warm_p50_ms": False,
    "warm_p95_ms": False,
    "recall": True,
}
"""What is compared, and whether more is better."""


def ratios(results: dict[str, Any]) -> dict[str, float]:
    """This project's figures as shares of the baseline's, at the smallest size. Raises KeyError."""
    count = next(iter(results["tokens"]))
    own, baseline = results["systems"]["footnote"][count], results["systems"][BASELINE][count]
    return {figure: own[figure] / baseline[figure] for figure in FIGURES}


def worse(kept: dict[str, float], new: dict[str, float]) -> dict[str, float]:
    """By how much, as a share of what it was, each figure is worse that is more than TOLERATED worse."""
    losses = {
        figure: (1 - new[figure] / kept[figure] if more_is_better else new[figure] / kept[figure] - 1)
        for figure, more_is_better in FIGURES.items()
    }
    return {figure: loss for figure, loss in losses.items() if loss > TOLERATED}


def main() -> int:
    """Compare, and say it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kept", type=Path)
    parser.add_argument("new", type=Path)
    arguments = parser.parse_args()
    try:
        kept, new = (ratios(json.loads(file.read_text("utf-8"))) for file in (arguments.kept, arguments.new))
    except (OSError, ValueError, KeyError) as error:
        print(f"The results cannot be compared ({error!r}). Make them with make bench.", file=sys.stderr)
        return 2
    lost = worse(kept, new)
    for figure in FIGURES:
        said = f"  worse by {100 * lost[figure]:.0f} %" if figure in lost else ""
        print(f"{figure:14} {kept[figure]:6.3f} -> {new[figure]:6.3f} of LlamaIndex{said}")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
