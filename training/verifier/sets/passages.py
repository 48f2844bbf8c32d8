"""Passages as long as the product's, of sentences in a row."""

import random
import re
from collections.abc import Sequence

from rag.formats.text import one_line
from training.reader.sets.tokenised import detokenised

PASSAGE_CHARACTERS = 1100

_QUOTES = re.compile(r"(?<!\S)(?:``|'')(?!\S)")


def as_written(tokens: str) -> str:
    """A text whose tokens are parted by spaces, as people write it, with straight quotation marks: sets mix them up."""
    return one_line(detokenised(_QUOTES.sub('"', tokens))[0])


def as_much_as_fits(sentences: Sequence[str]) -> str:
    """The first sentences, one at least, as many as a passage holds."""
    kept = [sentences[0]]
    for sentence in sentences[1:]:
        if sum(map(len, kept)) + len(kept) + len(sentence) > PASSAGE_CHARACTERS:
            break
        kept.append(sentence)
    return " ".join(kept)


def sentences_about(sentences: Sequence[str], first: int, last: int, draw: random.Random) -> str:
    """The sentences from `first` to `last` and others beside them, as many as a shorter or longer passage holds."""
    budget = draw.choice((350, 600, PASSAGE_CHARACTERS))
    while True:
        length = sum(len(s) + 1 for s in sentences[first : last + 1])
        sides = [side for side in (first - 1, last + 1) if 0 <= side < len(sentences)]
        sides = [side for side in sides if length + len(sentences[side]) <= budget]
        if not sides:
            return " ".join(sentences[first : last + 1])
        side = draw.choice(sides)
        first, last = min(first, side), max(last, side)
