"""Postings of passages, a block of them at a time: made, and written into an index."""

from array import array
from collections import Counter
from collections.abc import Iterable

import numpy as np

from rag.store.postgres.session import Transaction
from rag.store.postgres.tables import BLOCK_BITS
from rag.store.word_forms import forms_of
from rag.text.languages import STEMMERS

IN_BLOCK = (1 << BLOCK_BITS) - 1
"""The bits of a row that are its place in its block."""

_NO_STEMMER = "none"
_MOST_COUNTED = 255
_LONGEST_COUNTED = 65_535


class Postings:
    """What passages of a block hold: by form of a word their places, ascending, and how often; their lengths by place;
    and the languages that they were looked at in."""

    def __init__(self) -> None:
        self.postings: dict[str, tuple[array[int], bytearray]] = {}
        self.lengths: dict[int, int] = {}
        self.languages: set[str] = set()

    def add(self, place: int, text: str, language: str) -> None:
        """Add a passage after those before it in the block; `language` as ISO 639-1 has it."""
        forms = forms_of(text, language)
        # One for none, so that it counts as a passage.
        self.lengths[place] = min(max(1, len(forms)), _LONGEST_COUNTED)
        self.languages.add(language if language in STEMMERS else _NO_STEMMER)
        for form, count in Counter(forms).items():
            known = self.postings.get(form)
            if known is None:
                known = self.postings[form] = array("H"), bytearray()
            known[0].append(place)
            known[1].append(count if count < _MOST_COUNTED else _MOST_COUNTED)


class WordsWriter:
    """Postings on their way into an index."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._block = -1
        self._made = Postings()

    def add(self, passages: Iterable[tuple[int, str, str]]) -> None:
        """Add passages in ascending rows: row, text and language (ISO 639-1) of each."""
        for row, text, language in passages:
            if row >> BLOCK_BITS != self._block:
                self.flush()
                self._block = row >> BLOCK_BITS
            self._made.add(row & IN_BLOCK, text, language)

    def flush(self) -> None:
        """Put what was added into the tables."""
        if not self._made.lengths:
            return
        transaction, block = self._transaction, self._block
        rows = [(form, block, places.tobytes(), counts) for form, (places, counts) in self._made.postings.items()]
        transaction.execute(
            'CREATE TEMPORARY TABLE IF NOT EXISTS new_postings (form text COLLATE "C", block integer, places bytea,'
            " counts bytea) ON COMMIT DROP"
        )
        transaction.put("new_postings", rows, ("text", "int4", "bytea", "bytea"))
        transaction.execute(
            "INSERT INTO postings SELECT * FROM new_postings ON CONFLICT (form, block) DO UPDATE"
            " SET places = postings.places || excluded.places, counts = postings.counts || excluded.counts"
        )
        transaction.execute("TRUNCATE new_postings")
        self._put_lengths()
        transaction.execute(
            "INSERT INTO languages SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", (sorted(self._made.languages),)
        )
        self._made = Postings()

    def _put_lengths(self) -> None:
        found = self._transaction.fetch("SELECT lengths FROM lengths WHERE block = %s", (self._block,))
        lengths = np.zeros(max(self._made.lengths) + 1, np.uint16)
        known = np.frombuffer(found[0][0] if found else b"", np.uint16)
        lengths = np.concatenate([known, np.zeros(max(0, len(lengths) - len(known)), np.uint16)])
        for place, length in self._made.lengths.items():
            lengths[place] = length
        self._transaction.execute(
            "INSERT INTO lengths VALUES (%s, %s) ON CONFLICT (block) DO UPDATE SET lengths = excluded.lengths",
            (self._block, lengths.tobytes()),
        )
