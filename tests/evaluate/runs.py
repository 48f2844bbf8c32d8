"""Runs made by hand: their questions, answers and scores, without an index or a model."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from rag.answer import Answer, Citation, Passage, Seconds, Sentence, Source
from rag.config import Config
from rag.evaluate.dataset import Evidence, Question, QuestionSet
from rag.evaluate.evidence import find_place
from rag.evaluate.folder import ANSWERS_FILE, INFO_FILE
from rag.evaluate.info import make_info
from rag.evaluate.record import Record, score_answer, score_search
from rag.evaluate.run import Run

HOSTILE = "</script><img src=x onerror=\"window.harmed='x'\">{{7*7}} ${7*7} <!-- | ` *b*\n[x](y) \u2028 𝄞"
RIVERS = "The Rhine rises in the Alps. 🏔🇨🇭 It flows past Basel 🚢. The Danube rises in the Black Forest. It is long."
TOWNS = "Bern is the seat of the government. Basel has a port. Ulm lies on the Danube."
DOCUMENTS = {"rivers.md": RIVERS, "towns.txt": TOWNS, HOSTILE: HOSTILE}

RHINE, BASEL, DANUBE = (
    "The Rhine rises in the Alps.",
    "It flows past Basel 🚢.",
    "The Danube rises in the Black Forest.",
)
BERN, PORT, ULM = "Bern is the seat of the government.", "Basel has a port.", "Ulm lies on the Danube."


def document_text(document: str) -> str | None:
    return DOCUMENTS.get(document)


def source(document: str) -> Source | None:
    return Source(document, DOCUMENTS[document]) if document in DOCUMENTS else None


def place(quote: str) -> tuple[str, int, int]:
    """The document that holds a quote, and its range."""
    document, text = next((document, text) for document, text in DOCUMENTS.items() if quote in text)
    return document, text.index(quote), text.index(quote) + len(quote)


def passage(quote: str, rank: int = 1) -> Passage:
    document, start, end = place(quote)
    return Passage(f"{document}-{start}", document, None, start, end, quote, 1 / rank, rank, None)


def question(asked: str, answers: Sequence[str] = (), quote: str = "", **changes: Any) -> Question:
    evidence = [Evidence(document=place(quote)[0], quote=quote)] if quote else []
    return Question(**{"id": asked, "question": asked, "answers": list(answers), "evidence": evidence} | changes)


def answer(
    asked: str, cited: Sequence[str], found: Sequence[str], shift: int = 0, seconds: float = 0.1, **changes: Any
) -> Answer:
    """The answer that quotes `cited`, with `found` as its passages; citations are `shift` characters off."""
    citations = []
    for number, quote in enumerate(cited, start=1):
        document, start, end = place(quote)
        citations.append(Citation(number, document, "title", None, start + shift, end + shift, quote))
    values: dict[str, Any] = {
        "question": asked,
        "answer": " ".join(f"{quote} [{number}]" for number, quote in enumerate(cited, start=1)),
        "short_answer": None,
        "confidence": 0.9,
        "refused": False,
        "reason": None,
        "sentences": [Sentence(quote, [number], "quoted") for number, quote in enumerate(cited, start=1)],
        "citations": citations,
        "passages": [passage(quote, rank) for rank, quote in enumerate(found, start=1)],
        "seconds": Seconds(retrieve=seconds / 4, answer=seconds * 3 / 4, total=seconds),
    }
    return Answer(**(values | changes))


def record(asked: Question, given: Answer, refused: bool = False) -> Record:
    """How an answer scores; `refused` withholds it."""
    evidence = [find_place(item, source(item.document)) for item in asked.evidence]
    held_back: dict[str, Any] = {"sentences": [], "citations": [], "refused": True, "reason": "Too far from it."}
    decided = replace(given, answer="The documents do not answer this question.", **held_back) if refused else given
    return score_answer(asked, evidence, given, decided, document_text)


def search_record(asked: Question, found: Sequence[str]) -> Record:
    given = answer(asked.question, [], found)
    evidence = [find_place(item, source(item.document)) for item in asked.evidence]
    return score_search(asked, evidence, replace(given, seconds=Seconds(retrieve=0.02, total=0.02), confidence=0.0))


def all_kinds(suffix: str = "", seconds: float = 0.1, shake: float = 0.0) -> list[Record]:
    """A question of each outcome, lost at each stage; confidences are `shake` lower."""

    def made(
        name: str,
        asked: Question,
        cited: Sequence[str],
        found: Sequence[str],
        confidence: float,
        refused: bool = False,
        **changes: Any,
    ) -> Record:
        confidence = max(0.0, min(1.0, confidence - shake))
        given = answer(asked.question, cited, found, seconds=seconds, confidence=confidence, **changes)
        return record(asked.model_copy(update={"id": f"{name}{suffix}"}), given, refused)

    rhine = question("Where does the Rhine rise?", ["the Alps"], RHINE, tags=["where"], split="dev")
    danube = question("Where does the Danube rise?", ["Black Forest"], DANUBE, tags=["where"], split="test")
    basel = question("Which town does it pass?", ["Basel"], BASEL, history=["The Rhine?", "A river."], tags=["which"])
    near = question("How deep is the Rhine?", tags=["how", "near miss"], split="test")
    whole = question("What is Ulm near?", evidence=[Evidence(document="towns.txt")], tags=["what"], split="dev")
    return [
        made("correct", rhine, [RHINE], [PORT, RHINE], 0.9),
        made("emoji", basel, [BASEL], [RIVERS], 0.8),
        made("not-chosen", danube, [PORT], [DANUBE, PORT], 0.5),
        made("not-retrieved", danube, [PORT], [PORT, BERN], 0.4),
        made("answered-wrongly", question("Who?", ["Ann"], RHINE), [RHINE], [RHINE], 0.7),
        made("unsupported", rhine, [RHINE], [RHINE], 0.6, shift=3),
        made("refused-wrongly", danube, [DANUBE], [ULM, BERN, DANUBE], 0.2, refused=True),
        made("refused-rightly", near, [RHINE], [RHINE], 0.1, refused=True),
        made("answered-unanswerable", near, [BASEL], [BASEL], 0.65),
        made("whole-document", whole, [ULM], [ULM], 0.85),
    ]


def hostile() -> Record:
    """A question whose every text would harm a page that took it for markup."""
    asked = question(HOSTILE, [HOSTILE], HOSTILE, id=HOSTILE, tags=[HOSTILE], split=HOSTILE, history=[HOSTILE])
    return record(asked, answer(HOSTILE, [HOSTILE], [HOSTILE], short_answer=HOSTILE))


def many(count: int) -> list[Record]:
    """`count` records of all kinds, most of them correct."""
    chance = random.Random(0)
    records: list[Record] = []
    while len(records) < count:
        kinds = all_kinds(f"-{len(records):04}", 0.04 + chance.expovariate(12), chance.uniform(-0.1, 0.3))
        records += [kinds[0], kinds[1], kinds[7], kinds[9], *chance.sample(kinds, 3)]
    return [replace(kept, id=f"q{number:04}") for number, kept in enumerate(records[:count], start=1)]


def write_run(folder: Path, records: Sequence[Record], search: int | None = None, file: str = "rivers.jsonl") -> Run:
    """The run of these records, written so that `load_run` reads it."""
    asked = [Question(id=record.id, question=record.answer.question) for record in records]
    index = {"name": "rivers", "manifest_sha256": "0123456789abcdef" * 4, "documents": 3, "passages": 9}
    found = QuestionSet(Path(file), list(enumerate(asked, start=1)), [])
    info = make_info(found, index, Config(), split="test", left_out=7, search=search)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INFO_FILE).write_text(json.dumps(asdict(info)), encoding="utf-8")
    lines = (json.dumps(record.as_json(), ensure_ascii=False) + "\n" for record in records)
    (folder / ANSWERS_FILE).write_text("".join(lines), encoding="utf-8")
    return Run(folder, info, list(records))
