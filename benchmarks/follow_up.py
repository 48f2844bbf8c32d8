"""How well follow-up questions find their evidence: `python -m benchmarks.follow_up ../shared/data --out quality`.

INSCIT's 502 turns (Wu et al. 2023) over an index of their passages: the last turn alone, all the person's turns in one
(plain concatenation), and the question with what it leaves to the conversation named, by rules. Prints the table of
docs/llms.md; OUT is the folder of benchmarks.quality, whose index is used where it is there. About 5 minutes.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.quality import SETS, prepare, shown, table
from rag.answer import Passage, Turn
from rag.build import open_engine
from rag.config import Config
from rag.engine import CitedQueryEngine
from rag.evaluate.ask import turns_of
from rag.evaluate.dataset import load_questions
from rag.evaluate.evidence import with_places
from rag.evaluate.ranking import score_ranking

METRICS = ("hit@1", "recall@5", "ndcg@10")
Search = Callable[[CitedQueryEngine, str, Sequence[Turn]], list[Passage]]


def alone(engine: CitedQueryEngine, question: str, history: Sequence[Turn]) -> list[Passage]:
    """What the last turn finds by itself."""
    return engine.search(question)


def concatenated(engine: CitedQueryEngine, question: str, history: Sequence[Turn]) -> list[Passage]:
    """What all of the person's turns find as one question, as many of the last ones as may be asked."""
    return engine.search(" ".join([*(turn.question for turn in history), question])[-2000:])


def ours(engine: CitedQueryEngine, question: str, history: Sequence[Turn]) -> list[Passage]:
    """What is found where a conversation goes on."""
    return engine.search(question, history)


WAYS: dict[str, Search] = {"last turn alone": alone, "plain concatenation": concatenated, "ours": ours}


def measure(data: Path, out: Path) -> str:
    """The table."""
    inscit = next(chosen for chosen in SETS if chosen.kind == "inscit")
    prepare(inscit, data, out)
    rows = []
    for reranker, name in (("none", "found"), ("reader", "found and read")):
        engine = open_engine(Config(index_dir=out / "indexes", reranker=reranker), "inscit")
        asked = with_places(load_questions(out / "inscit" / "questions.jsonl"), engine.source)
        for way, search in WAYS.items():
            scores = [
                score_ranking(search(engine, question.question, turns_of(question.history)), evidence)
                for question, evidence in asked
                if evidence
            ]
            means = [sum(score[metric] or 0.0 for score in scores) / len(scores) for metric in METRICS]
            rows.append([f"{way}, {name}", str(len(scores)), *map(shown, means)])
    return table(["search", "turns with evidence", *METRICS], rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    print(measure(arguments.data, arguments.out))
