from __future__ import annotations

import numpy as np
import pytest

from passgap.decisions import SelectionMethod, development_half, select_decoding
from passgap.estimates import Counts, counts_from_columns
from passgap.records import Estimate


def runs(rates: dict[str, float], n: int, seed: int = 0) -> dict[str, Counts]:
    generator = np.random.default_rng(seed)
    shared = generator.beta(1, 1, size=n)
    return {
        name: counts_from_columns(
            [f"p{i:04d}" for i in range(n)], [10] * n, generator.binomial(10, np.clip(shared * rate, 0, 1))
        )
        for name, rate in rates.items()
    }


def test_a_clear_winner_is_chosen_on_development_and_reported_on_test() -> None:
    got = select_decoding(runs({"T=0.8": 0.5, "T=0.4": 0.9}, 300), "T=0.8")
    assert (got.chosen, got.method) == ("T=0.4", SelectionMethod.SPLIT)
    assert isinstance(got.test, Estimate) and got.test.n == 150 == len(got.test_ids)
    assert isinstance(got.lift.delta, Estimate) and got.lift.delta.low > 0
    assert not set(got.test_ids) & development_half(f"p{i:04d}" for i in range(300))


def test_few_problems_are_cross_fitted_at_a_wider_level() -> None:
    got = select_decoding(runs({"T=0.8": 0.5, "T=0.4": 0.9}, 100), "T=0.8")
    assert (got.chosen, got.method) == ("T=0.4", SelectionMethod.CROSS_FIT)
    assert isinstance(got.test, Estimate) and (got.test.n, got.test.level) == (100, 0.97)


@pytest.mark.parametrize("n", [120, 220])
def test_the_report_carries_no_optimism_where_all_settings_are_equal(n: int) -> None:
    settings = {f"T={i}": 0.5 for i in range(10)}
    test, development = [], []
    for seed in range(120):
        got = select_decoding(runs(settings, n, seed), "T=0")
        assert isinstance(got.test, Estimate)
        chosen = got.development[got.chosen]
        assert isinstance(chosen, Estimate)
        test.append(got.test.value)
        development.append(chosen.value)
    truth = 0.25
    error = np.std(test) / len(test) ** 0.5
    assert abs(np.mean(test) - truth) < 3.5 * error
    assert np.mean(development) - truth > 5 * error


def test_ties_go_to_production() -> None:
    same = runs({"a": 0.5}, 220)["a"]
    assert select_decoding({"a": same, "b": same}, "b").chosen == "b"


def test_the_half_depends_on_names_alone() -> None:
    names = [f"p{i}" for i in range(101)]
    assert development_half(names) == development_half(reversed(names))
    assert len(development_half(names)) == 50


def test_runs_must_be_comparable() -> None:
    good = runs({"a": 0.5, "b": 0.5}, 30)
    with pytest.raises(ValueError, match="not among"):
        select_decoding(good, "c")
    with pytest.raises(ValueError, match="same problems"):
        select_decoding({"a": good["a"], "b": good["b"].select(["p0001"])}, "a")
    empty = counts_from_columns(["x"], [0], [0])
    with pytest.raises(ValueError, match="scored"):
        select_decoding({"a": empty}, "a")
