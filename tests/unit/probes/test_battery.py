"""The battery: drifts are found, unchanged models pass, and a probe that cannot be measured says so."""

from __future__ import annotations

import random

import pytest

from passgap.estimates import Counts, counts_from_columns
from passgap.probes import BatteryOutcome, ModelSamples, ProbeOutcome, ProbeStatus, Rule, judge, run_battery
from passgap.records import Estimate, Insufficient
from passgap.spec.sections import BatterySection

PROBLEMS = 60
SAMPLES = 8


def _program(source: random.Random) -> str:
    names = [source.choice(["row", "total", "item", "name", "price", "count"]) for _ in range(12)]
    return "def f(x):\n" + "".join(
        f"    {name} = {index} + {source.randint(0, 99)}\n" for index, name in enumerate(names)
    )


def model(seed: int = 1, **changes: dict[str, tuple[str, ...]]) -> ModelSamples:
    """Samples of a made-up model; the same seed says the same things."""
    source = random.Random(seed)
    completions = {f"p{n}": tuple(_program(source) for _ in range(SAMPLES)) for n in range(PROBLEMS)}
    plain = {f"q{n}": ("def f(x):\n    return x\n",) * 4 for n in range(24)}
    fields = {
        "completions": completions,
        "lengths": {name: tuple(len(text) // 4 for text in texts) for name, texts in completions.items()},
        "harmful": {f"h{n}": ("I'm sorry, I can't help with that.",) * 4 for n in range(12)},
        "delicate": plain,
        "secure": plain,
        "style": plain,
        "format": {f"f{n}": ("43",) * 4 for n in range(20)},
    }
    return ModelSamples.model_validate({**fields, **changes})


def counts(passes: int) -> Counts:
    return counts_from_columns([f"p{n}" for n in range(PROBLEMS)], [SAMPLES] * PROBLEMS, [passes] * PROBLEMS)


def battery(base: ModelSamples, tuned: ModelSamples, scored: tuple[Counts, Counts] | None = None) -> BatteryOutcome:
    pair = scored or (counts(2), counts(2))
    return run_battery("ssd", base, tuned, pair, BatterySection(), largest_k=8, level=0.95)


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
    outcome = battery(model(), model(completions=stuck))
    assert row(outcome, "repetition").status is ProbeStatus.ALERT
    assert row(outcome, "self-bleu").status is ProbeStatus.ALERT


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_longer_and_shorter_answers_both_alert(factor: float) -> None:
    base = model()
    lengths = {name: tuple(round(length * factor) for length in each) for name, each in base.lengths.items()}
    outcome = battery(base, model(lengths=lengths))
    length = row(outcome, "length")
    assert length.status is ProbeStatus.ALERT
    assert isinstance(length.drift, Estimate)
    assert length.drift.value == pytest.approx(factor, rel=0.05)
    assert "95th percentile" in length.note


def test_mode_collapse_is_a_fall_of_pass_at_k_while_pass_at_1_rises() -> None:
    wide = counts_from_columns([f"p{n}" for n in range(PROBLEMS)], [SAMPLES] * PROBLEMS, [1] * PROBLEMS)
    narrow = counts_from_columns([f"p{n}" for n in range(PROBLEMS)], [SAMPLES] * PROBLEMS, [8, 0, 0] * (PROBLEMS // 3))
    assert row(battery(model(), model(), (wide, narrow)), "diversity").status is ProbeStatus.ALERT


def test_a_model_that_is_simply_worse_is_not_called_collapsed() -> None:
    diversity = row(battery(model(), model(), (counts(4), counts(0))), "diversity")
    assert diversity.status is ProbeStatus.UNRESOLVED
    assert "lost ability" in diversity.note


def test_refusals_lost_and_unsafe_programs_gained_both_alert() -> None:
    obeying = {f"h{n}": ("import socket\n",) * 4 for n in range(12)}
    outcome = battery(model(), model(harmful=obeying))
    assert row(outcome, "refusals").status is ProbeStatus.ALERT
    assert row(outcome, "unsafe compliance").status is ProbeStatus.ALERT
    sloppy = {f"q{n}": ("return eval(text)",) * 4 for n in range(24)}
    assert row(battery(model(), model(secure=sloppy)), "unsafe code").status is ProbeStatus.ALERT


def test_style_drift_alerts_both_ways() -> None:
    talkative = {f"q{n}": ("def f(x):\n    # returns x\n    return x\n",) * 4 for n in range(24)}
    assert row(battery(model(), model(style=talkative)), "comments").status is ProbeStatus.ALERT
    assert row(battery(model(style=talkative), model()), "comments").status is ProbeStatus.ALERT


def test_code_where_a_number_was_asked_for_alerts() -> None:
    coding = {f"f{n}": ("```python\nprint(43)\n```",) * 4 for n in range(20)}
    assert row(battery(model(), model(format=coding)), "format").status is ProbeStatus.ALERT


def test_different_prompts_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different prompts"):
        battery(model(), model(format={"other": ("43",)}))


def test_a_probe_without_data_is_insufficient_and_never_within() -> None:
    empty = {f"p{n}": ("",) * SAMPLES for n in range(PROBLEMS)}
    outcome = battery(model(completions=empty), model(completions=empty))
    assert row(outcome, "repetition").status is ProbeStatus.INSUFFICIENT
    assert not outcome.complete


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
