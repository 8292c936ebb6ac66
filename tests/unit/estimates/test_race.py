"""A race stops the best arm no more often than it may, and says how probably a stop was wrong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates.race import chance_of_winning, evidence_against, leader_of, stopped_at_look

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=30)


def race(scores: dict[str, np.ndarray], error: float, batch: int = 10) -> set[str]:
    """The arms that are stopped at any look."""
    running, seen = list(scores), dict.fromkeys(scores, 0)
    for end in range(batch, len(scores["a"]) + 1, batch):
        seen |= dict.fromkeys(running, end)
        lost = stopped_at_look(running, {name: each[: seen[name]] for name, each in scores.items()}, error)
        running = [name for name in running if name not in lost]
    return set(scores) - set(running)


def test_the_best_of_equal_arms_is_stopped_in_at_most_the_declared_share_of_races() -> None:
    random = np.random.default_rng(3)
    stopped = sum("a" in race({name: random.binomial(1, 0.5, 200) for name in "abc"}, 0.2) for _ in range(150))
    assert stopped <= 0.2 * 150  # Ville's bound is far from tight: 3 standard errors above it would be 0.27


def test_a_much_worse_arm_is_stopped_and_the_best_goes_on() -> None:
    random = np.random.default_rng(4)
    for _ in range(20):
        scores = {
            "a": random.binomial(1, 0.7, 200),
            "b": random.binomial(1, 0.3, 200),
            "c": random.binomial(1, 0.7, 200),
        }
        assert "b" in race(scores, 0.05) and len(race(scores, 0.05)) < 3


@given(SCORES)
def test_an_arm_that_never_loses_has_no_evidence_against_it(scores: list[float]) -> None:
    best = [1.0] * len(scores)
    assert evidence_against("best", {"best": best, "other": scores}) <= 1.0
    assert evidence_against("other", {"best": best, "other": scores}) >= 1.0
    assert evidence_against("other", {"best": scores, "other": scores}) == pytest.approx(1.0)


def test_the_evidence_is_the_mean_of_products_of_bets() -> None:
    bets = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
    won, lost = ([1 + bet for bet in bets], [1 - bet for bet in bets])
    expected = np.mean([up * up * down for up, down in zip(won, lost, strict=True)])
    scores = {"a": [0.0, 0.0, 1.0], "b": [1.0, 1.0, 0.0]}
    assert evidence_against("a", scores) == pytest.approx(expected)
    against_both = evidence_against("a", {**scores, "c": [0.0]})
    assert against_both == pytest.approx((expected + 1.0) / 2)


def test_the_leader_is_never_stopped_and_one_arm_alone_neither() -> None:
    scores = {"a": [1.0] * 40, "b": [0.0] * 40}
    assert set(stopped_at_look(["a", "b"], scores, 0.05)) == {"b"}
    assert stopped_at_look(["b"], scores, 0.05) == {}
    assert leader_of(["b", "a"], scores) == "a"
    assert leader_of(["b", "a"], {"a": [], "b": []}) == "b"


def test_the_chance_of_winning_is_that_of_what_is_left() -> None:
    assert chance_of_winning([1.0] * 5, [0.0] * 5, 5) == 1.0
    assert chance_of_winning([0.5] * 5, [0.5] * 5, 5) == 0.0
    near = chance_of_winning([0.0] * 5 + [1.0] * 4, [1.0] * 5 + [0.0] * 4, 100)
    assert 0.2 < near < 0.5
    assert chance_of_winning([0.0] * 40, [1.0] * 40, 50) == 0.0
    assert chance_of_winning([0.0] * 3, [1.0] * 3, 100, seed=1) == chance_of_winning([0.0] * 3, [1.0] * 3, 100, seed=1)


def test_the_stated_chance_is_about_as_large_as_the_share_that_wins() -> None:
    random = np.random.default_rng(6)
    stated, won = [], []
    for number in range(200):
        rate = random.uniform(0.3, 0.7)
        first, second = random.binomial(1, rate, 60), random.binomial(1, 0.5, 60)
        stated.append(chance_of_winning(first[:15], second[:15], 60, seed=number))
        won.append(first.sum() > second.sum())
    assert np.mean(stated) == pytest.approx(np.mean(won), abs=0.1)


def test_evidence_beyond_all_numbers_is_finite() -> None:
    assert 1e300 < evidence_against("a", {"a": [0.0] * 5000, "b": [1.0] * 5000}) < float("inf")


def test_what_is_no_score_and_an_arm_alone_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        evidence_against("a", {"a": [1.5], "b": [0.0]})
    with pytest.raises(ValueError, match="nobody to race with"):
        evidence_against("a", {"a": [1.0]})
