"""Rewards from outcomes."""

from __future__ import annotations

import pytest

from passgap.recipes.rewards import is_informative, reward_of
from passgap.records import Outcome, OutcomeKind


@pytest.mark.parametrize("kind", OutcomeKind)
def test_a_pass_is_1_and_a_fault_of_the_sandbox_is_no_reward(kind: OutcomeKind) -> None:
    wanted = {OutcomeKind.PASSED: 1.0, OutcomeKind.UNSCORED: None}.get(kind, 0.0)
    for partial in (False, True):
        assert reward_of(Outcome(kind=kind, seconds=0.1), partial_credit=partial) == wanted


def test_partial_credit_is_given_where_it_is_declared_and_tests_are_told_apart() -> None:
    failed = Outcome(kind=OutcomeKind.FAILED, seconds=0.1, cases="PFP?")
    assert reward_of(failed) == 0.0
    assert reward_of(failed, partial_credit=True) == 0.5
    assert reward_of(failed.model_copy(update={"kind": OutcomeKind.UNSCORED}), partial_credit=True) is None


@pytest.mark.parametrize(
    ("rewards", "informative"),
    [([1.0, 0.0], True), ([1.0, None, 0.5], True), ([1.0, 1.0], False), ([None, 0.0], False), ([None, None], False)],
)
def test_a_group_is_informative_where_scored_samples_differ(rewards: list[float | None], informative: bool) -> None:
    assert is_informative(rewards) == informative
