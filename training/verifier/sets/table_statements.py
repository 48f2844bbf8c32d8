"""Statements about tables of Wikipedia (Chen et al. 2020, TabFact), with the table as the product writes one."""

import random
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from training.reader.sets.cut_documents import cut_document
from training.reader.sets.files import read_json
from training.verifier.pairs import Pair
from training.verifier.sets.passages import PASSAGE_CHARACTERS

STATEMENTS = 4
"""Of a table, drawn at random: they are many, in the base forms of their words."""


def read_table_statements(files: Sequence[Path], name: str, draw: random.Random) -> Iterator[Pair]:
    """`files` are the statements and the tables, of which those that one passage holds are used."""
    *statements, archive = files
    with zipfile.ZipFile(archive) as tables:
        members = {Path(member).name: member for member in tables.namelist()}
        for number, (said, labels, caption) in (item for file in statements for item in read_json(file).items()):
            rows = [line.split("#") for line in tables.read(members[number]).decode("utf-8").splitlines()]
            if sum(len(cell) + 3 for row in rows for cell in row) > PASSAGE_CHARACTERS:
                continue
            text = f"{caption}\n{cut_document((), rows, draw.random() < 0.5).text}"
            for at in draw.sample(range(len(said)), min(STATEMENTS, len(said))):
                yield Pair(
                    name, f"{number}-{at}", said[at], text, labels[at] == 1, True if labels[at] else None, number
                )
