"""Development problems are fixed by the seed, and more of them include the fewer."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passgap.arms.development import development_problems
from passgap.records import AssertTests, Problem

PROBLEMS = [
    Problem(id=f"pool/{number}", prompt="Add.", tests=AssertTests(statements=("assert True",)), source="test")
    for number in range(20)
]


@given(st.permutations(PROBLEMS), st.integers(0, 25), st.integers(0, 25), st.integers(0, 2**63 - 1))
def test_the_seed_fixes_them_whatever_the_order_of_the_pool(
    shuffled: list[Problem], one: int, other: int, seed: int
) -> None:
    fewer, more = sorted((one, other))
    taken = development_problems(shuffled, more, seed)
    assert len(taken) == min(more, len(PROBLEMS))
    assert taken[:fewer] == development_problems(PROBLEMS, fewer, seed)


def test_another_seed_takes_others() -> None:
    assert len({development_problems(PROBLEMS, 5, seed) for seed in range(20)}) > 10
