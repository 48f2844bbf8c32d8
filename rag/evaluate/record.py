"""Record: one question of a run, what was accepted, what came out, and how that scores."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from rag.answer import Answer
from rag.evaluate.dataset import Question
from rag.evaluate.evidence import DocumentText, Place
from rag.evaluate.grounding import (
    Supports,
    citation_exactness,
    citation_precision,
    citation_recall,
    evidence_cited,
    verbatim,
)
from rag.evaluate.ranking import gold_rank, score_ranking
from rag.evaluate.wording import exact_match, is_right, rouge_l, token_f1

Outcome = Literal["correct", "wrong", "unsupported", "refused"]
Lost = Literal["not retrieved", "not chosen", "answered wrongly", "refused wrongly", "answered unanswerable"]


@dataclass(frozen=True, slots=True)
class Gold:
    """What a question set says of a question, its evidence found in the documents."""

    answerable: bool
    answers: list[str]
    evidence: list[Place]
    history: list[str]
    split: str
    tags: list[str]


@dataclass(frozen=True, slots=True)
class Record:
    """A question's line in a run.

    `outcome` and `lost` are defined at `score_answer`; None in a run of the search alone. `gold_rank` is the rank (from
    1) of the first passage with evidence. `right_if_answered` tells of the answer that was given or, under a refusal,
    would have been. A score is None where it does not apply to the question. `yardstick` is what `yardstick_seconds`
    gave around it, None in runs that were made without.
    """

    id: str
    answer: Answer
    gold: Gold
    gold_rank: int | None
    outcome: Outcome | None
    lost: Lost | None
    right_if_answered: bool | None
    scores: dict[str, float | None]
    yardstick: float | None = None

    def as_json(self) -> dict[str, Any]:
        """A line of answers.jsonl: the id, the JSON of `rag ask`, then what evaluation adds."""
        rest = asdict(self)
        return {"id": rest.pop("id"), **rest.pop("answer"), **rest}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a language model said of a record's answer: a score, 0 or 1, for each metric, and its words."""

    id: str
    model: str
    scores: dict[str, float | None]
    feedback: dict[str, str]


_ANSWER = TypeAdapter(Answer)
_RECORD = TypeAdapter(Record)
_JUDGEMENT = TypeAdapter(Judgement)


def read_record(line: dict[str, Any]) -> Record:
    """The Record that `as_json` made. Raises ValueError, as pydantic does."""
    record = _RECORD.validate_python(line | {"answer": _ANSWER.validate_python(line)})
    _check_range(record.scores | {"confidence": record.answer.confidence})
    if record.gold_rank is not None and not 1 <= record.gold_rank <= len(record.answer.passages):
        raise ValueError(f"gold_rank: no passage has the rank {record.gold_rank}")
    return record


def read_judgement(line: Any) -> Judgement:
    """The Judgement that a line of judgements.jsonl holds. Raises ValueError, as pydantic does."""
    judgement = _JUDGEMENT.validate_python(line)
    _check_range(judgement.scores)
    if own := [name for name in judgement.scores if not name.startswith("llm_")]:
        raise ValueError(f"scores: {own[0]} is not a language model's to give")
    return judgement


def _check_range(scores: Mapping[str, float | None]) -> None:
    for name, score in scores.items():
        if score is not None and not 0 <= score <= 1:
            raise ValueError(f"{name}: {score} is not from 0 to 1")


def score_search(question: Question, evidence: Sequence[Place], answer: Answer) -> Record:
    """The Record of an Answer that holds passages only: scores of the ranking."""
    return Record(
        id=question.id,
        answer=answer,
        gold=_gold(question, evidence),
        gold_rank=gold_rank(answer.passages, evidence),
        outcome=None,
        lost=None,
        right_if_answered=None,
        scores=score_ranking(answer.passages, evidence),
    )


def score_answer(
    question: Question,
    evidence: Sequence[Place],
    proposed: Answer,
    answer: Answer,
    document_text: DocumentText,
    supports: Supports = verbatim,
) -> Record:
    """The Record of `answer`; `proposed` is the same before it was decided whether to refuse.

    Outcome: refused; else unsupported, if the citations do not support every sentence; else correct, if `is_right` or,
    where the set has no answers, if a citation overlaps the evidence; else wrong, as is any answer to an unanswerable
    question. Lost, the first that applies to a question that was not answered correctly: not retrieved (no passage
    overlaps the evidence), refused wrongly, not chosen (no citation overlaps it), answered wrongly; or answered
    unanswerable.
    """
    scores = score_ranking(answer.passages, evidence)
    scores |= {
        "evidence_cited": evidence_cited(answer, evidence),
        "citation_recall": citation_recall(answer, supports),
        "citation_precision": citation_precision(answer, supports),
        "citation_exactness": citation_exactness(answer, document_text),
    }
    words: dict[str, float | None] = dict.fromkeys(["exact_match", "f1", "f1_if_answered", "rouge_l"])
    if question.answers:
        words["f1_if_answered"] = token_f1(_said(proposed), question.answers)
        said = _said(answer)
        for name, metric in (("exact_match", exact_match), ("f1", token_f1), ("rouge_l", rouge_l)):
            words[name] = 0.0 if answer.refused else metric(said, question.answers)
    right = _is_right(question, evidence, proposed)
    outcome = _outcome(answer, right, scores)
    rank = gold_rank(answer.passages, evidence)
    return Record(
        id=question.id,
        answer=answer,
        gold=_gold(question, evidence),
        gold_rank=rank,
        outcome=outcome,
        lost=_lost(question, evidence, outcome, rank, scores["evidence_cited"]),
        right_if_answered=right,
        scores=scores | words,
    )


def _gold(question: Question, evidence: Sequence[Place]) -> Gold:
    return Gold(
        answerable=question.answerable,
        answers=question.answers,
        evidence=list(evidence),
        history=question.history,
        split=question.split,
        tags=question.tags,
    )


def _said(answer: Answer) -> str:
    return answer.short_answer or " ".join(sentence.text for sentence in answer.sentences)


def _is_right(question: Question, evidence: Sequence[Place], proposed: Answer) -> bool:
    if not question.answerable or not proposed.sentences:
        return False
    if question.answers:
        return is_right(" ".join(sentence.text for sentence in proposed.sentences), question.answers)
    return evidence_cited(proposed, evidence) == 1


def _outcome(answer: Answer, right: bool, scores: dict[str, float | None]) -> Outcome:
    if answer.refused:
        return "refused"
    if scores["citation_recall"] != 1 or scores["citation_exactness"] != 1:
        return "unsupported"
    return "correct" if right else "wrong"


def _lost(
    question: Question, evidence: Sequence[Place], outcome: Outcome, rank: int | None, cited: float | None
) -> Lost | None:
    if not question.answerable:
        return None if outcome == "refused" else "answered unanswerable"
    if outcome == "correct":
        return None
    if evidence and rank is None:
        return "not retrieved"
    if outcome == "refused":
        return "refused wrongly"
    return "not chosen" if cited == 0 else "answered wrongly"
