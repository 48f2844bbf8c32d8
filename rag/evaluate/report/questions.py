"""The questions of a run as JSON inside a report, each passage once, for its script to show."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rag.answer import Passage
from rag.evaluate.evidence import DOCUMENTS_KEPT, DocumentText, Place, hits
from rag.evaluate.measures import MEASURES, STAGES
from rag.evaluate.record import Record

EVIDENCE_CHARACTERS = 300
"""Characters of a piece of evidence that are shown."""

PASSAGES_KEPT = 50
"""Passages of a question that are shown, next to those with evidence."""

# Characters that could end the script element, or a line of an older script, inside a string.
_ESCAPES = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})


def questions_json(records: Sequence[Record], document_text: DocumentText | None = None) -> str:
    """JSON that may stand in a script element: what page.js calls `data`."""
    text = lru_cache(DOCUMENTS_KEPT)(document_text or (lambda document: None))
    passages: dict[tuple[str, int, int, str], int] = {}
    names = list(dict.fromkeys(name for record in records for name in record.scores))
    labels = {measure.name: measure.label for measure in MEASURES}
    questions = [_question(record, names, passages, text) for record in records]
    data = {
        "scores": [labels.get(name, name) for name in names],
        "passages": [list(place) for place in passages],
        "questions": questions,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def _question(
    record: Record, names: Sequence[str], passages: dict[tuple[str, int, int, str], int], text: DocumentText
) -> dict[str, Any]:
    answer, gold = record.answer, record.gold
    asked = {
        "id": record.id,
        "question": answer.question,
        "answerable": gold.answerable,
        "answers": gold.answers,
        "evidence": [_evidence(place, text) for place in gold.evidence],
        "history": gold.history,
        "split": gold.split,
        "tags": gold.tags,
        "rank": record.gold_rank,
        "passages": _passages(record, passages),
        "passageCount": len(answer.passages),
        "scores": [None if (value := record.scores.get(name)) is None else round(value, 4) for name in names],
        "seconds": [round(getattr(answer.seconds, stage), 4) for stage in STAGES],
    }
    if record.outcome is None:
        return asked
    return asked | {
        "outcome": record.outcome,
        "lost": record.lost,
        "right": record.right_if_answered,
        "confidence": round(answer.confidence, 4),
        "reason": answer.reason,
        "short": answer.short_answer,
        "answer": answer.answer if answer.refused else None,
        "sentences": [[sentence.text, sentence.citations, sentence.support] for sentence in answer.sentences],
        "citations": [[c.number, c.document, c.page, c.start, c.end, c.quote] for c in answer.citations],
    }


def _passages(record: Record, passages: dict[tuple[str, int, int, str], int]) -> list[list[Any]]:
    """Rank, number among all passages, score, dense rank, lexical rank."""
    kept = []
    for rank, passage in enumerate(record.answer.passages, start=1):
        if rank <= PASSAGES_KEPT or _has_evidence(passage, record.gold.evidence):
            place = (passage.document, passage.start, passage.end, passage.text)
            number = passages.setdefault(place, len(passages))
            kept.append([rank, number, round(passage.score, 4), passage.dense_rank, passage.lexical_rank])
    return kept


def _has_evidence(passage: Passage, evidence: Sequence[Place]) -> bool:
    return bool(hits(evidence, passage.document, passage.start, passage.end))


def _evidence(place: Place, text: DocumentText) -> list[Any]:
    """Document, start, end, whether the whole document is meant, its first characters, relevance."""
    shown = ""
    if not place.whole:
        found = place.text or (text(place.document) or "")[place.start : place.end]
        shown = found if len(found) <= EVIDENCE_CHARACTERS else found[:EVIDENCE_CHARACTERS].rstrip() + " …"
    return [place.document, place.start, place.end, place.whole, shown, place.relevance]
