"""Questions over the tables of quarterly reports as PDF: how many are answered rightly, wrongly, and refused.

    .venv/bin/python -m benchmarks.filings [../shared/data/kgrag_sec10q] [--show]

Of KG-RAG's SEC 10-Q set the questions about tables of one document (43 of one passage, 26 of several), each asked of
that document as a person would: indexed, found, read. Figures tell: an answer is right that holds one of those of the
reference, years and days aside, and wrong if it holds others alone. An answer by words is only counted.
"""

import argparse
import csv
import re
import tempfile
from collections import Counter
from fnmatch import fnmatch
from pathlib import Path

from rag.build import build_index, open_engine
from rag.config import Config
from rag.store.filters import parse_filters

INDEX = "filings"
FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
YEARS = range(1990, 2035)
LEAST = 32
"""Below, a whole figure may be a day of a month, or a page."""


def figures(text: str) -> set[str]:
    """The figures of a text that may tell an answer, without thousands."""
    found = {figure.replace(",", "") for figure in FIGURE.findall(text)}
    return {figure for figure in found if not figure.isdigit() or (int(figure) >= LEAST and int(figure) not in YEARS)}


def main() -> None:
    """Print the shares by kind of question."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", default=Path("../shared/data/kgrag_sec10q"))
    parser.add_argument("--show", action="store_true", help="each question that is answered")
    options = parser.parse_args()
    names = sorted(path.name for path in (options.data / "docs").glob("*.pdf"))
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        config = Config(index_dir=Path(folder))
        build_index(options.data / "docs", config, INDEX)
        with (options.data / "qna_data.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            meant = [name for name in names if fnmatch(name, row["Source Docs"].strip())]
            if row["Source Chunk Type"] != "Table" or len(meant) != 1:
                continue
            engine = open_engine(config, INDEX, filters=parse_filters([f"document={meant[0]}"]))
            answer = engine.ask(row["Question"])
            expected, said = figures(row["Answer"]), figures(answer.answer)
            if answer.refused:
                verdict = "refused"
            elif not expected or not said:
                verdict = "by words"
            else:
                verdict = "right" if expected & said else "wrong"
            counts.setdefault(row["Question Type"], Counter())[verdict] += 1
            if options.show and not answer.refused:
                print(f"{verdict} | {row['Question']} | {answer.answer[:200]} | {row['Answer'][:160]}")
    for kind, verdicts in counts.items():
        print(f"{kind}: {verdicts.total()} questions, {dict(verdicts)}")


if __name__ == "__main__":
    main()
