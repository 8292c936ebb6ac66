"""Prompts are asked again where a probe is undecided, and an alert is read over all looks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from passgap.probes import Comparing, DriftTest, ModelSamples, ProbeOutcome, ProbeStatus, Rule, asked_again, run_battery
from passgap.probes import undecided as still_open
from passgap.records import Estimate
from probed import model

LOOKS = (1, 2, 4)
TESTING = DriftTest(0.05, LOOKS, directed=True)
NAMES = ("comments", "docstrings", "repetition")
KEY = ("style", "documented")


def styled(seed: int, share: float, looks: int = 3, prompts: int = 100) -> ModelSamples:
    """A model that comments a share of its answers, asked at so many looks."""
    source = np.random.default_rng(seed)
    texts = {
        f"q{n}": tuple("x = 1  # one\n" if source.random() < share else "x = 1\n" for _ in range(LOOKS[looks - 1]))
        for n in range(prompts)
    }
    return replace(model(style=texts), looks={KEY: looks})


def battery(base: ModelSamples, tuned: ModelSamples, testing: DriftTest = TESTING) -> dict[str, ProbeOutcome]:
    found = run_battery(
        arm="ssd", base=base, tuned=tuned, tolerances={}, largest_k=8, level=0.95, probes=NAMES, testing=testing
    )
    return {each.probe: each for each in found.outcomes}


def again(base: ModelSamples, tuned: ModelSamples) -> frozenset[tuple[str, str]]:
    return asked_again(NAMES, Comparing({}, 8, 0.95, TESTING), base, tuned)


def test_the_look_is_shown_of_prompts_that_can_be_asked_again_alone() -> None:
    found = battery(styled(1, 0.5), styled(2, 0.5, looks=2))
    assert (found["comments"].look, found["comments"].looks) == (2, 3), "as far as both were asked"
    assert "look 2 of 3" in found["comments"].note
    assert found["comments"].drift.m == 2  # type: ignore[union-attr]
    assert (found["repetition"].look, found["repetition"].looks) == (1, 1)
    written = found["repetition"].model_dump()
    assert "look" not in written and "looks" not in written
    assert found["comments"].model_dump()["look"] == 2


def test_answers_of_a_later_look_are_left_out_of_an_earlier_one() -> None:
    whole = styled(1, 0.5)
    first = whole.up_to_look(1, LOOKS)
    assert {len(each) for each in first.prompted[KEY].values()} == {1} and first.looks == {KEY: 1}
    assert all(each[0] == whole.prompted[KEY][name][0] for name, each in first.prompted[KEY].items())
    assert first.heldout == whole.heldout
    greedy = replace(whole, greedy=frozenset({"style"}))
    assert greedy.up_to_look(1, LOOKS).prompted == greedy.prompted


def test_an_undecided_probe_has_its_prompts_asked_again_until_the_last_look() -> None:
    base = styled(1, 0.5, looks=1)
    tuned = styled(2, 0.72, looks=1)
    assert again(base, tuned) == {KEY}
    assert again(styled(1, 0.5), tuned) == {KEY}, "the base model was asked for another candidate"
    assert again(styled(1, 0.5), styled(2, 0.72)) == frozenset(), "there is no further look"
    assert again(base, base) == frozenset(), "a drift of twice the tolerance is left out by the interval"
    assert again(base, styled(2, 1.0, looks=1)) in (frozenset(), {KEY})


def test_the_same_drift_alerts_at_the_last_look_and_not_at_the_first() -> None:
    """The first look has a quarter of the answers, and a small part of the error."""
    early = battery(styled(1, 0.5, looks=1), styled(2, 0.75, looks=1))["comments"]
    late = battery(styled(1, 0.5), styled(2, 0.75))["comments"]
    assert early.outside and early.status is ProbeStatus.UNRESOLVED
    assert late.status is ProbeStatus.ALERT
    assert early.p_value is not None and late.p_value is not None and late.p_value < early.p_value


def outcome(value: float, half: float, rule: Rule = Rule.RISE) -> ProbeOutcome:
    def estimate(value: float) -> Estimate:
        return Estimate(value=value, low=value - half, high=value + half, level=0.95, n=100, m=1, method="made up")

    return ProbeOutcome(
        probe="unsafe code",
        quantity="it",
        base=estimate(0.1),
        tuned=estimate(0.1 + value),
        drift=estimate(value),
        tolerance=0.05,
        rule=rule,
        status=ProbeStatus.UNRESOLVED,
        looks=3,
    )


@pytest.mark.parametrize(
    ("value", "half", "rule", "p", "open_"),
    [
        (0.03, 0.08, Rule.RISE, 0.4, True),
        (0.00, 0.08, Rule.RISE, 0.5, False),
        (0.03, 0.06, Rule.RISE, 0.1, False),
        (-0.06, 0.08, Rule.RISE, 0.9, False),
        (-0.06, 0.08, Rule.CHANGE, 0.1, True),
        (-0.06, 0.08, Rule.FALL, 0.1, True),
        (0.20, 0.05, Rule.RISE, 1e-9, False),
        (0.20, 0.05, Rule.RISE, 0.01, True),
    ],
)
def test_a_probe_is_undecided_while_twice_its_tolerance_is_possible(
    value: float, half: float, rule: Rule, p: float, open_: bool
) -> None:
    assert still_open(outcome(value, half, rule), p, 0.0015) is open_


def test_the_direction_that_counts_is_tested_alone() -> None:
    drift = outcome(0.06, 0.05).drift
    both, rise = (DriftTest(0.05, directed=each).p_value([drift], Rule.RISE, (1,)) for each in (False, True))
    assert both is not None and rise is not None and rise == pytest.approx(both / 2.0)
    fall = DriftTest(0.05, directed=True).p_value([drift], Rule.FALL, (1,))
    change = DriftTest(0.05, directed=True).p_value([drift], Rule.CHANGE, (1,))
    assert fall == pytest.approx(1.0 - rise) and change == pytest.approx(both)
