"""What the verifier's figures are reported on, and what its training must not share a run of words with."""

import random
from pathlib import Path

from training.reader.overlap import HeldBack
from training.reader.overlap import reported as reported_by_reader
from training.reader.sets.files import read_json_lines
from training.verifier.pairs import Pair
from training.verifier.sets.claims import read_answers
from training.verifier.sets.table import SEED

WICE = "wice/oracle_chunks_claim_dev.jsonl.gz"
BEGIN_TEST = "begin/begin_test_wow.tsv"


def reported(data: Path) -> dict[str, list[list[Pair]]]:
    """WiCE's development claims with their oracle chunks (Kamoi et al. 2023), and BEGIN's wow test answers.

    A list a statement: it is supported where one of its passages supports it.
    """
    claims: dict[str, list[Pair]] = {}
    for row in read_json_lines(data / WICE):
        pair = Pair("wice", row["meta"]["id"], row["claim"], " ".join(row["evidence"]),
                    row["label"] == "supported", row["label"] != "not_supported")  # fmt: skip
        claims.setdefault(pair.id, []).append(pair)
    answers = read_answers([data / BEGIN_TEST], "begin", random.Random(SEED))
    return {"WiCE dev, oracle chunks": list(claims.values()), "BEGIN wow test": [[pair] for pair in answers]}


def held_back(data: Path) -> HeldBack:
    """What the reader is reported on, and the verifier, and SciFact's claims that nobody trains on."""
    held = reported_by_reader(data)
    for statements in reported(data).values():
        held.add(text for pairs in statements for pair in pairs for text in (pair.statement, pair.passage))
    for part in ("validation", "test"):
        held.add(row["claim"] for row in read_json_lines(data / f"scifact/claims_{part}.jsonl"))
    return held
