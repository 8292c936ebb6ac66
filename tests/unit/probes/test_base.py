"""The scores that a probe is declared with, and the outcome that the base classes make of them."""

from __future__ import annotations

import pytest

from passgap.probes import (
    PROBES,
    ModelSamples,
    ProbeStatus,
    Prompts,
    Rule,
    ScoreProbe,
    Settings,
    mean_of,
    run_battery,
    share_of,
)
from passgap.records import Estimate, Insufficient
from passgap.spec import Tolerance, ToleranceUnit
from probed import PROBLEMS, answers_of, counts, model

[ANSWERS] = answers_of({"p": ["a", "bb", "", "dddd"]}).values()


def test_the_mean_is_taken_over_the_answers_that_have_a_score() -> None:
    assert mean_of(lambda answer: float(len(answer.text)) or None)(ANSWERS) == pytest.approx(7 / 3)
    assert mean_of(lambda answer: None)(ANSWERS) is None
    assert mean_of(lambda answer: 1.0)([]) is None


def test_a_share_counts_every_answer() -> None:
    assert share_of(lambda answer: len(answer.text) > 1)(ANSWERS) == 0.5
    assert share_of(lambda answer: False)(ANSWERS) == 0.0
    assert share_of(lambda answer: True)([]) is None


def probe(unit: ToleranceUnit, prompts: Prompts | None = None) -> ScoreProbe:
    return ScoreProbe(
        name="length of an answer",
        quantity="characters over 100",
        rule=Rule.CHANGE,
        tolerance=Tolerance(key="x", default=0.1, unit=unit, description="Largest change."),
        prompts=prompts,
        score=mean_of(lambda answer: len(answer.text) / 100 if answer.text else None),
    )


def said(*sizes: int, answers: int = 3) -> ModelSamples:
    """A model whose answers to problem n are ``sizes[n]`` characters long."""
    heldout = answers_of({f"p{n:02}": ["x" * size] * answers for n, size in enumerate(sizes)})
    return ModelSamples(heldout=heldout, counts=counts())


def test_the_unit_of_the_tolerance_chooses_between_a_ratio_and_a_difference() -> None:
    settings = Settings(tolerance=0.1, level=0.95, largest_k=8)
    base, tuned = said(*[20] * 12), said(*[30] * 12)
    ratio = probe(ToleranceUnit.SHARE_OF_BASE).compare(base, tuned, settings)
    difference = probe(ToleranceUnit.DIFFERENCE).compare(base, tuned, settings)
    assert isinstance(ratio.drift, Estimate) and isinstance(difference.drift, Estimate)
    assert (ratio.drift.value, ratio.drift.unit, ratio.relative) == (pytest.approx(1.5), "ratio", True)
    assert (difference.drift.value, difference.relative) == (pytest.approx(0.1), False)
    assert isinstance(difference.base, Estimate) and difference.base.value == pytest.approx(0.2)
    assert (difference.drift.m, difference.drift.n) == (3, 12)


def test_a_prompt_that_one_side_left_unanswered_is_on_neither() -> None:
    settings = Settings(tolerance=0.1, level=0.95, largest_k=8)
    outcome = probe(ToleranceUnit.DIFFERENCE).compare(said(20, 0, 40), said(20, 30, 0), settings)
    assert isinstance(outcome.drift, Estimate) and outcome.drift.n == 1 and outcome.drift.value == 0.0


def test_the_fewest_answers_to_a_prompt_are_stated() -> None:
    settings = Settings(tolerance=0.1, level=0.95, largest_k=8)
    outcome = probe(ToleranceUnit.DIFFERENCE).compare(said(20, answers=5), said(20, answers=2), settings)
    assert isinstance(outcome.drift, Estimate) and outcome.drift.m == 2


def test_different_prompts_are_named() -> None:
    settings = Settings(tolerance=0.1, level=0.95, largest_k=8)
    with pytest.raises(ValueError, match=r"different prompts: \['p01'\]"):
        probe(ToleranceUnit.DIFFERENCE).compare(said(20), said(20, 20), settings)


def test_a_probe_without_a_position_comes_after_those_that_have_one() -> None:
    assert probe(ToleranceUnit.DIFFERENCE).position > max(each.position for each in PROBES.values())


def test_prompts_are_read_by_set_and_kind() -> None:
    samples = model()
    harmful, safety = Prompts("safety", ("harmful",)), Prompts("safety")
    assert set(samples.read(harmful)) < set(samples.read(safety))
    assert samples.read(None) is samples.heldout and len(samples.heldout) == PROBLEMS
    assert samples.read(Prompts("style", ("harmful",))) == {}


def test_a_probe_that_is_not_installed_says_so_with_the_tolerance_that_was_declared() -> None:
    outcome = run_battery(
        arm="ssd",
        base=model(),
        tuned=model(),
        tolerances={"of a plugin": 0.3},
        largest_k=8,
        level=0.95,
        probes=["of a plugin", "of another"],
    )
    first, second = outcome.outcomes
    assert (first.tolerance, second.tolerance) == (0.3, 0.0)
    assert first.quantity == "declared, and defined by a distribution that is not installed here"
    assert (
        first.base
        == first.tuned
        == first.drift
        == Insufficient(insufficient="the probe is not installed here", n=0, m=0)
    )
    assert (first.status, first.rule) == (ProbeStatus.INSUFFICIENT, Rule.CHANGE)


def test_pass_at_1_that_did_not_rise_at_all_is_no_mode_collapse() -> None:
    """Pass@1 is the same and pass@8 fell: what one problem gained in tries another lost."""
    base, tuned = model(counts([4, 4] * (PROBLEMS // 2))), model(counts([8, 0] * (PROBLEMS // 2)))
    settings = Settings(tolerance=0.02, level=0.95, largest_k=8)
    outcome = PROBES["diversity"].compare(base, tuned, settings)
    assert isinstance(outcome.drift, Estimate) and outcome.drift.value == pytest.approx(-0.5)
    assert outcome.status is ProbeStatus.UNRESOLVED
    assert outcome.note.startswith("pass@8 fell beyond the tolerance, and pass@1 did not rise")
