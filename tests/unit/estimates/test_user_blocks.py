"""Users are the unit of a canary: blocks of them are fair under sticky users, and calls are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates.differences import log_evidence_path
from passgap.estimates.user_blocks import LARGEST, UserBlocks, block_of

VALUES = st.lists(st.floats(0.0, 1.0), max_size=30)


@pytest.mark.parametrize(
    ("share", "needs"),
    [(0.5, (1, 1)), (0.2, (1, 4)), (0.1, (1, 9)), (0.9, (9, 1)), (0.001, (1, LARGEST)), (0.0, (1, 1)), (1.0, (1, 1))],
)
def test_a_block_has_as_many_users_as_the_share_says(share: float, needs: tuple[int, int]) -> None:
    assert block_of(share) == needs


def test_the_difference_of_a_block_is_that_of_its_means() -> None:
    waiting, differences = UserBlocks().observe([1.0, 0.5], [0.0, 0.5, 0.5, 1.0, 0.9], 0.2)
    assert differences.tolist() == [0.5]
    assert (waiting.canary, waiting.production, waiting.formed) == ((0.5,), (0.9,), 1)


@given(VALUES, VALUES, VALUES, VALUES, st.floats(0.05, 0.95))
def test_users_in_batches_form_the_same_blocks(
    ours: list[float], theirs: list[float], more: list[float], others: list[float], share: float
) -> None:
    whole, at_once = UserBlocks().observe([*ours, *more], [*theirs, *others], share)
    first, before = UserBlocks().observe(ours, theirs, share)
    second, after = first.observe(more, others, share)
    assert [*before, *after] == at_once.tolist() and second == whole
    assert (np.abs(at_once) <= 1.0 + 1e-12).all()


def test_a_share_that_grows_is_in_force_from_the_next_block() -> None:
    waiting, _ = UserBlocks().observe([1.0], [0.0] * 3, 0.1)
    _, differences = waiting.observe([1.0], [0.0] * 6, 0.5)
    assert len(differences) == 1, "the block that was being formed needs nine users of production"
    _, differences = waiting.observe([1.0], [0.0] * 7, 0.5)
    assert len(differences) == 2


def test_sticky_users_raise_false_alarms_among_calls_and_not_among_users() -> None:
    """The small version of the simulation in ``benchmarks/canary.py``: no difference, 50 calls of each user."""
    generator, users, each, share = np.random.default_rng(0), 160, 50, 0.2
    alarms = {"users": 0, "calls": 0}
    for _ in range(120):
        rate, chosen = generator.beta(2.1, 0.9, users), generator.random(users) < share
        passed = generator.random((users, each)) < rate[:, None]
        order = generator.permutation(users * each)
        calls, served = passed.ravel()[order].astype(float), chosen[order // each]
        values = passed.mean(axis=1)
        for name, ours, theirs in (
            ("users", values[chosen], values[~chosen]),
            ("calls", calls[served], calls[~served]),
        ):
            path = log_evidence_path(UserBlocks().observe(ours.tolist(), theirs.tolist(), share)[1])
            alarms[name] += bool((path >= math.log(20.0)).any())
    assert alarms["users"] <= 12, "at most 5 % of 120, with a probability above 0.99"
    assert alarms["calls"] >= 15
