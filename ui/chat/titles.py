"""Titles of conversations, and words as they are searched."""

import re
import unicodedata

LONGEST_TITLE = 120

_NO_TEXT = re.compile(r"[\0-\x1f\x7f-\x9f\u2028\u2029]")


def title_of(question: str) -> str:
    """The first 60 characters of a question, on one line and to the end of a word, as a title."""
    line = on_one_line(question, 61)
    head = line.rpartition(" ")[0]
    # Of longer words, or a script without spaces, too little would be left.
    return line if len(line) <= 60 else head if len(head) > 30 else line[:60]


def on_one_line(text: str, longest: int = LONGEST_TITLE) -> str:
    """`text` on one line, cut to `longest` characters; empty where nothing of it can be seen."""
    line = " ".join(_NO_TEXT.sub(" ", text).split())[:longest].strip()
    return line if any(character.isprintable() and character != " " for character in line) else ""


def around(text: str, words: str, longest: int = 90) -> tuple[str, str, str] | None:
    """What is before, at and after the first of `words` that a text has in its own spelling; None where it has none."""
    line = on_one_line(text, len(text))
    sought = "|".join(re.escape(word) for word in words.split())
    found = re.search(sought, line, re.IGNORECASE) if sought else None
    if not found:
        return None
    start = max(0, found.start() - longest // 3)
    if start:
        start = line.find(" ", start, found.start()) + 1 or start
    before = ("… " if start else "") + line[start : found.start()]
    return before, found[0], line[found.end() : start + longest]


def folded(text: str) -> str:
    """`text` in one case, and each letter written in one way."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
