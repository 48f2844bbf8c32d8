"""SciFact: scientific claims against abstracts; as retrieval, BEIR's scifact."""

from pathlib import Path

from pydantic import TypeAdapter

from rag.errors import DocumentError
from rag.evaluate.importers.collection import Collection
from rag.evaluate.importers.judged import JudgedDocuments
from rag.evaluate.importers.source import Id, SourceRow, member, optional_member, read_json_lines

_SPLITS = {
    "train": ("claims_train.jsonl",),
    "validation": ("claims_validation.jsonl", "claims_dev.jsonl"),
    "test": ("claims_test.jsonl",),
}
_ABSTRACT_EXAMPLE = '{"doc_id": …, "title": …, "abstract": ["Sentence.", …]}'
_CLAIM_EXAMPLE = '{"id": …, "claim": …, "cited_doc_ids": […], "evidence": [{"doc_id": …, "label": …}]}'


class _Abstract(SourceRow):
    doc_id: Id
    title: str
    abstract: list[str]


class _Judgement(SourceRow):
    label: str


class _Claim(SourceRow):
    id: Id
    claim: str
    cited_doc_ids: tuple[Id, ...] = ()
    # The authors' own release has the judgements by document, the Hugging Face one in a list.
    evidence: tuple[_Judgement, ...] | dict[str, tuple[_Judgement, ...]] = ()


_ABSTRACT = TypeAdapter(_Abstract)
_CLAIM = TypeAdapter(_Claim)


def read_scifact(path: Path, found: Collection) -> None:
    """Read a folder of SciFact: a document an abstract, its sentences joined by spaces; evidence the cited documents.

    That is BEIR's relevance: a cited document counts whether it supports, contradicts or settles nothing, which the
    tags tell. A claim without cited documents, as in the test part, has nothing to be measured by and is left out.
    """
    documents = JudgedDocuments(found)
    corpus = member(path, ["corpus.jsonl"], "scifact")
    for number, abstract in read_json_lines(corpus, _ABSTRACT, found.notes, _ABSTRACT_EXAMPLE):
        documents.add(abstract.doc_id, abstract.title, " ".join(abstract.abstract), corpus, number)
    files = {split: file for split, names in _SPLITS.items() if (file := optional_member(path, names))}
    if not files:
        raise DocumentError(f"{path}: no claims_train.jsonl or claims_validation.jsonl in it. Add the claims.")
    for split, file in files.items():
        for _, claim in read_json_lines(file, _CLAIM, found.notes, _CLAIM_EXAMPLE):
            if not claim.cited_doc_ids:
                found.notes.add(f"claims of the {split} part without cited documents, left out")
                continue
            documents.ask(claim.id, claim.claim, [(cited, 1) for cited in claim.cited_doc_ids], split, _tags(claim))


def _tags(claim: _Claim) -> list[str]:
    by_document = claim.evidence.values() if isinstance(claim.evidence, dict) else [claim.evidence]
    return sorted({judgement.label.lower() for group in by_document for judgement in group}) or ["no-evidence"]
