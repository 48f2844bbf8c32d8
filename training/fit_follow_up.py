"""What a follow-up question as asked counts beside the same with its subject named: `AS_ASKED`.

`python -m training.fit_follow_up DATA FOLDER`, FOLDER being for indexes: conversations made of squad2's training
articles, squad11 and new_wiki, a question after the two before it in the same document, once as it was asked and once
with a name that was mentioned before turned into a pronoun.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rag.answer import Passage, Turn
from rag.build import build_index, open_engine
from rag.config import Config
from rag.evaluate.dataset import load_questions
from rag.evaluate.evidence import Place, with_places
from rag.evaluate.importers import import_set
from rag.evaluate.ranking import score_ranking
from rag.retrieval.follow_up import names, rewritten
from training.reader.sets.table import SETS, WIKIPEDIA

WEIGHTS = (0.0, 0.3, 0.5, 0.7, 1.0)
SHARE = 0.25
MOST = 450
SEED = 5

Case = tuple[str, str, list[Turn], Sequence[Place]]
"""What form it has, a question, the turns before it, and its evidence."""


def cases(folder: Path, name: str) -> Iterator[Case]:
    """The conversations made of a set."""
    engine = open_engine(Config(index_dir=folder / "indexes", reranker="none"), name)
    asked = with_places(load_questions(folder / "sets" / name / "questions.jsonl"), engine.source)
    by_document = defaultdict(list)
    for question, evidence in asked:
        if evidence:
            by_document[evidence[0].document].append((question, evidence))
    draw, made = random.Random(SEED), 0
    for of_document in by_document.values():
        of_document.sort(key=lambda pair: pair[1][0].start)
        for at in range(2, len(of_document)):
            if draw.random() > SHARE or made == MOST:
                continue
            made += 1
            turns = [Turn(q.question, q.answers[0] if q.answers else "") for q, _ in of_document[at - 2 : at]]
            question, evidence = of_document[at]
            yield "asked", question.question, turns, evidence
            before = {name.casefold() for turn in turns for name in names(f"{turn.question} {turn.answer}")}
            known = [n for n in names(question.question) if n.casefold() in before and n in question.question]
            if known:
                pattern = rf"(?:the )?{re.escape(known[0])}(['’]s)?"
                said = re.sub(pattern, lambda match: "its" if match[1] else "it", question.question, count=1)
                yield "pronoun", said, turns, evidence


def mix(asked: Sequence[Passage], named: Sequence[Passage], weight: float) -> list[Passage]:
    """Two rankings with their scores added, the first as `weight`."""
    scores: dict[str, float] = defaultdict(float)
    for ranking, share in ((asked, weight), (named, 1 - weight)):
        for passage in ranking:
            scores[passage.id] += share * passage.score
    passages = {passage.id: passage for passage in (*asked, *named)}
    return [passages[name] for name in sorted(scores, key=lambda name: (-scores[name], name))]


def index(data: Path, folder: Path, name: str) -> None:
    """Import a set and index its documents."""
    of_set = folder / "sets" / name
    if not of_set.exists():
        import_set("squad", data / SETS[name].files[0], of_set)
    build_index(of_set / "documents", Config(index_dir=folder / "indexes"), name)


def main(data: Path, folder: Path) -> None:
    """Print hit@1 and recall@5 by form and weight."""
    sums: dict[tuple[str, float], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for name in WIKIPEDIA:
        index(data, folder, name)
        engine = open_engine(Config(index_dir=folder / "indexes", reranker="none"), name)
        for form, question, turns, evidence in cases(folder, name):
            searched = rewritten(question, turns)
            asked, named = engine.search(question), engine.search(searched)
            for weight in WEIGHTS:
                scores = score_ranking(mix(asked, named, weight)[:10], evidence)
                total = sums[form, weight]
                total[0] += 1
                total[1] += scores["hit@1"] or 0.0
                total[2] += scores["recall@5"] or 0.0
    for (form, weight), (count, hit, recall) in sums.items():
        print(
            f"{form}, as asked {weight}: {count:.0f} questions, hit@1 {hit / count:.3f}, recall@5 {recall / count:.3f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    main(arguments.data, arguments.folder)
