"""Made passages in any number, with planted answers: what search at scale is measured on.

A passage is 120 to 200 tokens of real sentences, drawn at random from one document of the public sets in
../shared/data, or from a short one and those most like it; it belongs to a made document of 20. Its vector is the mean
of its sentences' vectors, weighted by the roots of their tokens, after a linear map that brings such means nearest to
the vectors of real texts, so that a million passages cost the embedding of 135,000 sentences, once. A planted passage
holds an invented fact and is embedded as it is; its question has one right answer.

`python -m benchmarks.made ../shared/data --out made` embeds the sentences and says how close a made vector is to that
of the passage's own text. About 15 minutes on 2 cores.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from llama_index.core.base.embeddings.base import BaseEmbedding

from benchmarks.sources import Integers, natural_questions, related_documents, source_documents
from rag.config import Config
from rag.models.default_embedding import load_default_embedding
from rag.models.packaged_model import load_tokenizer, packaged_model

Matrix = npt.NDArray[np.float32]

PASSAGES_OF_DOCUMENT = 20
PLANTED = 200
LEAST_TOKENS, MOST_TOKENS = 120, 200

_MOST_SENTENCES_TRIED = 24
_LEAST_DRAWN_FROM = 40
"""Sentences that a passage is drawn from at least: of five of fewer, some of a million passages would be the same."""

_MAPPED = 2_000
_SEED_OF_MAP = 61
_PULL = 10
_EMBEDDED_AT_ONCE = 2_000

_ONSETS = ("B", "Br", "D", "Dr", "F", "Gr", "H", "K", "Kl", "L", "M", "N", "P", "R", "S", "St", "T", "V", "Vel", "Z")
_VOWELS = ("a", "e", "o", "ul", "ir")
_ENDINGS = ("bando", "nathe", "lelko", "kemra", "renth", "niska", "tolmi", "gorra", "rumbar", "musten", "lyrnok")
_FACTS = (
    ("What is the access code of the {0} archive?", "The access code of the {0} archive in {1} is {2}."),
    ("Who founded the {0} observatory?", "The {0} observatory was founded by {1} with {2} crowns of her own."),
    ("How high is Mount {0}?", "Mount {0}, on the border with {1}, is {2} feet high."),
    ("When was the {0} canal opened?", "The {0} canal was opened by the mayor of {1} after {2} days of digging."),
    ("Where is the {0} manuscript kept?", "The {0} manuscript is kept in the library of {1} under the number {2}."),
)


class Passage(NamedTuple):
    """A made passage, its vector float32 [dimension] of unit length."""

    id: str
    text: str
    vector: Matrix


class Question(NamedTuple):
    """A question, its vector, and the id of the one passage that answers it where that was planted."""

    text: str
    passage_id: str | None
    vector: Matrix


class MadeCorpus:
    """Passages made of `documents`, lists of sentences, by chance that `seed` fixes.

    `related`, int [documents, n], are the documents most like each, itself first. `vectors`, float32
    [sentences, dimension], and `tokens`, int [sentences], are those of all sentences in order. With `text_bytes` a
    passage goes on with further sentences until it has about so many, past what its vector is made of: the default
    embedding reads no more than 256 tokens of a text either.
    """

    def __init__(
        self,
        documents: Sequence[Sequence[str]],
        related: Integers,
        vectors: Matrix,
        tokens: Integers,
        embedding: BaseEmbedding,
        natural: Sequence[str] = (),
        planted: int = PLANTED,
        seed: int = 60,
        text_bytes: int = 0,
    ) -> None:
        self.sentences = [sentence for document in documents for sentence in document]
        self.vectors = vectors
        self.tokens = tokens
        self._weights = np.sqrt(tokens).astype(np.float32)
        self._seed = seed
        self._text_bytes = text_bytes
        self._document_of = np.repeat(np.arange(len(documents)), [len(document) for document in documents])
        self._drawn_from = _pools([len(document) for document in documents], related)
        facts = plant(planted, seed)
        texts = [self._around(number, fact) for number, (_, fact) in enumerate(facts)]
        asked = [question for question, _ in facts] + list(natural)
        embedded = np.array(embedding.get_text_embedding_batch([*texts, *asked]), np.float32)
        ids = [f"planted-{number}" for number in range(planted)]
        self._planted = [Passage(*values) for values in zip(ids, texts, embedded[:planted], strict=True)]
        right = [*ids, *[None] * len(natural)]
        self._questions = [Question(*values) for values in zip(asked, right, embedded[planted:], strict=True)]

    def questions(self) -> list[Question]:
        """Those of the planted passages, then the natural ones."""
        return self._questions

    def documents(self, passage_count: int) -> Iterator[list[Passage]]:
        """Made documents with `passage_count` passages together, the planted ones spread evenly among them.

        But for these, a document is the same whatever the count. Raises ValueError for fewer than 5 passages to a
        planted one.
        """
        if passage_count < 5 * len(self._planted):
            raise ValueError(f"{len(self._planted)} planted passages need {5 * len(self._planted)} in all")
        planted = iter(self._planted)
        for number, first in enumerate(range(0, passage_count, PASSAGES_OF_DOCUMENT)):
            rng = np.random.default_rng([self._seed, number])
            last = min(first + PASSAGES_OF_DOCUMENT, passage_count)
            due = len(self._planted) * last // passage_count - len(self._planted) * first // passage_count
            passages = [self._passage(rng, f"{number}-{n}") for n in range(last - first)]
            # In the middle, as answers are.
            at = (len(passages) - due) // 2
            passages[at : at + due] = [next(planted) for _ in range(due)]
            yield passages

    def _passage(self, rng: np.random.Generator, passage_id: str) -> Passage:
        picked = self._pick(rng, int(rng.integers(LEAST_TOKENS, MOST_TOKENS)))
        vector = self._weights[picked] @ self.vectors[picked]
        return Passage(passage_id, self._text(self._longer(picked)), vector / np.linalg.norm(vector))

    def _longer(self, picked: Sequence[int]) -> Sequence[int]:
        """`picked` with sentences from the same place behind them, where a text is to have so many bytes."""
        missing = self._text_bytes - sum(len(self.sentences[sentence]) for sentence in picked)
        if missing <= 0:
            return picked
        pool = self._drawn_from[self._document_of[picked[0]]]
        # From another place for each passage, with nothing drawn that the vectors would depend on.
        others = [s for s in np.roll(pool, -sum(picked) % len(pool)).tolist() if s not in picked]
        lengths = np.cumsum([len(self.sentences[sentence]) for sentence in others])
        return [*picked, *others[: int(np.searchsorted(lengths, missing)) + 1]]

    def _pick(self, rng: np.random.Generator, wanted_tokens: int) -> list[int]:
        """Different sentences of one document, which is drawn by its length, or of those like it."""
        pool = self._drawn_from[self._document_of[rng.integers(len(self.sentences))]]
        picked: list[int] = []
        tokens = 0
        for sentence in dict.fromkeys(pool[rng.integers(0, len(pool), _MOST_SENTENCES_TRIED)].tolist()):
            tokens += self.tokens[sentence]
            if picked and tokens > wanted_tokens:
                break
            picked.append(sentence)
        return picked

    def _text(self, picked: Sequence[int]) -> str:
        return " ".join(self.sentences[sentence] for sentence in picked)

    def _around(self, number: int, fact: str) -> str:
        first, *others = self._pick(np.random.default_rng([self._seed, 1, number]), MOST_TOKENS // 2)
        return " ".join(part for part in (self._text([first]), fact, self._text(others[:2])) if part)


def _pools(lengths: Sequence[int], related: Integers) -> list[Integers]:
    """Numbers of the sentences that passages of each document are drawn from."""
    starts = np.cumsum([0, *lengths])
    pools = []
    for others in related:
        sizes = np.cumsum([lengths[other] for other in others])
        needed = others[: np.searchsorted(sizes, _LEAST_DRAWN_FROM) + 1]
        pools.append(np.concatenate([np.arange(starts[other], starts[other + 1]) for other in needed]))
    return pools


def plant(count: int, seed: int) -> list[tuple[str, str]]:
    """Questions and invented facts, no name twice."""
    rng = np.random.default_rng([seed, 0])
    names = [f"{onset}{vowel}{ending}" for onset in _ONSETS for vowel in _VOWELS for ending in _ENDINGS]
    chosen = rng.choice(names, 2 * count, replace=False).tolist()
    facts = []
    for number in range(count):
        question, fact = _FACTS[number % len(_FACTS)]
        values = chosen[2 * number], chosen[2 * number + 1], int(rng.integers(10_000, 99_999))
        facts.append((question.format(*values), fact.format(*values)))
    return facts


def load_made(data: Path, out: Path, text_bytes: int = 0) -> MadeCorpus:
    """The made corpus of the sets in `data`; sentences and vectors are kept in `out`."""
    embedding = load_default_embedding(Config().cache_dir)
    if not (out / "sentence_vectors.npy").exists():
        out.mkdir(parents=True, exist_ok=True)
        documents = list(source_documents(data))
        (out / "sentences.json").write_text(json.dumps(documents))
        np.save(out / "related.npy", related_documents(documents))
        sentences = [sentence for document in documents for sentence in document]
        encodings = load_tokenizer(packaged_model()).encode_batch_fast(sentences, add_special_tokens=False)
        np.save(out / "tokens.npy", np.array([len(encoding.ids) for encoding in encodings]))
        blocks = []
        for first in range(0, len(sentences), _EMBEDDED_AT_ONCE):
            some = sentences[first : first + _EMBEDDED_AT_ONCE]
            blocks.append(np.array(embedding.get_text_embedding_batch(some), np.float32))
            print(f"{first + len(some):,} of {len(sentences):,} sentences", end="\r", flush=True)
        np.save(out / "sentence_vectors.npy", np.concatenate(blocks))
    documents = json.loads((out / "sentences.json").read_text())
    related, tokens = np.load(out / "related.npy"), np.load(out / "tokens.npy")
    if not (out / "vectors.npy").exists():
        vectors = np.load(out / "sentence_vectors.npy")
        plain = MadeCorpus(documents, related, vectors, tokens, embedding, planted=0, seed=_SEED_OF_MAP)
        np.save(out / "vectors.npy", vectors @ _linear_map(*_beside(plain, embedding, _MAPPED)))
    vectors = np.load(out / "vectors.npy", mmap_mode="r")
    return MadeCorpus(documents, related, vectors, tokens, embedding, natural_questions(data), text_bytes=text_bytes)


def _linear_map(made: Matrix, real: Matrix) -> Matrix:
    """What brings `made`, float32 [n, dimension], nearest to `real`, but not far from the identity."""
    pull = _PULL * np.eye(made.shape[1], dtype=np.float32)
    return np.asarray(np.linalg.solve(made.T @ made + pull, made.T @ real + pull), np.float32)


def _beside(corpus: MadeCorpus, embedding: BaseEmbedding, count: int) -> tuple[Matrix, Matrix]:
    """Vectors of `count` made passages, and those of their texts."""
    passages = list(chain.from_iterable(corpus.documents(count)))
    made = np.stack([passage.vector for passage in passages])
    return made, np.array(embedding.get_text_embedding_batch([passage.text for passage in passages]), np.float32)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    corpus = load_made(arguments.data, arguments.out)
    cosines = np.einsum("nd,nd->n", *_beside(corpus, load_default_embedding(Config().cache_dir), 1_000))
    print(f"\n{len(corpus.sentences):,} sentences; cosine to the real vector: mean {cosines.mean():.3f}, ", end="")
    print(f"5% under {np.percentile(cosines, 5):.3f}")
