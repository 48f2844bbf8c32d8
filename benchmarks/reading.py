"""How well and how fast the reader reads: the gold paragraph, its pace, and a whole question.

`python -m benchmarks.reading ../shared/data --index NAME` prints EM and F1 of the reader alone, given the paragraph
that a question was asked about, for squad2's 5 reporting articles and the new_wiki articles kept out of training; the
time of 16 passages of 200 tokens beside a sentence-transformers cross-encoder of the same shape, in one run; and the
time of whole questions put to the index NAME (the project promises it for 10,000 passages). About 5 minutes on 2 cores.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from rag.build import open_engine
from rag.config import load_config
from rag.models.cross_encoder import WEIGHTS
from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.reader import ONNX_FILE, ReaderModel
from training.reader.examples import Example
from training.reader.score import score, scorer_of
from training.reader.sets.squad import read_squad
from training.reader.sets.table import read_examples

REPORTING = "squad2/squad2_dev_5articles_report.json.gz"
PASSAGES, TOKENS = 16, 200
REPEATS = 20
QUESTIONS = 200


def gold_paragraphs(data: Path) -> None:
    """Print the scores of the reader alone."""
    scorer = scorer_of(WEIGHTS / ONNX_FILE)
    for name, examples in (
        ("squad2, 5 reporting articles", list(read_squad([data / REPORTING], "squad2"))),
        ("new_wiki, articles kept out", read_examples(data, "new_wiki", "report")),
    ):
        without_headings = [replace(example, heading="") for example in examples]
        print(f"{name} ({len(examples):,}):", score(scorer, without_headings), flush=True)


def pace(examples: list[Example]) -> None:
    """Print the milliseconds of PASSAGES passages of TOKENS tokens, ours and a cross-encoder's of the same shape."""
    tokenizer = load_tokenizer(packaged_model())
    text = " ".join(example.passage for example in examples[:400:5])
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    passages = [tokenizer.decode(ids[i * TOKENS : (i + 1) * TOKENS]) for i in range(PASSAGES)]
    question = "When was the bridge over the river built?"
    model = ReaderModel()
    ours = milliseconds(lambda: model.score(question, passages))
    theirs = milliseconds(cross_encoder(question, passages))
    print(f"{PASSAGES} passages of {TOKENS} tokens: {ours:.0f} ms (median of {REPEATS})")
    print(
        f"sentence-transformers, a cross-encoder of the same shape: {theirs:.0f} ms, {theirs / ours:.1f} times as long"
    )


def cross_encoder(question: str, passages: list[str]) -> Callable[[], object]:
    """The same passages scored by sentence-transformers, as LlamaIndex's SentenceTransformerRerank would."""
    from sentence_transformers import CrossEncoder
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    with tempfile.TemporaryDirectory() as folder:
        shaped = AutoModelForSequenceClassification.from_pretrained(packaged_model(), num_labels=1)
        shaped.save_pretrained(folder)
        AutoTokenizer.from_pretrained(packaged_model()).save_pretrained(folder)
        encoder = CrossEncoder(folder, device="cpu", max_length=512)
    return lambda: encoder.predict([(question, passage) for passage in passages])


def milliseconds(call: Callable[[], object]) -> float:
    """The median time of a call, once warm."""
    call()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return statistics.median(times)


def whole_questions(index: str, examples: list[Example]) -> None:
    """Print the time of questions put to an index, one after another."""
    engine = open_engine(load_config(), index)
    asked = [example.question for example in examples[:: max(1, len(examples) // QUESTIONS)]][:QUESTIONS]
    engine.ask(asked[0])
    seconds = [engine.ask(question).seconds for question in asked]
    for stage in ("retrieve", "read", "answer", "total"):
        values = 1000 * np.array([getattr(one, stage) for one in seconds])
        print(f"{stage}: p50 {np.percentile(values, 50):.0f} ms, p95 {np.percentile(values, 95):.0f} ms")
    print(f"({engine.store.manifest.passages:,} passages, {len(asked)} questions)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--index")
    arguments = parser.parse_args()
    kept_out = read_examples(arguments.data, "new_wiki", "report")
    pace(kept_out)
    if arguments.index:
        whole_questions(arguments.index, kept_out)
    gold_paragraphs(arguments.data)
