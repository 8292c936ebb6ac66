"""The share of mixed examples is the nearest that whole examples can give."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passgap.recipes import in_mixing_order, mixed_among
from passgap.records import MixedExample, Turn


@given(st.integers(1, 3_000), st.integers(1, 499))
def test_no_other_count_comes_nearer_to_the_declared_share(own: int, thousandths: int) -> None:
    ratio = thousandths / 1000

    def off(count: int) -> float:
        return abs(count / (own + count) - ratio)

    count = mixed_among(own, ratio)
    assert off(count) <= min(off(count + 1), off(max(0, count - 1))) + 1e-12


def test_a_fifth_is_one_beside_four() -> None:
    assert [mixed_among(own, 0.2) for own in (4, 40, 80, 1000)] == [1, 10, 20, 250]
    assert [mixed_among(own, 0.1) for own in (9, 90, 248)] == [1, 10, 28]


EXAMPLES = [MixedExample(id=str(n), turns=(Turn(role="user", content="q"),), completion=str(n)) for n in range(40)]


def test_the_order_is_a_shuffle_that_the_seed_alone_decides() -> None:
    first = in_mixing_order(EXAMPLES, 7)
    renamed = [each.model_copy(update={"id": f"other {each.id}"}) for each in EXAMPLES]
    assert [each.completion for each in in_mixing_order(renamed, 7)] == [each.completion for each in first]
    assert sorted(first, key=lambda each: int(each.id)) == EXAMPLES
    assert first != in_mixing_order(EXAMPLES, 8) and first != tuple(EXAMPLES)
