"""Which engine finds words fast enough at a million passages: SQLite's FTS5, bm25s or tantivy.

`python -m benchmarks.lexical ../shared/data --out scale --sizes 10000 100000 1000000` builds each engine's index over
made passages (benchmarks.made), opens it in a fresh process, asks the questions for 50 passages each, and changes one
document durably. It writes lexical.json and lexical.md in the folder; needs bm25s and PyStemmer. CPU times stand
beside those of the clock, which other programs disturb.
"""

import argparse
import json
import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.engines import ENGINES, Passages
from benchmarks.made import load_made
from benchmarks.measuring import Watch, apart, memory, seconds_of, shown
from benchmarks.quality import table
from rag.text.words import content_words

CHANGED = 20
SIZES = (10_000, 100_000, 1_000_000)


def write_passages(data: Path, out: Path, size: int) -> None:
    """Texts of `size` made passages, one a line, and the questions with the rows that answer them."""
    corpus = load_made(data, out / "made")
    rows = {}
    with _passages_file(out, size).open("w") as file:
        for row, passage in enumerate(chain.from_iterable(corpus.documents(size))):
            file.write(passage.text + "\n")
            if passage.id.startswith("planted"):
                rows[passage.id] = row
    asked = [(question.text, rows.get(question.passage_id or "")) for question in corpus.questions()]
    _questions_file(out, size).write_text(json.dumps(asked))


def build(name: str, out: Path, size: int) -> dict[str, float]:
    """Seconds and bytes of a new index."""
    folder = _folder(out, name, size)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    seconds = seconds_of(lambda: ENGINES[name].build(folder, _passages(out, size)))
    used = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    texts = _passages_file(out, size).stat().st_size if name == "fts5" else 0
    return {"build_s": seconds, "index_mb": (used - texts) / 1e6, "peak_mb": memory("VmHWM")}


def ask(name: str, out: Path, size: int) -> dict[str, Any]:
    """What opening and asking takes, and which passages are found."""
    asked = [(content_words(text), row) for text, row in json.loads(_questions_file(out, size).read_text())]
    empty = memory("VmRSS")
    started = time.perf_counter()
    engine = ENGINES[name](_folder(out, name, size))
    engine.ask(asked[-1][0])
    opened = time.perf_counter() - started
    planted = [(engine.ask(words), row) for words, row in asked if row is not None]
    natural = [words for words, row in asked if row is None]
    for words in natural:
        engine.ask(words)
    watch = Watch()
    found = [watch.call(engine.ask, words) for words in natural]
    return {
        "open_and_ask_s": opened,
        **watch.figures(),
        "planted_first": float(np.mean([rows[:1] == [row] for rows, row in planted])),
        "planted_in_5": float(np.mean([row in rows[:5] for rows, row in planted])),
        "resident_mb": memory("VmRSS") - empty,
        "resident_not_mapped_mb": memory("RssAnon"),
        "found": [rows[:10] for rows in found],
    }


def change(name: str, out: Path, size: int) -> dict[str, float]:
    """Seconds of adding a document of 20 passages, and of removing one; none for an engine that cannot."""
    if not hasattr(ENGINES[name], "change"):
        return {}
    some = list(islice(_passages(out, size), CHANGED))
    added = [(size + row, text) for row, text in some]
    engine = ENGINES[name](_folder(out, name, size))
    seconds = {}
    for key, values in {"add_s": (added, []), "remove_s": ([], some)}.items():
        clock = seconds_of(lambda values=values: engine.change(*values))
        seconds[key] = getattr(engine, "seconds", clock)
    return seconds


def measure(data: Path, out: Path, names: Sequence[str], size: int) -> Iterator[dict[str, Any]]:
    """The figures of each engine at one size, each step in a process of its own."""
    if not _questions_file(out, size).exists():
        apart(write_passages, data, out, size)
    for name in names:
        figures = {"engine": name, "passages": size}
        for step in (build, ask, change):
            figures |= apart(step, name, out, size)
        yield figures


def report(out: Path, figures: Sequence[dict[str, Any]]) -> str:
    """A Markdown table, an engine and size a row, with the share of the ten best that FTS5 has too."""
    keys = list(dict.fromkeys(key for row in figures for key in row if key != "found"))
    reference = {row["passages"]: row["found"] for row in figures if row["engine"] == "fts5"}
    rows = []
    for row in figures:
        theirs = reference.get(row["passages"], row["found"])
        shared = np.mean([len({*a} & {*b}) / max(1, len(b)) for a, b in zip(row["found"], theirs, strict=True)])
        rows.append([*(shown(row.get(key)) for key in keys), f"{shared:.3f}"])
    return table([*keys, "shared_with_fts5"], rows)


def _passages(out: Path, size: int) -> Passages:
    with _passages_file(out, size).open() as file:
        for row, line in enumerate(file):
            yield row, line.rstrip("\n")


def _passages_file(out: Path, size: int) -> Path:
    return out / f"passages-{size}.txt"


def _questions_file(out: Path, size: int) -> Path:
    return out / f"questions-{size}.json"


def _folder(out: Path, name: str, size: int) -> Path:
    return out / f"{name}-{size}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    arguments = parser.parse_args()
    file = arguments.out / "lexical.json"
    kept = json.loads(file.read_text()) if file.exists() else []
    for size in arguments.sizes:
        for row in measure(arguments.data, arguments.out, arguments.engines, size):
            kept = [old for old in kept if (old["engine"], old["passages"]) != (row["engine"], row["passages"])] + [row]
            file.write_text(json.dumps(kept))
            (arguments.out / "lexical.md").write_text(report(arguments.out, kept) + "\n")
    print(report(arguments.out, kept))
