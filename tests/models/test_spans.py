import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.models.spans import MAX_SPAN_TOKENS, TokenScores, best_span, joined


def tokens(starts: list[float], ends: list[float]) -> TokenScores:
    """Tokens of 3 characters, with a space between them."""
    offsets = np.array([[4 * i, 4 * i + 3] for i in range(len(starts))], dtype=np.int64).reshape(-1, 2)
    return TokenScores(np.array(starts, np.float32), np.array(ends, np.float32), offsets)


def test_the_best_span_has_the_greatest_sum_of_a_start_and_an_end_not_before_it() -> None:
    found = best_span(tokens([0, 5, 0, 1], [9, 0, 3, 2]))
    assert found is not None
    # The end of token 0 is greater, but stands before the start.
    assert (found.span, found.score) == ((0, 3), 9.0)
    found = best_span(tokens([0, 5, 0, 1], [1, 0, 3, 2]))
    assert found is not None
    assert (found.span, found.score) == ((4, 11), 8.0)


def test_a_span_stays_within_a_range_and_under_the_greatest_length() -> None:
    scores = tokens([9, 0, 2, 0], [0, 0, 0, 9])
    found = best_span(scores, within=(4, 15))
    assert found is not None
    assert found.span == (8, 15)
    count = MAX_SPAN_TOKENS + 1
    long = best_span(tokens([9, *[0] * (count - 1)], [*[0] * (count - 1), 9]))
    assert long is not None
    assert long.score == 9


def test_without_tokens_or_finite_scores_there_is_no_span() -> None:
    assert best_span(tokens([], [])) is None
    assert best_span(tokens([1], [1]), within=(50, 60)) is None
    assert best_span(tokens([float("nan")], [1])) is None
    found = best_span(tokens([float("inf"), 1], [1, 1]))
    assert found is not None
    assert found.span == (4, 7)


@given(st.lists(st.tuples(st.floats(-9, 9, width=32), st.floats(-9, 9, width=32)), min_size=1, max_size=40))
def test_no_pair_of_tokens_scores_more(pairs: list[tuple[float, float]]) -> None:
    scores = tokens([start for start, _ in pairs], [end for _, end in pairs])
    found = best_span(scores)
    assert found is not None
    every = [
        scores.starts[i] + scores.ends[j]
        for i in range(len(pairs))
        for j in range(i, min(len(pairs), i + MAX_SPAN_TOKENS))
    ]
    assert found.score == pytest.approx(float(max(every)))


def test_windows_that_overlap_are_joined_without_a_gap_or_a_token_twice() -> None:
    whole = tokens(list(range(10)), list(range(10)))
    windows = [whole.part(0, 5), whole.part(2, 8), whole.part(5)]
    assert np.array_equal(joined(windows).offsets, whole.offsets)
    marked = TokenScores(windows[1].starts + 100, windows[1].ends, windows[1].offsets)
    # Of three shared tokens, the middle of the overlap decides.
    assert joined([windows[0], marked]).starts.tolist() == [0, 1, 2, 3, 104, 105, 106, 107]
    assert joined([whole]).offsets.tolist() == whole.offsets.tolist()
