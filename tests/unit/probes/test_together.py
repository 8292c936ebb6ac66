"""Alerts of a battery hold together: a drift that may be chance over all probes is unresolved, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from passgap.probes import PROBES, DriftTest, ModelSamples, ProbeStatus, Settings, resolution_of, run_battery
from passgap.probes._resolution import planned_resolution
from passgap.records import Estimate
from probed import model


def styled(seed: int, share: float, prompts: int = 100) -> ModelSamples:
    """A model that comments a share of its answers."""
    source = np.random.default_rng(seed)
    texts = {
        f"q{n}": tuple("x = 1  # one\n" if source.random() < share else "x = 1\n" for _ in range(2))
        for n in range(prompts)
    }
    return model(style=texts)


def status(base: ModelSamples, tuned: ModelSamples, error: float | None) -> tuple[ProbeStatus, str, float | None]:
    found = run_battery(
        arm="ssd",
        base=base,
        tuned=tuned,
        tolerances={"style": 0.05},
        largest_k=8,
        level=0.95,
        probes=["comments", "docstrings", "repetition"],
        testing=None if error is None else DriftTest(error),
    )
    row = found.outcomes[0]
    return row.status, row.note, row.p_value


def test_a_drift_that_may_be_chance_is_unresolved_and_says_so() -> None:
    base, chance = styled(1, 0.5), styled(5, 0.56)
    alone, note, p = status(base, chance, None)
    assert alone is ProbeStatus.ALERT and note == "" and p is None
    together, note, p = status(base, chance, 0.05)
    assert together is ProbeStatus.UNRESOLVED and p is not None and p > 0.05
    assert note.startswith("outside its tolerance, which may be chance: p = ")


def test_a_drift_beyond_chance_is_an_alert_with_its_p_value() -> None:
    found, note, p = status(styled(1, 0.5), styled(2, 0.9), 0.05)
    assert found is ProbeStatus.ALERT and p is not None and p < 0.01
    assert "over all probes (Holm)" in note


def test_answers_of_megabytes_are_insufficient_and_never_within() -> None:
    huge = model(style={f"q{n}": ("x" * 1_200_000,) * 2 for n in range(2)})
    outcome = run_battery(
        arm="ssd",
        base=huge,
        tuned=huge,
        tolerances={},
        largest_k=8,
        level=0.95,
        probes=["comments"],
        testing=DriftTest(0.05),
    )
    [row] = outcome.outcomes
    assert row.status is ProbeStatus.INSUFFICIENT and not outcome.complete
    assert not isinstance(row.drift, Estimate) and "1,200,000 characters" in row.drift.insufficient


SETTINGS = Settings(tolerance=0.1, level=0.95, largest_k=8)


def test_what_a_probe_resolves_is_known_from_the_base_model_alone() -> None:
    probe = PROBES["comments"]
    wide = resolution_of(probe, styled(3, 0.5, prompts=30), SETTINGS, DriftTest(0.002))
    narrow = resolution_of(probe, styled(3, 0.5, prompts=300), SETTINGS, DriftTest(0.002))
    assert wide.smallest is not None and narrow.smallest is not None and narrow.smallest < wide.smallest
    assert narrow.resolves and not wide.resolves
    assert (narrow.n, narrow.answers, narrow.measured) == (300, 2, True)


def test_a_model_without_noise_resolves_more() -> None:
    probe, steady = PROBES["comments"], styled(1, 1.0)
    noisy = resolution_of(probe, styled(1, 0.5), SETTINGS, DriftTest(0.002))
    still = resolution_of(probe, steady, SETTINGS, DriftTest(0.002))
    assert still.smallest is not None and noisy.smallest is not None and still.smallest < noisy.smallest


def test_one_answer_to_a_prompt_is_compared_with_that_to_another_unless_it_is_greedy() -> None:
    probe, base = PROBES["comments"], styled(1, 0.5)
    single = {key: {name: given[:1] for name, given in asked.items()} for key, asked in base.prompted.items()}
    sampled = resolution_of(probe, replace(base, prompted=single), SETTINGS, DriftTest(0.002))
    greedy = resolution_of(
        probe, replace(base, prompted=single, greedy=frozenset({"style"})), SETTINGS, DriftTest(0.002)
    )
    assert sampled.smallest is not None and greedy.smallest is not None
    assert greedy.smallest < sampled.smallest and sampled.answers == 1


def test_without_answers_nothing_is_resolved_and_the_reason_is_given() -> None:
    nothing = resolution_of(PROBES["comments"], replace(model(), prompted={}), SETTINGS, DriftTest(0.002))
    assert nothing.smallest is None and not nothing.resolves and nothing.reason


@pytest.mark.parametrize("name", ["comments", "repetition"])
def test_before_any_measurement_a_share_is_planned_and_a_ratio_is_not(name: str) -> None:
    planned = planned_resolution(
        PROBES[name], SETTINGS, DriftTest(0.002), 100 if name == "comments" else 0, 2, greedy=False
    )
    assert (planned.smallest is not None) == (name == "comments") and not planned.measured
    assert planned.reason == ("" if name == "comments" else "known once the base model is measured")


def test_every_probe_of_the_table_says_what_it_resolves() -> None:
    base = model()
    passing = {
        name: tuple(replace(each, passed=n % 2 == 0) for n, each in enumerate(given))
        for name, given in base.heldout.items()
    }
    for name in PROBES:
        found = resolution_of(PROBES[name], replace(base, heldout=passing), SETTINGS, DriftTest(0.05))
        assert found.probe == name and (found.smallest is not None or found.reason)


def test_what_a_probe_would_need_is_said_where_it_cannot_resolve_its_tolerance() -> None:
    """With so many prompts it would: a tenth more or less, since the noise was measured on few."""
    probe, testing = PROBES["comments"], DriftTest(0.002, directed=True)
    few = resolution_of(probe, styled(3, 0.5, prompts=30), SETTINGS, testing)
    assert few.needed is not None and few.needed > 30 and not few.resolves
    many = resolution_of(probe, styled(3, 0.5, prompts=round(1.2 * few.needed)), SETTINGS, testing)
    assert many.resolves and many.needed is None
    still = resolution_of(probe, styled(3, 0.5, prompts=round(0.6 * few.needed)), SETTINGS, testing)
    assert not still.resolves


def test_the_resolution_is_that_of_the_last_look() -> None:
    base = styled(3, 0.5, prompts=60)
    once = resolution_of(PROBES["comments"], base, SETTINGS, DriftTest(0.002, directed=True))
    looks = DriftTest(0.002, (1, 2, 4), directed=True)
    later = resolution_of(PROBES["comments"], base, SETTINGS, looks)
    assert (once.answers, later.answers) == (2, 8), "two answers are those of the first look here"
    assert later.smallest is not None and once.smallest is not None and later.smallest < once.smallest
