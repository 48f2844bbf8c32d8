"""The figures behind rag/synthesize.py and Config.refusal_threshold, and how they were chosen.

`python -m training.fit_quoting` fits the refusal threshold on the dev split of seeds/questions.jsonl.
`python -m training.fit_quoting --weights ../shared/data/squad2` compares feature weights on squad2's 15 training
articles: the share of answerable questions whose best sentence holds an answer, and the area under the ROC curve of
telling answerable from unanswerable questions by the best score. Neither looks at what is reported.
"""

import argparse
import gzip
import itertools
import json
import random
import tempfile
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from rag.config import Config, load_config
from rag.embed import load_embedding
from rag.engine import build_index, open_engine
from rag.evaluate.dataset import load_questions
from rag.evaluate.metrics import refusal_scores
from rag.synthesize import sentence_features

TRAINING_ARTICLES = "squad2_dev_15articles_train.json.gz"
SAMPLE = 1000


def fit_threshold() -> None:
    """Print the least threshold with the best balanced accuracy of refusing on the dev split."""
    engine = open_engine(load_config(refusal_threshold=0.0), "seeds", print)
    questions = load_questions(Path("seeds/questions.jsonl"), "dev")
    confidence = [engine.ask(question.question).confidence for question in questions]
    answerable = [question.answerable for question in questions]
    scores = {
        threshold: refusal_scores([c < threshold for c in confidence], answerable)["refusal_balanced_accuracy"]
        for threshold in np.arange(0.0, 1.0, 0.01).round(2)
    }
    best = max(scores, key=lambda threshold: (scores[threshold], -threshold))
    print(f"refusal_threshold {best:.2f}: balanced accuracy {scores[best]:.3f} on {len(questions)} dev questions")


def compare_weights(squad2: Path) -> None:
    """Print sentence accuracy and refusal AUC of a grid of feature weights, best sum first."""
    with gzip.open(squad2 / TRAINING_ARTICLES) as file:
        articles = json.load(file)["data"]
    asked = [(p["context"], qa) for article in articles for p in article["paragraphs"] for qa in p["qas"]]
    asked = random.Random(0).sample(asked, SAMPLE)
    with tempfile.TemporaryDirectory() as scratch:
        documents = Path(scratch, "documents")
        documents.mkdir()
        for number, article in enumerate(articles):
            text = "\n\n".join(paragraph["context"] for paragraph in article["paragraphs"])
            (documents / f"{number:02d}.txt").write_text(text, encoding="utf-8")
        config = Config(index_dir=Path(scratch))
        build_index(documents, config, "squad2")
        engine = open_engine(config, "squad2")
        embedding = load_embedding(config.cache_dir)
        cases = [_features(engine, embedding, context, qa) for context, qa in asked]
    rows = []
    for weights in itertools.product([1.0], [0.0, 0.25, 0.5, 1.0, 1.5], [0.0, 0.25, 0.5, 0.75, 1.0]):
        best = [int(np.argmax(features @ weights)) for features, _, _ in cases]
        right = [holds[b] for b, (_, holds, answerable) in zip(best, cases, strict=True) if answerable]
        scores = [features[b] @ weights for b, (features, _, _) in zip(best, cases, strict=True)]
        rows.append((np.mean(right), roc_auc_score([answerable for _, _, answerable in cases], scores), weights))
    print("sentence accuracy, refusal AUC, weights of sentence, overlap, passage")
    for accuracy, auc, weights in sorted(rows, key=lambda row: -row[0] - row[1])[:10]:
        print(f"{accuracy:.3f} {auc:.3f} {weights}")


def _features(engine, embedding, context: str, qa: dict) -> tuple[np.ndarray, list[bool], bool]:
    texts = [passage.text for passage in engine.search(qa["question"])]
    places, features = sentence_features(qa["question"], texts, embedding)
    sentences = [texts[i][slice(*span)] for i, span in places]
    holds = [s in context and any(answer in s for answer in qa["answers"]) for s in sentences]
    return features, holds, not qa["is_impossible"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, metavar="SQUAD2")
    squad2_folder = parser.parse_args().weights
    if squad2_folder:
        compare_weights(squad2_folder)
    else:
        fit_threshold()
