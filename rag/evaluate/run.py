"""A run: every question of a set asked, its answer scored and written down, and a summary."""

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.answer import Answer
from rag.cite import is_exact
from rag.errors import DocumentError, QuestionError
from rag.evaluate.dataset import Question
from rag.evaluate.metrics import (
    Range,
    exact_match,
    first_hit_rank,
    mean,
    overlaps,
    percentile,
    recall_at,
    refusal_scores,
    token_f1,
)

Ask = Callable[[str], Answer]
DocumentText = Callable[[str], str | None]

ANSWERS_FILE = "answers.jsonl"
SUMMARY_FILE = "summary.json"


@dataclass(frozen=True, slots=True)
class Result:
    """A question, its answer, and the scores of that answer; nan where a score does not apply."""

    question: Question
    answer: Answer
    scores: dict[str, float]


def run(
    questions: Sequence[Question],
    ask: Ask,
    document_text: DocumentText,
    out: Path | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[list[Result], dict[str, float]]:
    """Results in the order of the questions, and the summary; both written to the folder `out`, which `prepare` made.

    Raises DocumentError where a question's evidence is not word for word in its document.
    """
    evidence = [_evidence(question, document_text) for question in questions]
    results = []
    for done, (question, ranges) in enumerate(zip(questions, evidence, strict=True), start=1):
        answer = _ask(ask, question.question)
        result = Result(question, answer, score(question, answer, ranges, document_text))
        results.append(result)
        if out:
            with (out / ANSWERS_FILE).open("a", encoding="utf-8") as file:
                file.write(json.dumps(_line(result), ensure_ascii=False) + "\n")
        on_progress(done, len(questions))
    summary = summarize(results)
    if out:
        text = json.dumps(finite(summary), indent=2)
        (out / SUMMARY_FILE).write_text(text + "\n", encoding="utf-8")
    return results, summary


def score(
    question: Question, answer: Answer, evidence: Sequence[Range], document_text: DocumentText
) -> dict[str, float]:
    """Scores of one answer; those of ranking, wording and evidence apply to answerable questions only.

    `evidence_cited`: 1 if a citation overlaps the evidence; of answers that were given. `citation_exactness`: share of
    the citations whose range holds their quote.
    """
    scores = dict.fromkeys(
        ["hit@1", "recall@5", "mrr@10", "exact_match", "f1", "evidence_cited", "citation_exactness"], math.nan
    )
    if answer.citations:
        exact = [float(is_exact(c, document_text(c.document))) for c in answer.citations]
        scores["citation_exactness"] = mean(exact)
    if not question.answerable:
        return scores
    prediction = answer.short_answer or " ".join(sentence.text for sentence in answer.sentences)
    scores["exact_match"] = 0.0 if answer.refused else exact_match(prediction, question.answers)
    scores["f1"] = 0.0 if answer.refused else token_f1(prediction, question.answers)
    if evidence:
        rank = first_hit_rank(answer.passages[:10], evidence)
        scores["hit@1"] = float(rank == 1)
        scores["recall@5"] = recall_at(5, answer.passages, evidence)
        scores["mrr@10"] = 1 / rank if rank else 0.0
        if not answer.refused:
            cited = [(c.document, c.start, c.end) for c in answer.citations]
            scores["evidence_cited"] = float(any(overlaps(place, item) for place in cited for item in evidence))
    return scores


def summarize(results: Sequence[Result]) -> dict[str, float]:
    """Counts, the mean of each score over the questions it applies to, refusal scores, and seconds a question."""
    summary: dict[str, float] = {
        "questions": len(results),
        "answerable": sum(result.question.answerable for result in results),
        "refused": sum(result.answer.refused for result in results),
    }
    for name in results[0].scores if results else []:
        summary[name] = mean([r.scores[name] for r in results if not math.isnan(r.scores[name])])
    summary |= refusal_scores([r.answer.refused for r in results], [r.question.answerable for r in results])
    seconds = [result.answer.seconds.total for result in results]
    return summary | {"seconds_p50": percentile(seconds, 50), "seconds_p95": percentile(seconds, 95)}


def prepare(out: Path, keep: Path) -> None:
    """Make the folder of a run, without the files of an earlier one. Raises DocumentError.

    `keep`, the question set, must not be one of the files that a run writes.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        for file in (out / ANSWERS_FILE, out / SUMMARY_FILE):
            if os.path.exists(file) and file.samefile(keep):
                raise DocumentError(f"{keep}: the run would overwrite it. Give another folder with --out.")
            file.unlink(missing_ok=True)
    except OSError as error:
        raise DocumentError(f"{out}: cannot be written ({error.strerror}). Give another folder with --out.") from None


def _ask(ask: Ask, question: str) -> Answer:
    try:
        return ask(question)
    except QuestionError as error:
        return Answer(question, str(error), None, 0.0, True, str(error), [], [], [])


def _evidence(question: Question, document_text: DocumentText) -> list[Range]:
    ranges = []
    for item in question.evidence:
        start = (document_text(item.document) or "").find(item.quote)
        if start < 0:
            raise DocumentError(
                f"question {question.id!r}: its evidence {item.quote[:60]!r} is not in {item.document!r} of this index."
                " Correct the question, or name the index that holds its documents with --index."
            )
        ranges.append((item.document, start, start + len(item.quote)))
    return ranges


def _line(result: Result) -> dict[str, Any]:
    return {"id": result.question.id, **result.answer.as_json(), "scores": finite(result.scores)}


def finite(scores: dict[str, float]) -> dict[str, float | None]:
    """Scores for JSON, which has no nan."""
    return {name: None if math.isnan(value) else round(value, 4) for name, value in scores.items()}
