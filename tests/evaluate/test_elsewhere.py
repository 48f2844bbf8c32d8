"""Runs whose questions the workers of a real Ray cluster ask: make test-ray."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from rag.answer import Seconds
from rag.build import open_elsewhere, open_engine
from rag.cluster.connection import Cluster
from rag.config import Config
from rag.errors import IndexFolderError
from rag.evaluate.evaluation import Elsewhere, evaluate
from rag.evaluate.record import Record
from rag.evaluate.run import load_run
from tests.conftest import SEEDS_QUESTIONS, RunRag
from tests.ray_cluster import RayCluster

pytestmark = pytest.mark.ray


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(SEEDS_QUESTIONS.read_text().splitlines(keepends=True)[:8]))
    return file


def elsewhere(cluster: Cluster, config: Config) -> Elsewhere:
    settings = config.of_engines()
    return Elsewhere(cluster, partial(open_elsewhere, settings, "seeds", True), settings)


def records(run: Path) -> list[Record]:
    """What was asked and answered in a run, without how long it took."""
    found = []
    for record in load_run(run).records:
        scores = {name: value for name, value in record.scores.items() if not name.startswith("seconds")}
        found.append(replace(record, scores=scores, yardstick=None, answer=replace(record.answer, seconds=Seconds())))
    return found


def test_a_run_is_that_of_one_process_and_goes_on_after_it_was_interrupted(
    cluster: Cluster, seeds_config: Config, questions: Path, tmp_path: Path
) -> None:
    opened = partial(open_engine, seeds_config, "seeds")
    here = evaluate(questions, opened, seeds_config, tmp_path / "here")

    def interrupt(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    there = tmp_path / "there"
    with pytest.raises(KeyboardInterrupt):
        evaluate(questions, opened, seeds_config, there, on_progress=interrupt)
    done = evaluate(questions, opened, seeds_config, there, elsewhere=elsewhere(cluster, seeds_config))
    assert records(there) == records(tmp_path / "here")
    assert timeless(done.summary) == timeless(here.summary)


def timeless(summary: dict[str, float | None]) -> dict[str, float | None]:
    return {name: value for name, value in summary.items() if not name.startswith("seconds")}


def test_the_search_alone_is_scored_by_the_command(
    ray_nodes: RayCluster, run_rag: RunRag, questions: Path, seeds_config: Config
) -> None:
    here = run_rag("eval", questions, "--search", "5", "--json")
    there = run_rag("eval", questions, "--search", "5", "--json", "--on", ray_nodes.address, **ray_nodes.keys)
    assert (there.returncode, there.stderr) == (0, "")
    assert [line for line in there.stdout.splitlines() if "seconds" not in line] == [
        line for line in here.stdout.splitlines() if "seconds" not in line
    ]


def test_workers_that_do_not_see_the_index_say_so(
    cluster: Cluster, seeds_config: Config, questions: Path, tmp_path: Path
) -> None:
    empty = seeds_config.model_copy(update={"index_dir": tmp_path / "elsewhere"})
    with pytest.raises(IndexFolderError, match="does not see the index .* on a disk that is shared"):
        evaluate(
            questions,
            partial(open_engine, seeds_config, "seeds"),
            seeds_config,
            elsewhere=elsewhere(cluster, empty),
        )
    assert not (tmp_path / "elsewhere").exists()
