"""The best of many arms is chosen on other problems than it is confirmed on."""

from __future__ import annotations

import numpy as np
import pytest

from passgap.decisions import ArmChoice, SelectionMethod, choose_arm
from passgap.estimates import Counts, counts_from_columns
from passgap.records import Estimate, Insufficient

M = 4


def counts(rates: object, rng: np.random.Generator) -> Counts:
    drawn = rng.binomial(M, rates)  # type: ignore[arg-type]
    return counts_from_columns([f"p{i:04d}" for i in range(len(drawn))], [M] * len(drawn), drawn)


def chosen(runs: dict[str, list[Counts]]) -> ArmChoice:
    found = choose_arm(runs, "base")
    assert isinstance(found, ArmChoice)
    return found


@pytest.mark.parametrize(("problems", "method"), [(200, SelectionMethod.SPLIT), (80, SelectionMethod.CROSS_FIT)])
def test_the_best_of_eight_equal_arms_is_confirmed_without_optimism(problems: int, method: SelectionMethod) -> None:
    rng = np.random.default_rng(problems)
    optimism, confirmed, held = [], [], []
    for _ in range(60):
        rates = rng.beta(0.8, 1.2, problems)
        runs = {"base": [counts(rates, rng)]} | {f"arm-{n}": [counts(rates, rng)] for n in range(8)}
        found = chosen(runs)
        best, base = found.development[found.chosen], found.development["base"]
        assert isinstance(best, Estimate) and isinstance(base, Estimate) and found.method is method
        assert isinstance(found.lift.delta, Estimate)
        optimism.append(best.value - base.value)
        confirmed.append(found.lift.delta.value)
        held.append(found.lift.delta.low <= 0.0 <= found.lift.delta.high)
    error = np.std(confirmed) / len(confirmed) ** 0.5
    assert np.mean(optimism) > 0.015
    assert abs(np.mean(confirmed)) < 3 * error + 1e-9
    assert np.mean(held) > 0.88


def test_a_better_arm_is_found_with_all_of_its_seeds_in_the_interval() -> None:
    rng = np.random.default_rng(2)
    rates = rng.uniform(0.2, 0.6, 240)
    runs = {
        "base": [counts(rates, rng)],
        "ssd": [counts(rates + shift, rng) for shift in (0.05, 0.15, 0.25)],
        "dpo": [counts(rates - 0.1, rng)],
    }
    found = chosen(runs)
    assert found.chosen == "ssd" and found.candidates == ("base", "ssd", "dpo")
    assert isinstance(found.lift.delta, Estimate) and "3 seeds" in found.lift.delta.method
    assert found.lift.delta.n == 120
    assert "Of 2 arms, ssd is the best on 120 development problems" in found.summary


def test_where_no_arm_is_better_there_is_nothing_to_confirm() -> None:
    rng = np.random.default_rng(3)
    rates = rng.uniform(0.4, 0.6, 240)
    found = chosen({"base": [counts(rates, rng)], "ssd": [counts(rates - 0.3, rng)]})
    assert found.chosen == "base" and "none is better" in found.summary
    one = counts(rates[:1], rng)
    assert isinstance(choose_arm({"base": [one], "ssd": [one]}, "base"), Insufficient)
