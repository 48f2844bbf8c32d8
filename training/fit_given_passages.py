"""How few passages a language model can be given: `LEAST_SHARE` and `FEWEST` of rag/llm/given_passages.py.

`python -m training.fit_given_passages DATA FOLDER`, FOLDER being for indexes: 250 questions each of squad2's training
articles and of squad11, and for how many the evidence is among the passages that are left.
"""

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from rag.build import open_engine
from rag.config import Config
from rag.evaluate.dataset import load_questions
from rag.evaluate.evidence import hits, with_places
from training.fit_follow_up import index

NAMES = ("squad2", "squad11")
ASKED = 250
SEED = 3
MOST = 8
SHARES = (0.0, 0.3, 0.2, 0.1, 0.05)
FEWEST = (1, 2)


def main(data: Path, folder: Path) -> None:
    """Print passages and the share that has evidence among them, by least share of the best and fewest passages."""
    for name in NAMES:
        index(data, folder, name)
        engine = open_engine(Config(index_dir=folder / "indexes", passage_count=MOST), name)
        located = with_places(load_questions(folder / "sets" / name / "questions.jsonl"), engine.source)
        asked = [(question, evidence) for question, evidence in located if evidence]
        random.Random(SEED).shuffle(asked)
        found = []
        for question, evidence in asked[:ASKED]:
            passages = engine.search(question.question)[:MOST]
            held = [hits(evidence, passage.document, passage.start, passage.end) for passage in passages]
            found.append(([passage.reader_score or 0.0 for passage in passages], held))
        for share in SHARES:
            for fewest in FEWEST:
                left = [(_left(scores, share, fewest), held) for scores, held in found]
                count = sum(number for number, _ in left) / len(left)
                evident = sum(any(held[:number]) for number, held in left) / len(left)
                print(f"{name}, share {share}, at least {fewest}: {count:.2f} passages, evidence {evident:.3f}")


def _left(scores: Sequence[float], share: float, fewest: int) -> int:
    """How many passages are left, which stand in the order of their scores."""
    return max(fewest, sum(score >= share * scores[0] for score in scores))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    main(arguments.data, arguments.folder)
