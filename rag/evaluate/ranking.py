"""Metrics of one question's ranking, computed by ir-measures (Macdonald & MacAvaney) over places of evidence."""

from collections.abc import Sequence
from itertools import chain

import ir_measures
from ir_measures import AP, RR, Success, nDCG

from rag.answer import Passage
from rag.evaluate.evidence import Place, hits

RECALL_AT = (5, 10)
MEASURES = {
    "hit@1": Success @ 1,
    "hit@5": Success @ 5,
    "mrr@10": RR @ 10,
    "map": AP,
    "ndcg@10": nDCG @ 10,
}
_QUERY = "question"


def score_ranking(passages: Sequence[Passage], evidence: Sequence[Place]) -> dict[str, float | None]:
    """MEASURES and recall of `passages`, best first, each 0 to 1; None without evidence.

    Qrels are the places of evidence, not chunks, so that chunking may change. recall@k is the share of them that the
    first k of `ranked` hold; ir-measures sees what `ranked` holds as one ranking. `map` is average precision over the
    passages given.
    """
    if not evidence:
        return dict.fromkeys([*MEASURES, *(f"recall@{k}" for k in RECALL_AT)])
    held = ranked(passages, evidence)
    qrels = [ir_measures.Qrel(_QUERY, _name(n), place.relevance) for n, place in enumerate(evidence)]
    # A ranking that holds nothing would be left out, which would flatter the mean.
    units = list(chain.from_iterable(held)) or ["nothing found"]
    run = [ir_measures.ScoredDoc(_QUERY, unit, -rank) for rank, unit in enumerate(units)]
    values = {result.measure: result.value for result in ir_measures.iter_calc(MEASURES.values(), qrels, run)}
    scores: dict[str, float | None] = {name: float(values[measure]) for name, measure in MEASURES.items()}
    judged = {qrel.doc_id for qrel in qrels}
    for k in RECALL_AT:
        scores[f"recall@{k}"] = len(judged.intersection(chain.from_iterable(held[:k]))) / len(evidence)
    return scores


def ranked(passages: Sequence[Passage], evidence: Sequence[Place]) -> list[list[str]]:
    """What each passage adds to the ranking: the pieces of evidence that it holds and none before it did, else itself.

    Where all evidence is whole documents, documents are ranked by their best passage (MaxP, Dai & Callan 2019): the
    others of a document add nothing, and are left out.
    """
    by_document = all(place.whole for place in evidence)
    seen: set[str] = set()
    held = []
    for passage in passages:
        found = [_name(number) for number in hits(evidence, passage.document, passage.start, passage.end)]
        itself = f"document {passage.document}" if by_document else f"passage {passage.id}"
        new = [unit for unit in found if unit not in seen]
        if not new and not (found and by_document) and itself not in seen:
            new = [itself]
        if new:
            seen.update(new)
            held.append(new)
    return held


def gold_rank(passages: Sequence[Passage], evidence: Sequence[Place]) -> int | None:
    """Rank (from 1) of the first passage that overlaps any evidence, or None."""
    ranks = (rank for rank, p in enumerate(passages, start=1) if hits(evidence, p.document, p.start, p.end))
    return next(ranks, None)


def _name(number: int) -> str:
    return f"evidence {number}"
