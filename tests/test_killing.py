import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.parametrize(("moments", "every"), [(2, 2), pytest.param(100, 1, marks=pytest.mark.nightly)])
def test_an_index_survives_a_kill_at_any_moment(tmp_path: Path, moments: int, every: int) -> None:
    """Killed at random moments, and before each operation on files or every other: see tests/killing.py."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.killing", str(tmp_path), str(moments), str(every)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    outcomes = json.loads(result.stdout)
    assert outcomes["operations"] > 50 // every
    assert outcomes["old"] + outcomes["new"] == moments + outcomes["operations"] + 1
    assert outcomes["old"] > 0
    assert outcomes["new"] > 0
