"""Which problems are held back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passgap.recipes import held_back, problems_held_back
from passgap.records import TrainConfig


def config(**changes: object) -> TrainConfig:
    return TrainConfig.model_validate({"learning_rate": 1e-3, **changes})


@given(st.lists(st.text("abcdef", min_size=1, max_size=3), min_size=1, max_size=40), st.floats(0.01, 0.99))
def test_a_declared_share_of_the_problems_is_held_back_and_never_all(names: list[str], share: float) -> None:
    settings = config(eval_every=5, held_back=share)
    aside = held_back(names, settings, 1)
    distinct = len(set(names))
    assert aside <= set(names)
    assert len(aside) == problems_held_back(distinct, settings) == len(held_back(reversed(names), settings, 1))
    assert aside == held_back(reversed(names), settings, 1), "the order does not matter"
    assert len(aside) < distinct or distinct == 0
    assert len(aside) >= min(1, distinct - 1)


def test_nothing_is_held_back_where_nothing_is_evaluated() -> None:
    assert held_back(["a", "b"], config(), 1) == frozenset()


def test_the_seed_chooses() -> None:
    names = [str(number) for number in range(50)]
    settings = config(eval_every=5, held_back=0.2)
    assert held_back(names, settings, 1) != held_back(names, settings, 2)
    assert len(held_back(names, settings, 1)) == 10
