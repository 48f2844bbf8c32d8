"""Questions about whole documents and folders: how many are answered rightly, partly, wrongly, and refused, by kind.

    .venv/bin/python -m benchmarks.whole_folders.measure [development | held_back | second] [--show]

Three invented folders (minutes and contracts; manuals; a course) with twenty questions each, drawn at random into two
halves, and a second set of as many (a bakery, a museum, a walking club). They were written by somebody who had not seen
the program. Each question says which points a right answer
makes, what it must not hold, and which documents it cites.
"""

import argparse
import json
import os
import re
import shutil
import tempfile
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rag.answer import Answer
from rag.build import build_index, open_engine
from rag.config import Config

HERE = Path(__file__).parent
FOLDERS = ("minutes", "manuals", "course", "bakery", "museum", "walking")

SUMMED_UP = 0.75
"""Share of the points that a right summary makes; of any other answer all."""

PARTLY = 0.5
"""Share of the points that an answer makes which is right in part."""

Outcome = Literal["right", "partly", "wrong", "refused"]


def outcome(question: dict[str, Any], answer: Answer) -> Outcome:
    """What an answer is worth: `must` are points, each as alternatives; a figure counts as a whole word alone."""
    if question["refused"] or answer.refused:
        return "right" if question["refused"] and answer.refused else "refused" if answer.refused else "wrong"
    said = "\n".join([answer.answer, *(citation.quote for citation in answer.citations)])
    made = [any(_holds(said, alternative) for alternative in point) for point in question["must"]]
    share = sum(made) / len(made) if made else 1.0
    if any(_holds(said, other) for other in question["must_not"]):
        return "partly" if share >= PARTLY else "wrong"
    cited, wanted = {citation.document for citation in answer.citations}, set(question["documents"])
    is_cited = cited == wanted if question["kind"] == "folder" and wanted else wanted <= cited
    if is_cited and share >= (SUMMED_UP if question["kind"] == "summary" else 1.0):
        return "right"
    return "partly" if share >= PARTLY else "wrong"


def _holds(said: str, alternative: str) -> bool:
    if re.fullmatch(r"[\d.,]+", alternative):
        return re.search(rf"(?<![\d.,]){re.escape(alternative)}(?!\d)", said) is not None
    return alternative.casefold() in said.casefold()


def dated_copy(folder: Path) -> None:
    """The folders with the days on which their files were last changed, which a clone does not keep."""
    days: dict[str, str] = json.loads((HERE / "file_days.json").read_text())
    for name, day in days.items():
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(HERE / name, folder / name)
        os.utime(folder / name, (datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC).timestamp(),) * 2)


def measure(half: str, shows: bool) -> dict[str, Counter[Outcome]]:
    """How many questions of a half have which outcome, by kind."""
    counts: dict[str, Counter[Outcome]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        dated_copy(folder)
        config = Config(index_dir=folder / "indexes")
        for name in FOLDERS:
            build_index(folder / name, config, name)
        engines = {name: open_engine(config, name) for name in FOLDERS}
        for line in (HERE / f"{half}.jsonl").read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            answer = engines[question["folder"]].ask(question["question"])
            found = outcome(question, answer)
            counts[question["kind"]][found] += 1
            counts["all"][found] += 1
            if shows and found != "right":
                print(f"{found}: {question['question']}\n  {question['comment']}\n  {answer.reason or answer.answer}\n")
    return counts


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("half", nargs="?", choices=("development", "held_back", "second"), default="development")
    parser.add_argument("--show", action="store_true", help="print what is not right")
    arguments = parser.parse_args()
    for kind, of_kind in measure(arguments.half, arguments.show).items():
        print(f"{kind}: " + ", ".join(f"{name} {of_kind[name]}" for name in ("right", "partly", "wrong", "refused")))
