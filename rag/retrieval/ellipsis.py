"""What the question before says of an elliptic one: `How long is the …` of "And the Danube?"."""

import re
from collections.abc import Sequence
from itertools import groupby

from rag.retrieval.subject import names
from rag.text.words import is_function_word, stems

LEFT_OUT = "…"
"""Stands where the elliptic question says something else."""

_DO = ("do", "does", "did")
_ARTICLES = ("a", "an", "the", "der", "die", "das", "den", "dem", "ein", "eine", "einen", "einem", "einer")
_WORD = re.compile(r"\w[\w’'.-]*")


def frame(previous: str, said: str) -> str:
    """What `previous` asks, with LEFT_OUT for what `said` puts in its place.

    Names are put in the place of names, and words in that of such as they share a word with, else of the last ones that
    are no name. What begins with a preposition (`in summer`) takes the place of what follows the same one, else none.
    """
    asked = previous.rstrip("?.! ")
    words = list(_WORD.finditer(asked))
    if not words:
        return ""
    gone = _replaced(asked, words, said)
    parts = []
    for is_gone, group in groupby(range(len(words)), key=gone.__contains__):
        places = list(group)
        parts.append(LEFT_OUT if is_gone else asked[words[places[0]].start() : words[places[-1]].end()])
    return " ".join(parts)


def filled(framed: str, said: str) -> str:
    """The whole question that a frame and what an elliptic question said stand for."""
    words = said.rstrip("?.! ").split()
    while words and (is_function_word(words[0]) or words[0] in _ARTICLES):
        words = words[1:]
    before, _, after = framed.partition(LEFT_OUT)
    return " ".join(f"{before} {' '.join(words)} {after.replace(LEFT_OUT, '')}".split())


def _replaced(asked: str, words: Sequence[re.Match[str]], said: str) -> set[int]:
    """Which words of a question something else is said in the place of."""
    plain = [not is_function_word(word.group()) for word in words]
    # `What does entry cost`: the verb stands last.
    if any(word.group().casefold() in _DO for word in words) and plain[-2]:
        plain[-1] = False
    named = _named(asked, words)
    shared = [of and bool(stems(word.group()) & stems(said)) for word, of in zip(words, plain, strict=True)]
    if names(said, is_sentence=False):
        return {at for at in range(len(words)) if named[at] or shared[at]}
    first = said.split(maxsplit=1)[0].casefold()
    if is_function_word(first) and first not in _ARTICLES:
        same = [at for at, word in enumerate(words) if word.group().casefold() == first]
        return set(next((run for run in _runs(asked, words, plain) if same and run[0] > same[-1]), ()))
    # Up to the next function word it says what is wanted: `How long | is the Rhine`.
    wanted = next((at for at, is_plain in enumerate(plain) if at and not is_plain), 1)
    # A name stays, unless a word is shared: `Annual leave` and `parental leave`.
    may_go = [at >= wanted and plain[at] and (any(shared) or not named[at]) for at in range(len(words))]
    runs = _runs(asked, words, may_go)
    return {at for run in runs if any(shared[at] for at in run) for at in run} or set(*runs[-1:])


def _named(text: str, words: Sequence[re.Match[str]]) -> list[bool]:
    """Of each word whether it belongs to a name."""
    places: set[int] = set()
    for name in names(text):
        # Without the common noun that an adjective was joined with.
        bare = " ".join(word for word in name.split() if not word[0].islower()) or name
        start = text.find(bare)
        places.update(range(start, start + len(bare)) if start >= 0 else ())
    return [word.start() in places for word in words]


def _runs(asked: str, words: Sequence[re.Match[str]], chosen: Sequence[bool]) -> list[list[int]]:
    """The places of chosen words, those together that nothing but space is between."""
    runs: list[list[int]] = []
    for at in (at for at, is_chosen in enumerate(chosen) if is_chosen):
        if at and chosen[at - 1] and asked[words[at - 1].end() : words[at].start()].isspace():
            runs[-1].append(at)
        else:
            runs.append([at])
    return runs
