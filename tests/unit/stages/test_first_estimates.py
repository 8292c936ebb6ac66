"""The counts of problems are passed on in an order that outcomes have no influence on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passgap.stages.first_estimates import InFixedOrder, fixed_place

PROBLEMS = [f"p{number}" for number in range(6)]


@given(st.permutations([problem for problem in PROBLEMS for _ in range(3)]))
def test_the_order_of_ends_does_not_change_the_order_of_counts(ends: list[str]) -> None:
    told: list[tuple[int, int]] = []
    order = InFixedOrder(ends, lambda passed, samples: told.append((passed, samples)))
    left = dict.fromkeys(PROBLEMS, 3)
    for problem in ends:
        left[problem] -= 1
        order.add(problem, passed=left[problem] < PROBLEMS.index(problem) % 4)
        done = [each for each in sorted(PROBLEMS, key=fixed_place)]
        complete = next((at for at, each in enumerate(done) if left[each]), len(done))
        assert len(told) == complete
    assert told == [(PROBLEMS.index(each) % 4, 3) for each in sorted(PROBLEMS, key=fixed_place)]


def test_a_problem_without_a_scored_sample_is_in_no_count() -> None:
    told: list[tuple[int, int]] = []
    order = InFixedOrder(["a", "a", "b"], lambda passed, samples: told.append((passed, samples)))
    for problem, passed in (("a", None), ("b", True), ("a", None)):
        order.add(problem, passed)
    assert told == [(1, 1)]
