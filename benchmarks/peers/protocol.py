"""The command line that every system answers to, so that each is measured alike: ingest, ask, warm.

A system is a module with two functions: `ingest(files, index, model)` makes the folder `index` of the text files in
`files` with the sentence-transformers model in the folder `model`, and `opened(index, model)` gives what finds the
passages for a question. Nothing is imported here that some system's environment might lack.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

Ingest = Callable[[Path, Path, Path], None]
Search = Callable[[str], list[str]]
"""The texts of the PASSAGES best passages for a question, best first."""

PASSAGES = 5
PASSAGE_TOKENS = 200
PASSAGE_WORDS = 150
"""The same for systems that count words: the articles have 1.3 tokens a word, headings and stops included."""

WARM_UP = 20


def run(
    ingest: Ingest | None,
    opened: Callable[[Path, Path], Search],
    serve: Callable[[Path, Path, int], None] | None = None,
) -> None:
    """Do what the command line says with this system; without `ingest` or `serve`, not that."""
    parser = argparse.ArgumentParser()
    phases = [*(["ingest"] if ingest else []), "ask", "warm", *(["serve"] if serve else [])]
    parser.add_argument("phase", choices=phases)
    parser.add_argument("index", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("given", help="of ingest a folder, of ask a question, of warm a file, of serve a port")
    arguments = parser.parse_args()
    if ingest and arguments.phase == "ingest":
        ingest(Path(arguments.given), arguments.index, arguments.model)
        return
    if serve and arguments.phase == "serve":
        serve(arguments.index, arguments.model, int(arguments.given))
        return
    search = opened(arguments.index, arguments.model)
    if arguments.phase == "ask":
        print("\n\n".join(search(arguments.given)))
    else:
        questions = json.loads(Path(arguments.given).read_text(encoding="utf-8"))
        json.dump(_warm(search, questions), sys.stdout)


def _warm(search: Search, questions: list[dict[str, str]]) -> dict[str, object]:
    """Milliseconds of each question, and the share whose fact stands in one of the passages."""
    for question in questions[:WARM_UP]:
        search(question["text"])
    milliseconds, found = [], 0
    for question in questions:
        started = time.perf_counter()
        passages = search(question["text"])
        milliseconds.append(1000 * (time.perf_counter() - started))
        found += any(question["fact"] in " ".join(passage.split()) for passage in passages[:PASSAGES])
    return {"milliseconds": milliseconds, "recall": found / len(questions)}


def passages(text: str) -> list[str]:
    """Whole sentences, PASSAGE_WORDS words at most together: for systems that leave cutting to whoever uses them."""
    found: list[list[str]] = [[]]
    words = 0
    for sentence in re.split(r"(?<=\.)\s+|\n\n", text.strip()):
        count = sentence.count(" ") + 1
        if words and words + count > PASSAGE_WORDS:
            found.append([])
            words = 0
        found[-1].append(sentence)
        words += count
    return [" ".join(sentences) for sentences in found]
