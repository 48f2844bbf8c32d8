"""How well a reader answers from the paragraphs that questions were asked about: EM, F1, and telling when not to.

`python -m training.reader.score WEIGHTS PREPARED` scores the development questions; WEIGHTS is a run's reader.pt, a
checkpoint, or an ONNX file.
"""

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime
import torch
from sklearn.metrics import roc_auc_score

from rag.evaluate.wording import exact_match, token_f1
from rag.models.packaged_model import load_tokenizer, packaged_model
from rag.models.spans import ScoredSpan, best_span, token_scores
from training.loop import INPUTS
from training.reader.batches import collate, encode, tokenizer_for
from training.reader.examples import Example, headed, load
from training.reader.export import load_weights
from training.reader.graph import fed

Scorer = Callable[[dict[str, torch.Tensor]], Sequence[npt.NDArray[np.float32]]]
"""A batch of one pair to starts, ends, answerable and relevance."""

NO_TOKENS = -20.0


def scorer_of(file: Path) -> Scorer:
    """The reader that a file holds."""
    if file.suffix == ".onnx":
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        return lambda batch: session.run(None, fed(batch))
    model = load_weights(file)

    def score_batch(batch: dict[str, torch.Tensor]) -> Sequence[npt.NDArray[np.float32]]:
        with torch.inference_mode():
            return [output.float().numpy() for output in model(*(batch[name] for name in INPUTS))]

    return score_batch


def predictions(scorer: Scorer, examples: Sequence[Example]) -> Iterator[tuple[Example, ScoredSpan | None, float]]:
    """Each example with its best span and its answerable logit, one pair a batch as when a question is asked."""
    tokenizer = tokenizer_for(load_tokenizer(packaged_model()))
    for example in map(headed, examples):
        encoding = encode(tokenizer, example)
        starts, ends, answerable, _ = scorer(collate([(encoding, example)]))
        yield example, best_span(token_scores(starts[0], ends[0], encoding)), float(answerable[0])


def score(scorer: Scorer, examples: Sequence[Example]) -> dict[str, float]:
    """EM and F1 of answerable questions; where some are not, of all, with ROC area and balanced accuracy of refusing.

    A question is taken as unanswerable where the answerable logit and half the span's score are under 0 together.
    """
    em, f1, values, answerable = [], [], [], []
    for example, found, judged in predictions(scorer, examples):
        said = example.passage[slice(*found.span)] if found else ""
        values.append((found.score if found else NO_TOKENS) / 2 + judged)
        answerable.append(bool(example.spans))
        em.append(exact_match(said, example.answers) if example.spans else 1.0)
        f1.append(token_f1(said, example.answers) if example.spans else 1.0)
    has, given = np.array(answerable), np.array(values) > 0
    result = {"em": np.mean(np.array(em)[has]), "f1": np.mean(np.array(f1)[has])}
    if not has.all():
        right = has == given
        result |= {
            "em_all": np.mean(np.array(em) * right),
            "f1_all": np.mean(np.array(f1) * right),
            "auc": roc_auc_score(has, values),
            "balanced": (given[has].mean() + (~given[~has]).mean()) / 2,
        }
    return {name: round(float(value), 4) for name, value in result.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("--every", type=int, default=1)
    arguments = parser.parse_args()
    reader = scorer_of(arguments.weights)
    dev = load(arguments.prepared / "dev.jsonl.gz")[:: arguments.every]
    for name in sorted({example.set for example in dev}):
        chosen = [example for example in dev if example.set == name]
        print(f"{name} ({len(chosen):,})", score(reader, chosen), flush=True)
