"""This project's warm questions, by the settings in the environment; what else is measured of it is its commands."""

from pathlib import Path

from benchmarks.peers.protocol import PASSAGES, Search, run


def opened(index: Path, model: Path) -> Search:
    from rag.build import open_engine
    from rag.config import load_config

    engine = open_engine(load_config(passage_count=PASSAGES), index.name)
    return lambda question: [passage.text for passage in engine.search(question)]


if __name__ == "__main__":
    run(None, opened)
