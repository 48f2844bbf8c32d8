"""Public sets of statements that people judged, as Pairs: SciFact, BEGIN, WiCE.

A statement belongs to one part only, by a hash of what it is about. BEGIN's wow test and WiCE's dev are for reporting;
they are read by `reported` alone, which no training module calls.
"""

import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from training.verifier.pairs import Pair

Part = Literal["train", "dev"]

DEV_SHARE = 0.2
SUPPORTED = "Fully attributable"
PASSAGE_CHARACTERS = 1100


def part_of(key: str) -> Part:
    """The part that what has this key belongs to."""
    return "dev" if int(hashlib.sha256(key.encode()).hexdigest()[:8], 16) < DEV_SHARE * 2**32 else "train"


def begin(data: Path, part: Part) -> list[Pair]:
    """Answers in conversations and the text that they rest on (Dziri et al. 2022): the development files."""
    found = [pair for name in ("wow", "cmu") for pair in _begin_file(data / f"begin/begin_dev_{name}.tsv")]
    return [pair for pair in found if part_of(pair.passage) == part]


def scifact(data: Path, part: Part, seed: int) -> list[Pair]:
    """Claims of the training file with windows of the abstracts that they cite (Wadden et al. 2020)."""
    with gzip.open(data / "scifact/corpus.jsonl.gz", "rt", encoding="utf-8") as lines:
        abstracts = {row["doc_id"]: row["abstract"] for row in map(json.loads, lines)}
    draw = random.Random(seed)
    found = []
    with (data / "scifact/claims_train.jsonl").open(encoding="utf-8") as lines:
        for claim in map(json.loads, filter(str.strip, lines)):
            if part_of(claim["claim"]) == part:
                found += list(_of_claim(claim, abstracts, draw))
    return found


def reported(data: Path) -> dict[str, list[list[Pair]]]:
    """What figures are reported on: BEGIN's wow test, and WiCE's dev with its oracle chunks.

    A list a statement: it is supported where one of its passages supports it (Kamoi et al. 2023).
    """
    claims: dict[str, list[Pair]] = {}
    with gzip.open(data / "wice/oracle_chunks_claim_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            pair = Pair("wice", row["meta"]["id"], row["claim"], " ".join(row["evidence"]),
                        row["label"] == "supported", row["label"] != "not_supported")  # fmt: skip
            claims.setdefault(pair.id, []).append(pair)
    return {
        "WiCE dev, oracle chunks": list(claims.values()),
        "BEGIN wow test": [[pair] for pair in _begin_file(data / "begin/begin_test_wow.tsv")],
    }


def _begin_file(file: Path) -> Iterator[Pair]:
    rows = [line.split("\t") for line in file.read_text(encoding="utf-8").splitlines()[1:]]
    for number, (_, source, knowledge, _, response, label) in enumerate(rows):
        supported = label == SUPPORTED
        yield Pair("begin", f"{source}-{number}", response, knowledge, supported, True if supported else None)


def _of_claim(claim: dict[str, Any], abstracts: dict[int, list[str]], draw: random.Random) -> Iterator[Pair]:
    by_document: dict[int, list[dict[str, Any]]] = {}
    for evidence in claim["evidence"]:
        by_document.setdefault(evidence["doc_id"], []).append(evidence)
    for document in claim["cited_doc_ids"]:
        if document not in abstracts:
            continue
        sentences = abstracts[document]
        given = by_document.get(document, [])
        wanted = draw.choice(given)["sentences"] if given else [draw.randrange(len(sentences))]
        supported = bool(given) and given[0]["label"] == "SUPPORT"
        text = _around(sentences, min(wanted), max(wanted), draw)
        name = f"{claim['id']}-{document}"
        yield Pair("scifact", name, claim["claim"], text, supported, True if supported else None)
        told = {at for evidence in given for at in evidence["sentences"]}
        rest = [sentence for at, sentence in enumerate(sentences) if at not in told]
        if supported and rest:
            at = draw.randrange(len(rest))
            yield Pair("scifact", f"{name}-rest", claim["claim"], _around(rest, at, at, draw), False, None)


def _around(sentences: list[str], first: int, last: int, draw: random.Random) -> str:
    """The sentences from `first` to `last` and others beside them, as many as a passage holds."""
    budget = draw.choice((350, 600, PASSAGE_CHARACTERS))
    while True:
        length = sum(len(s) + 1 for s in sentences[first : last + 1])
        sides = [side for side in (first - 1, last + 1) if 0 <= side < len(sentences)]
        sides = [side for side in sides if length + len(sentences[side]) <= budget]
        if not sides:
            return " ".join(" ".join(s.split()) for s in sentences[first : last + 1])
        side = draw.choice(sides)
        first, last = min(first, side), max(last, side)
