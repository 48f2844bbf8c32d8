import json
import subprocess
import sys
from pathlib import Path

from tests.conftest import REPOSITORY

MOMENTS = 100


def test_an_index_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    """Killed at a hundred random moments and before each operation on files: see tests/killing.py."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.killing", str(tmp_path), str(MOMENTS)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    outcomes = json.loads(result.stdout)
    assert outcomes["operations"] > 50
    assert outcomes["old"] + outcomes["new"] == MOMENTS + outcomes["operations"] + 1
    assert outcomes["old"] > 0
    assert outcomes["new"] > 0
