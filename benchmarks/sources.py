"""The public sets of ../shared/data as sentences and questions: what made passages are made of."""

import gzip
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer

from rag.text.sentences import sentence_spans

Integers = npt.NDArray[np.int64]

_SQUAD_FILES = (
    "squad2/squad2_dev_15articles_train.json.gz",
    "squad2/squad2_dev_5articles_report.json.gz",
    "squad2/squad11_dev_13_other_articles.json.gz",
    "squadshifts/new_wiki_v1.0.json.gz",
    "covidqa/200423_covidQA.json.gz",
    "policyqa/dev.json.gz",
    "policyqa/test.json.gz",
)
# Paragraphs that have nothing to do with each other.
_APART_FILES = ("squadshifts/reddit_v1.0.json.gz", "squadshifts/amazon_reviews_v1.0.json.gz")
_CLAPNQ_FILE = "clapnq/clapnq_dev_answerable.jsonl"
_ASKED_OF_EACH_SET = 200

# Shorter is a heading or a caption, longer a table that lost its lines.
_SENTENCE_LENGTHS = range(30, 500)
_LEAST_SENTENCES = 6
_MOST_RELATED = 7


def source_documents(data: Path) -> Iterator[list[str]]:
    """Sentences of each of the texts that have enough of them, none twice."""
    seen: set[str] = set()
    for text in _texts(data):
        found = dict.fromkeys(" ".join(text[start:end].split()) for start, end in sentence_spans(text))
        sentences = [s for s in found if len(s) in _SENTENCE_LENGTHS and s not in seen]
        if len(sentences) >= _LEAST_SENTENCES:
            seen.update(sentences)
            yield sentences


def related_documents(documents: Sequence[Sequence[str]]) -> Integers:
    """The documents most like each by TF-IDF, int [documents, at most 8], itself first."""
    words = TfidfVectorizer(stop_words="english", sublinear_tf=True, dtype=np.float32)
    texts = words.fit_transform(" ".join(document) for document in documents)
    rows = []
    for number in range(len(documents)):
        similarities = texts @ texts[number].toarray().ravel()
        similarities[number] = 2.0
        rows.append(np.argsort(-similarities, kind="stable")[: _MOST_RELATED + 1])
    return np.array(rows)


def natural_questions(data: Path, seed: int = 60) -> list[str]:
    """Questions that people asked about these texts: of squad2, answerable, and of clapnq."""
    squad = [
        qa["question"].strip()
        for name in _SQUAD_FILES[:2]
        for article in _read(data / name)["data"]
        for paragraph in article["paragraphs"]
        for qa in paragraph["qas"]
        if qa["answers"]
    ]
    rng = np.random.default_rng([seed, 2])
    clapnq = [line["input"].strip() for line in _lines(data / _CLAPNQ_FILE)]
    return [
        str(question)
        for questions in (squad, clapnq)
        for question in rng.choice(sorted(set(questions)), _ASKED_OF_EACH_SET, replace=False)
    ]


def _texts(data: Path) -> Iterator[str]:
    """Texts of the documents of the public sets in `data`."""
    for name in _SQUAD_FILES:
        for article in _read(data / name)["data"]:
            yield "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
    for name in _APART_FILES:
        yield from (
            paragraph["context"] for article in _read(data / name)["data"] for paragraph in article["paragraphs"]
        )
    for line in _lines(data / _CLAPNQ_FILE):
        yield "\n\n".join(passage["text"] for passage in line["passages"])
    for line in _lines(data / "scifact/corpus.jsonl.gz"):
        yield " ".join(line["abstract"])
    for line in _lines(data / "wice/claim_dev.jsonl.gz"):
        yield "\n\n".join(line["evidence"])
    for paper in _read(data / "pubmedqa/ori_pqal.json.gz").values():
        yield "\n\n".join([*paper["CONTEXTS"], paper["LONG_ANSWER"]])


def _lines(file: Path) -> Iterator[Any]:
    with gzip.open(file, "rt") if file.suffix == ".gz" else file.open() as handle:
        yield from map(json.loads, handle)


def _read(file: Path) -> Any:
    with gzip.open(file, "rt") as handle:
        return json.load(handle)
