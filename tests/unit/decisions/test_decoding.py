from __future__ import annotations

import numpy as np
import pytest

from passgap.decisions import DecodingChoice, SelectionMethod, decoding, development_half, select_decoding
from passgap.estimates import Counts, counts_from_columns
from passgap.records import Estimate, Insufficient


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
    assert isinstance(got, DecodingChoice)
    assert (got.chosen, got.method) == ("T=0.4", SelectionMethod.SPLIT)
    assert got.summary.startswith(
        "Of 2 settings, T=0.4 is the best on 150 development problems; on the test problems, one try solves "
    )
    assert isinstance(got.test, Estimate) and got.test.n == 150 == len(got.test_ids)
    assert isinstance(got.lift.delta, Estimate) and got.lift.delta.low > 0
    assert not set(got.test_ids) & development_half(f"p{i:04d}" for i in range(300))


def test_few_problems_are_cross_fitted_at_a_wider_level() -> None:
    got = select_decoding(runs({"T=0.8": 0.5, "T=0.4": 0.9}, 100), "T=0.8")
    assert isinstance(got, DecodingChoice)
    assert (got.chosen, got.method) == ("T=0.4", SelectionMethod.CROSS_FIT)
    assert got.summary.startswith(
        "Of 2 settings, T=0.4 is the best on all 100 problems; cross-fitted in five folds, one try solves "
    )
    assert isinstance(got.test, Estimate) and (got.test.n, got.test.level) == (100, 0.9857)
    assert SelectionMethod.CROSS_FIT.level(0.999) < 1 and SelectionMethod.SPLIT.level(0.9) == 0.9


@pytest.mark.parametrize("n", [120, pytest.param(220, marks=pytest.mark.slow)])
def test_the_report_carries_no_optimism_where_all_settings_are_equal(n: int) -> None:
    settings = {f"T={i}": 0.5 for i in range(10)}
    test, development = [], []
    for seed in range(120):
        got = select_decoding(runs(settings, n, seed), "T=0")
        assert isinstance(got, DecodingChoice) and isinstance(got.test, Estimate)
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
    got = select_decoding({"a": same, "b": same}, "b")
    assert isinstance(got, DecodingChoice) and got.chosen == "b" and got.keeps_production
    assert got.summary.endswith(
        "production decoding itself, is the best on 110 development problems: another decoding offers no gain."
    )


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


def test_a_problem_without_a_scored_sample_at_some_setting_is_left_out_everywhere_and_named() -> None:
    full = runs({"a": 0.5, "b": 0.9}, 30)
    holes = np.where(np.arange(30) < 4, 0, full["b"].samples)
    holed = counts_from_columns(full["b"].ids, holes, np.minimum(full["b"].correct, holes))
    got = select_decoding({"a": full["a"], "b": holed}, "a")
    assert isinstance(got, DecodingChoice) and isinstance(got.lift.delta, Estimate)
    assert (got.left_out, got.test.n, got.lift.delta.n) == (4, 26, 26)
    assert "4 problems without a scored sample at every setting are left out" in got.lift.delta.warning
    assert not set(got.test_ids) & set(full["b"].ids[:4])


def test_nothing_is_chosen_on_fewer_than_two_problems() -> None:
    got = select_decoding({"a": counts_from_columns(["x", "y"], [0, 3], [0, 1])}, "a")
    assert isinstance(got, Insufficient) and "1 of 2 problems" in got.insufficient


@pytest.mark.parametrize("n", [60, 260])
def test_the_counts_of_the_choice_are_those_behind_its_estimates(n: int) -> None:
    measured = runs({"a": 0.5, "b": 0.52, "c": 0.51}, n)
    got = select_decoding(measured, "a")
    assert isinstance(got, DecodingChoice) and isinstance(got.test, Estimate)
    counts = got.counts(measured)
    assert counts.ids == got.test_ids
    assert float((counts.correct / counts.samples).mean()) == pytest.approx(got.test.value)
    assert got.chosen in got.summary and f"n = {got.test.n} problems" in got.summary


def test_each_fifth_is_scored_with_what_the_other_four_chose() -> None:
    """b is the best in all but the problems of one fold, which therefore are the only ones not at b."""
    names = [f"p{i:04d}" for i in range(100)]
    folds = decoding._folds(names)
    assert [len(fold) for fold in folds] == [20] * 5 and sorted(name for fold in folds for name in fold) == names
    heavy = set(folds[2])
    a = counts_from_columns(names, [10] * 100, [3] * 100)
    b = counts_from_columns(names, [10] * 100, [10 if name in heavy else 2 for name in names])
    got = select_decoding({"a": a, "b": b}, "a")
    assert isinstance(got, DecodingChoice)
    assert got.chosen == "b" and set(got.tested["a"]) == heavy and len(got.tested["b"]) == 80


@pytest.mark.parametrize(("n", "method"), [(199, SelectionMethod.CROSS_FIT), (200, SelectionMethod.SPLIT)])
def test_problems_are_split_from_two_hundred_on(n: int, method: SelectionMethod) -> None:
    got = select_decoding(runs({"a": 0.5, "b": 0.5}, n), "a")
    assert isinstance(got, DecodingChoice) and got.method is method


@pytest.mark.parametrize("n", [60, 260])
def test_the_counts_of_the_choice_keep_their_slices_and_what_was_not_scored(n: int) -> None:
    measured = {
        name: counts_from_columns(
            counts.ids,
            counts.samples,
            counts.correct,
            difficulties=["hard" if number % 2 else "easy" for number in range(n)],
            unscored=[number % 3 for number in range(n)],
        )
        for name, counts in runs({"a": 0.5, "b": 0.52}, n).items()
    }
    got = select_decoding(measured, "a")
    assert isinstance(got, DecodingChoice)
    counts = got.counts(measured)
    expected = measured["a"].select(counts.ids)
    assert counts.difficulties == expected.difficulties
    assert counts.unscored.tolist() == expected.unscored.tolist()
