"""What naming the subject gains and harms: `python -m training.fit_follow_up DATA FOLDER`, FOLDER being for indexes.

Conversations made of squad2's training articles, squad11 and new_wiki: a question after the two before it in the same
document, once as it was asked and once with a name that was mentioned before turned into a pronoun; and after two of
another document. The rules of rag/retrieval/follow_up.py were made on the development part.
"""

import argparse
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from rag.answer import Turn
from rag.build import build_index, open_engine
from rag.config import Config
from rag.evaluate.dataset import load_questions
from rag.evaluate.evidence import Place, with_places
from rag.evaluate.importers import import_set
from rag.evaluate.ranking import score_ranking
from rag.retrieval.subject import names
from training.reader.sets.table import SETS, WIKIPEDIA

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
    draw, made, elsewhere = random.Random(SEED), 0, [Turn("", "")]
    for of_document in by_document.values():
        of_document.sort(key=lambda pair: pair[1][0].start)
        turns = elsewhere
        for at in range(2, len(of_document)):
            if draw.random() > SHARE or made == MOST:
                continue
            made += 1
            turns = [Turn(q.question, q.answers[0] if q.answers else "") for q, _ in of_document[at - 2 : at]]
            question, evidence = of_document[at]
            yield "as asked", question.question, turns, evidence
            if elsewhere[0].question:
                yield "after another topic", question.question, elsewhere, evidence
            before = {name.casefold() for turn in turns for name in names(f"{turn.question} {turn.answer}")}
            known = [n for n in names(question.question) if n.casefold() in before and n in question.question]
            if known:
                pattern = rf"(?:the )?{re.escape(known[0])}(['’]s)?"
                said = re.sub(pattern, lambda match: "its" if match[1] else "it", question.question, count=1)
                yield "pronoun", said, turns, evidence
        elsewhere = turns


def part_of(evidence: Sequence[Place]) -> str:
    """The part that a document's conversations belong to: three documents of four are for development."""
    return "held back" if sha256(evidence[0].document.encode()).digest()[0] % 4 == 0 else "development"


def index(data: Path, folder: Path, name: str) -> None:
    """Import a set and index its documents."""
    of_set = folder / "sets" / name
    if not of_set.exists():
        import_set("squad", data / SETS[name].files[0], of_set)
    build_index(of_set / "documents", Config(index_dir=folder / "indexes"), name)


def main(data: Path, folder: Path) -> None:
    """Print hit@1 and recall@5 of the question alone and in its conversation, by part and form."""
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for name in WIKIPEDIA:
        index(data, folder, name)
        engine = open_engine(Config(index_dir=folder / "indexes", reranker="none"), name)
        for form, question, turns, evidence in cases(folder, name):
            for way, passages in (("alone", engine.search(question)), ("ours", engine.search(question, turns))):
                scores = score_ranking(passages, evidence)
                total = sums[part_of(evidence), form, way]
                total[0] += 1
                total[1] += scores["hit@1"] or 0.0
                total[2] += scores["recall@5"] or 0.0
    for (part, form, way), (count, hit, recall) in sorted(sums.items()):
        print(f"{part}, {form}, {way}: {count:.0f} questions, hit@1 {hit / count:.3f}, recall@5 {recall / count:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    main(arguments.data, arguments.folder)
