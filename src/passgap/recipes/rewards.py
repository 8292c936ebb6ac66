"""Rewards from the outcomes of samples, and what a group of them says."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.records import Outcome

REWARD_RULE = (
    "1 for a sample that passes all tests of its problem, run in the sandbox, and 0 for any other; a sample that could "
    "not be scored has no reward, and is in no baseline"
)
"""The rule in words, as registered."""

PARTIAL_REWARD_RULE = (
    "the share of its problem's tests that a sample passes, run in the sandbox; a sample that could not be scored has "
    "no reward, and is in no baseline"
)
"""The rule in words where partial credit is declared."""


def reward_of(outcome: Outcome, *, partial_credit: bool = False) -> float | None:
    """The reward of a sample: 1 where it passed, 0 where it failed, None where it could not be scored.

    Args:
        outcome: of running its program.
        partial_credit: whether a failed sample is given the share of its tests that passed. An outcome that does not
            tell its tests apart gives none.
    """
    if outcome.passed is None:
        return None
    if outcome.passed:
        return 1.0
    if not partial_credit or not outcome.cases:
        return 0.0
    return outcome.cases.count("P") / len(outcome.cases)


def is_informative(rewards: Sequence[float | None]) -> bool:
    """Whether a group has a gradient: two of its scored samples have different rewards."""
    return len({reward for reward in rewards if reward is not None}) > 1
