"""Made-up articles with planted facts, and the questions that they answer: what every system is given.

An article has about 600 words of sentences drawn from a small grammar, so that articles are alike, and PLANTED facts of
invented names in among them. A question asks for one fact; its answer stands in one article and nowhere else. The same
seed gives the same files on every machine. Needs nothing but Python.
"""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

WORDS_OF_ARTICLE = 600
PLANTED = 3
"""Facts in an article."""

_SEED = 20261126
_ONSETS = ("B", "Br", "D", "Dr", "F", "Gr", "H", "K", "Kl", "L", "M", "N", "P", "R", "S", "St", "T", "V", "W", "Z")
_MIDDLES = ("ab", "ed", "ik", "ol", "un", "ar", "em", "is", "or", "ulb")
_ENDINGS = ("ando", "athe", "elko", "emra", "enth", "iska", "olmi", "orra", "umbar", "usten", "yrnok", "avel")

_FACTS = (
    ("Who designed the {0} bridge?", "The {0} bridge was designed by {1}.", "person"),
    ("In which year was the {0} museum opened?", "The {0} museum was opened in the year {1}.", "year"),
    ("Where is the {0} manuscript kept?", "The {0} manuscript is kept in the library of {1}.", "place"),
    ("What is the access code of the {0} archive?", "The access code of the {0} archive is {1}.", "code"),
    ("How many members does the {0} orchestra have?", "The {0} orchestra has {1} members.", "number"),
    ("Who keeps the keys of the {0} mill?", "The keys of the {0} mill are kept by {1}.", "person"),
    (
        "What does a season ticket for the {0} ferry cost?",
        "A season ticket for the {0} ferry costs {1} crowns.",
        "number",
    ),
    ("Which river drives the {0} power station?", "The {0} power station is driven by the river {1}.", "place"),
)

_SUBJECTS = (
    *("the council", "a group of residents", "the harbour office", "the school board", "a travelling merchant"),
    *("the regional newspaper", "the new director", "a committee of engineers", "the oldest guild", "the town clerk"),
    *("an association of farmers", "the railway company", "the ministry", "a team of surveyors", "the local museum"),
)
_VERBS = (
    *("published", "rejected", "discussed", "repaired", "measured", "financed", "postponed", "described", "approved"),
    *("inspected", "copied", "extended", "abandoned", "praised", "questioned", "catalogued", "moved", "restored"),
)
_OBJECTS = (
    *("the plans for a second market hall", "an inventory of the collection", "the road along the northern shore"),
    *("a report on the water supply", "the old customs building", "the timetable of the night trains"),
    *("the regulations on fishing", "a map of the lower valley", "the accounts of the previous year"),
    *("the foundations of the lighthouse", "a proposal for cheaper housing", "the bells of the parish church"),
    *("the agreement with the neighbouring district", "a series of lectures on botany", "the wages of the apprentices"),
)
_TIMES = (
    *("in the spring", "after a long debate", "before the winter storms", "during the festival", "within a few weeks"),
    *("for the third time", "without any delay", "at the request of the mayor", "in spite of several objections"),
    *("when the harvest was over", "towards the end of the century", "on a rainy afternoon"),
)
_ENDS = (
    *("and nobody was surprised by the result", "although the costs had doubled", "which pleased the shopkeepers"),
    *("while the neighbouring towns waited", "because the old arrangement had failed", "and the work went on"),
    *("so that a vote had to be taken", "as the chronicle tells in some detail", "but few people noticed"),
)
_TOPICS = ("History", "Trade", "Buildings", "Landscape", "Schools", "Transport", "Festivals", "Crafts")


class Question(NamedTuple):
    """A question, and the sentence that answers it, which one article holds."""

    text: str
    fact: str


def articles(count: int) -> Iterator[tuple[str, str, list[Question]]]:
    """File name, text and questions of `count` articles; the first ones are the same whatever the count."""
    names = _names()
    for number in range(count):
        rng = random.Random(_SEED + number)
        town = next(names)
        questions = [_fact(rng, next(names), next(names)) for _ in range(PLANTED)]
        yield f"{number:05}-{town.lower()}.txt", _article(rng, town, [q.fact for q in questions]), questions


def write_corpus(folder: Path, count: int) -> list[Question]:
    """Write `count` articles into the new `folder`/files and their questions beside it. The questions."""
    files = folder / "files"
    files.mkdir(parents=True)
    questions = []
    for name, text, asked in articles(count):
        (files / name).write_text(text, encoding="utf-8")
        questions += asked
    return questions


def write_questions(file: Path, questions: list[Question], count: int) -> None:
    """Write `count` of `questions`, drawn evenly, for a system to be asked."""
    step = max(1, len(questions) // count)
    file.write_text(json.dumps([q._asdict() for q in questions[::step][:count]]), encoding="utf-8")


def _article(rng: random.Random, town: str, facts: list[str]) -> str:
    paragraphs: list[list[str]] = []
    words = 0
    while words < WORDS_OF_ARTICLE:
        paragraph = [_sentence(rng) for _ in range(rng.randint(4, 7))]
        words += sum(sentence.count(" ") + 1 for sentence in paragraph)
        paragraphs.append(paragraph)
    for fact in facts:
        paragraph = rng.choice(paragraphs)
        paragraph.insert(rng.randint(0, len(paragraph)), fact)
    lines = [f"# The town of {town}"]
    for number, paragraph in enumerate(paragraphs):
        if number % 3 == 0:
            lines.append(f"## {rng.choice(_TOPICS)}")
        lines.append(" ".join(paragraph))
    return "\n\n".join(lines) + "\n"


def _sentence(rng: random.Random) -> str:
    words = [rng.choice(_SUBJECTS), rng.choice(_VERBS), rng.choice(_OBJECTS), rng.choice(_TIMES)]
    if rng.random() < 0.5:
        words[-1] += ","
        words.append(rng.choice(_ENDS))
    text = " ".join(words)
    return text[0].upper() + text[1:] + "."


def _fact(rng: random.Random, name: str, other: str) -> Question:
    question, fact, kind = rng.choice(_FACTS)
    answer = {
        "person": f"{other} {rng.choice(_ONSETS)}{rng.choice(_ENDINGS)}",
        "year": str(rng.randint(1700, 1990)),
        "place": other,
        "code": f"{rng.randint(1000, 9999)}-{other[:2].upper()}",
        "number": str(rng.randint(12, 990)),
    }[kind]
    return Question(question.format(name), fact.format(name, answer))


def _names() -> Iterator[str]:
    """Names that no two articles share, in an order that is always the same."""
    maybe = ("", *_MIDDLES)
    made = (f"{a}{b}{c}{d}{e}" for a in _ONSETS for b in maybe for c in maybe for d in maybe for e in _ENDINGS)
    names = sorted(set(made))
    random.Random(_SEED).shuffle(names)
    yield from names
