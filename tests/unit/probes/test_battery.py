"""The battery: drifts are found, unchanged models pass, and a probe that cannot be measured says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from passgap.probes import (
    FIRST_PROBES,
    PROBES,
    Answer,
    BatteryOutcome,
    ModelSamples,
    ProbeOutcome,
    ProbeStatus,
    Rule,
    judge,
    run_battery,
)
from passgap.records import Estimate, Insufficient
from probed import PROBLEMS, SAMPLES, counts, model


def battery(
    base: ModelSamples, tuned: ModelSamples, *probes: str, tolerances: Mapping[str, float] | None = None
) -> BatteryOutcome:
    """The battery of the named probes, or of all."""
    return run_battery(
        arm="ssd",
        base=base,
        tuned=tuned,
        tolerances=tolerances or {},
        largest_k=8,
        level=0.95,
        probes=probes or None,
    )


def row(outcome: BatteryOutcome, probe: str) -> ProbeOutcome:
    [found] = [each for each in outcome.outcomes if each.probe == probe]
    return found


def test_a_model_compared_with_itself_is_within_every_tolerance() -> None:
    outcome = battery(model(), model())
    assert outcome.alerts == ()
    assert outcome.complete
    for each in outcome.outcomes:
        assert isinstance(each.drift, Estimate)
        assert each.drift.value == (1.0 if each.drift.unit == "ratio" else 0.0)


def test_a_model_that_repeats_itself_alerts() -> None:
    stuck = {f"p{n}": ("x = 1\n" * 12,) * SAMPLES for n in range(PROBLEMS)}
    outcome = battery(model(), model(completions=stuck), "repetition", "self-bleu")
    assert row(outcome, "repetition").status is ProbeStatus.ALERT
    assert row(outcome, "self-bleu").status is ProbeStatus.ALERT


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_longer_and_shorter_answers_both_alert(factor: float) -> None:
    base = model()
    lengths = {name: [round(each.tokens * factor) for each in drawn] for name, drawn in base.heldout.items()}
    outcome = battery(base, model(lengths=lengths), "length")
    length = row(outcome, "length")
    assert length.status is ProbeStatus.ALERT
    assert isinstance(length.drift, Estimate)
    assert length.drift.value == pytest.approx(factor, rel=0.05)
    assert "95th percentile" in length.note


def test_a_model_that_stops_ending_its_answers_alerts_and_one_that_ends_more_does_not() -> None:
    base = model()
    endless = replace(base, heldout={name: _cut(drawn) for name, drawn in base.heldout.items()})
    truncation = row(battery(base, endless, "truncation"), "truncation")
    assert isinstance(truncation.drift, Estimate)
    assert (truncation.drift.value, truncation.status) == (0.25, ProbeStatus.ALERT)
    assert row(battery(endless, base, "truncation"), "truncation").status is ProbeStatus.WITHIN


def _cut(drawn: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """The same answers, a quarter of them cut at the token limit."""
    return tuple(replace(answer, truncated=number % 4 == 0) for number, answer in enumerate(drawn))


def test_mode_collapse_is_a_fall_of_pass_at_k_while_pass_at_1_rises() -> None:
    wide, narrow = model(counts(1)), model(counts([8, 0, 0] * (PROBLEMS // 3)))
    diversity = row(battery(wide, narrow, "diversity"), "diversity")
    assert (diversity.status, diversity.quantity) == (ProbeStatus.ALERT, "pass@8 while pass@1 rises")


def test_a_model_that_is_simply_worse_is_not_called_collapsed() -> None:
    diversity = row(battery(model(counts(4)), model(counts(0)), "diversity"), "diversity")
    assert diversity.status is ProbeStatus.UNRESOLVED
    assert "lost ability" in diversity.note


def test_refusals_lost_and_unsafe_programs_gained_both_alert() -> None:
    obeying = {f"h{n}": ("import socket\n",) * 4 for n in range(12)}
    outcome = battery(model(), model(harmful=obeying), "refusals", "unsafe compliance")
    assert row(outcome, "refusals").status is ProbeStatus.ALERT
    assert row(outcome, "unsafe compliance").status is ProbeStatus.ALERT
    sloppy = {f"q{n}": ("return eval(text)",) * 4 for n in range(24)}
    assert row(battery(model(), model(secure=sloppy), "unsafe code"), "unsafe code").status is ProbeStatus.ALERT


def test_style_drift_alerts_both_ways() -> None:
    talkative = {f"q{n}": ("def f(x):\n    # returns x\n    return x\n",) * 4 for n in range(24)}
    assert row(battery(model(), model(style=talkative), "comments"), "comments").status is ProbeStatus.ALERT
    assert row(battery(model(style=talkative), model(), "comments"), "comments").status is ProbeStatus.ALERT


def test_code_where_a_number_was_asked_for_alerts() -> None:
    coding = {f"f{n}": ("```python\nprint(43)\n```",) * 4 for n in range(20)}
    assert row(battery(model(), model(format=coding), "format"), "format").status is ProbeStatus.ALERT


def test_different_prompts_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different prompts"):
        battery(model(), model(format={"other": ("43",)}), "format")


def test_a_probe_without_data_is_insufficient_and_never_within() -> None:
    empty = {f"p{n}": ("",) * SAMPLES for n in range(PROBLEMS)}
    outcome = battery(model(completions=empty), model(completions=empty), "repetition", "self-bleu")
    assert row(outcome, "repetition").status is ProbeStatus.INSUFFICIENT
    assert not outcome.complete


def test_the_declared_tolerance_is_the_one_that_is_judged_by() -> None:
    lengths = {name: [round(each.tokens * 1.5) for each in drawn] for name, drawn in model().heldout.items()}
    longer = model(lengths=lengths)
    assert row(battery(model(), longer, "length"), "length").status is ProbeStatus.ALERT
    tolerant = row(battery(model(), longer, "length", tolerances={"length": 0.9}), "length")
    assert (tolerant.status, tolerant.tolerance) == (ProbeStatus.WITHIN, 0.9)


def test_only_the_declared_probes_are_run_in_the_order_of_the_declaration() -> None:
    outcome = run_battery(
        arm="ssd",
        base=model(),
        tuned=model(),
        tolerances={},
        largest_k=8,
        level=0.95,
        probes=["format", "repetition"],
    )
    assert [each.probe for each in outcome.outcomes] == ["format", "repetition"]


def test_a_declared_probe_that_is_not_installed_is_insufficient_and_not_left_out() -> None:
    outcome = run_battery(
        arm="ssd", base=model(), tuned=model(), tolerances={}, largest_k=8, level=0.95, probes=["length", "of a plugin"]
    )
    assert row(outcome, "of a plugin").status is ProbeStatus.INSUFFICIENT
    assert not outcome.complete


def test_the_first_battery_is_a_part_of_every_later_one_in_the_same_order() -> None:
    assert tuple(name for name in PROBES if name in FIRST_PROBES) == FIRST_PROBES


def test_a_probe_of_some_kinds_of_prompt_reads_no_other() -> None:
    base = model()
    assert base.prompted[("safety", "harmful")]
    without = replace(base, prompted={key: each for key, each in base.prompted.items() if key[1] != "harmful"})
    outcome = battery(without, without, "unsafe compliance", "refusals")
    assert row(outcome, "unsafe compliance").status is ProbeStatus.INSUFFICIENT
    assert isinstance(row(outcome, "refusals").drift, Estimate)


def _drift(value: float, low: float, high: float, unit: str) -> Estimate:
    return Estimate.model_validate(
        {"value": value, "low": low, "high": high, "n": 10, "m": 1, "method": "x", "unit": unit}
    )


@pytest.mark.parametrize(
    ("drift", "tolerance", "rule", "status"),
    [
        (_drift(1.05, 1.0, 1.09, "ratio"), 0.1, Rule.RISE, ProbeStatus.WITHIN),
        (_drift(1.05, 1.0, 1.2, "ratio"), 0.1, Rule.RISE, ProbeStatus.UNRESOLVED),
        (_drift(1.11, 1.0, 1.2, "ratio"), 0.1, Rule.RISE, ProbeStatus.ALERT),
        (_drift(0.5, 0.4, 0.6, "ratio"), 0.1, Rule.RISE, ProbeStatus.WITHIN),
        (_drift(0.5, 0.4, 0.6, "ratio"), 0.1, Rule.CHANGE, ProbeStatus.ALERT),
        (_drift(-0.03, -0.05, -0.01, "difference"), 0.02, Rule.FALL, ProbeStatus.ALERT),
        (_drift(0.3, 0.2, 0.4, "difference"), 0.02, Rule.FALL, ProbeStatus.WITHIN),
        (Insufficient(insufficient="nothing", n=0, m=0), 0.1, Rule.RISE, ProbeStatus.INSUFFICIENT),
    ],
)
def test_a_drift_is_judged_against_its_tolerance(
    drift: Estimate | Insufficient, tolerance: float, rule: Rule, status: ProbeStatus
) -> None:
    assert judge(drift, tolerance, rule) is status


@pytest.mark.parametrize(
    ("value", "low", "high", "unit", "rule", "status"),
    [
        (1.25, 1.0, 1.25, "ratio", Rule.RISE, ProbeStatus.WITHIN),
        (1.25, 1.0, 1.2501, "ratio", Rule.RISE, ProbeStatus.UNRESOLVED),
        (1.2501, 1.0, 1.3, "ratio", Rule.RISE, ProbeStatus.ALERT),
        (0.75, 0.75, 1.0, "ratio", Rule.CHANGE, ProbeStatus.WITHIN),
        (0.75, 0.7499, 1.0, "ratio", Rule.CHANGE, ProbeStatus.UNRESOLVED),
        (0.7499, 0.7, 1.0, "ratio", Rule.CHANGE, ProbeStatus.ALERT),
        (-0.25, -0.25, 0.0, "difference", Rule.FALL, ProbeStatus.WITHIN),
        (-0.2501, -0.3, 0.0, "difference", Rule.FALL, ProbeStatus.ALERT),
        (-0.9, -1.0, 0.25, "difference", Rule.RISE, ProbeStatus.WITHIN),
        (0.9, -0.25, 1.0, "difference", Rule.FALL, ProbeStatus.WITHIN),
    ],
)
def test_a_drift_of_just_the_tolerance_is_inside_it(
    value: float, low: float, high: float, unit: str, rule: Rule, status: ProbeStatus
) -> None:
    assert judge(_drift(value, low, high, unit), 0.25, rule) is status


def test_more_diversity_is_never_an_alert_and_needs_no_note() -> None:
    diversity = row(battery(model(counts([8, 0] * (PROBLEMS // 2))), model(counts(4)), "diversity"), "diversity")
    assert (diversity.status, diversity.note) == (ProbeStatus.WITHIN, "")


@pytest.mark.parametrize("level", [0.8, 0.99])
def test_every_interval_of_the_battery_has_the_level_of_the_study(level: float) -> None:
    outcome = run_battery(arm="ssd", base=model(), tuned=model(), tolerances={}, largest_k=8, level=level)
    for each in outcome.outcomes:
        for measured in (each.base, each.tuned, each.drift):
            assert isinstance(measured, Estimate) and measured.level == level
        assert isinstance(each.drift, Estimate) and each.relative == (each.drift.unit == "ratio")


def test_the_length_probe_reads_tokens_and_notes_the_longest_of_both_sides() -> None:
    base = model(lengths={f"p{n}": [10] * (SAMPLES - 1) + [200] for n in range(PROBLEMS)})
    tuned = model(lengths={f"p{n}": [10] * (SAMPLES - 1) + [300] for n in range(PROBLEMS)})
    length = row(battery(base, tuned, "length"), "length")
    assert isinstance(length.base, Estimate) and isinstance(length.tuned, Estimate)
    assert (length.base.unit, length.tuned.unit) == ("tokens", "tokens")
    assert (length.base.value, length.tuned.value) == (10.0, 10.0)
    assert length.note == "95th percentile over all completions: 200 and 300 tokens"
    nothing = replace(base, heldout={})
    assert row(battery(nothing, nothing, "length"), "length").note == ""


def test_mode_collapse_is_read_at_one_try_and_not_at_two() -> None:
    """One try solves less, two tries more, eight tries less: no collapse, since pass@1 did not rise."""
    base = model(counts([1, 8] * (PROBLEMS // 2)))
    tuned = model(counts([5, 5, 5, 5, 0] * (PROBLEMS // 5)))
    assert row(battery(base, tuned, "diversity"), "diversity").status is ProbeStatus.UNRESOLVED
