"""Metrics of an answer's words against the accepted answers, each 0 to 1 and the best over them."""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from rapidfuzz.distance import LCSseq

LONGEST_SHORT_ANSWER = 10
"""Words of an accepted answer that an answer must hold; a longer one is compared by F1."""

LEAST_F1_OF_LONG_ANSWER = 0.5


def normalize(text: str) -> str:
    """Lower case, no ASCII punctuation, no articles, single spaces: SQuAD's official evaluation (Rajpurkar 2016)."""
    text = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact_match(prediction: str, answers: Sequence[str]) -> float:
    """1 if the prediction equals any answer after `normalize`, else 0."""
    return float(any(normalize(prediction) == normalize(answer) for answer in answers))


def token_f1(prediction: str, answers: Sequence[str]) -> float:
    """Harmonic mean of precision and recall of the bag of words, after `normalize`; SQuAD's official evaluation."""
    return _best(
        lambda p, a: sum((Counter(p) & Counter(a)).values()), normalize(prediction).split(), answers, normalize
    )


def rouge_l(prediction: str, answers: Sequence[str]) -> float:
    """F1 of the longest common subsequence of words, of letters and digits in lower case, unstemmed; Lin 2004."""
    return _best(LCSseq.similarity, _plain(prediction).split(), answers, _plain)


def is_right(prediction: str, answers: Sequence[str]) -> bool:
    """Whether the prediction holds an accepted answer, after `normalize`, as whole words in a row.

    An answer of more than LONGEST_SHORT_ANSWER words must share a token F1 of at least LEAST_F1_OF_LONG_ANSWER instead.
    """
    held = f" {normalize(prediction)} "
    for answer in answers:
        wanted = normalize(answer)
        if len(wanted.split()) > LONGEST_SHORT_ANSWER:
            if token_f1(prediction, [answer]) >= LEAST_F1_OF_LONG_ANSWER:
                return True
        elif f" {wanted} " in held:
            return True
    return False


def _best(
    shared: Callable[[list[str], list[str]], int],
    predicted: list[str],
    answers: Sequence[str],
    words: Callable[[str], str],
) -> float:
    """2 · shared / (words predicted + words expected), the best over the answers; 0 without any."""
    scores = []
    for answer in answers:
        expected = words(answer).split()
        both = len(predicted) + len(expected)
        scores.append(2 * shared(predicted, expected) / both if both else 1.0)
    return max(scores, default=0.0)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))
