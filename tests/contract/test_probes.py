"""Every probe of the table keeps the contract of :class:`passgap.probes.Probe`."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.probes import PROBES, ModelSamples, Probe, ProbeOutcome, ProbeStatus, Rule, Settings, probe_tolerances
from passgap.records import Estimate, Insufficient
from passgap.spec import ToleranceUnit
from passgap.tasks.probe_sets import load_probe_set
from probed import answers_of, counts, model, texts_of_a_model

SETTINGS = Settings(tolerance=0.05, level=0.9, largest_k=8)
DOCUMENT = Path(__file__).parents[2] / "docs" / "battery.md"


@pytest.fixture(params=PROBES.names())
def probe(request: pytest.FixtureRequest) -> Probe:
    return PROBES[request.param]


def silent() -> ModelSamples:
    """A model that was asked nothing."""
    return ModelSamples(heldout={}, counts=counts().select([]))


def compared(probe: Probe, settings: Settings = SETTINGS) -> ProbeOutcome:
    return probe.compare(model(), model(), settings)


def test_it_says_what_it_compares_and_which_drift_counts(probe: Probe) -> None:
    assert probe.name == probe.name.strip() and probe.quantity and probe.tolerance.description.endswith(".")
    assert isinstance(probe.rule, Rule)
    outcome = compared(probe)
    assert (outcome.probe, outcome.rule, outcome.tolerance) == (probe.name, probe.rule, SETTINGS.tolerance)


def test_a_model_against_itself_has_not_drifted(probe: Probe) -> None:
    outcome = compared(probe)
    assert isinstance(outcome.drift, Estimate)
    assert outcome.drift.value == (1.0 if outcome.is_relative else 0.0)
    assert outcome.base == outcome.tuned
    assert outcome.status in (ProbeStatus.WITHIN, ProbeStatus.UNRESOLVED)


def test_its_drift_has_the_unit_of_its_tolerance_and_the_declared_level(probe: Probe) -> None:
    outcome = compared(probe)
    assert isinstance(outcome.drift, Estimate)
    relative = probe.tolerance.unit is ToleranceUnit.SHARE_OF_BASE
    assert outcome.is_relative == relative == (outcome.drift.unit == "ratio")
    assert relative or outcome.drift.unit == "difference"
    for each in (outcome.base, outcome.tuned, outcome.drift):
        assert isinstance(each, Estimate) and each.level == SETTINGS.level


def test_it_is_judged_by_the_tolerance_that_it_is_given(probe: Probe) -> None:
    assert compared(probe, Settings(tolerance=0.0, level=0.9, largest_k=8)).tolerance == 0.0
    assert compared(probe, Settings(tolerance=1.0, level=0.9, largest_k=8)).tolerance == 1.0


def test_without_samples_it_is_insufficient_with_a_reason(probe: Probe) -> None:
    outcome = probe.compare(silent(), silent(), SETTINGS)
    assert outcome.status is ProbeStatus.INSUFFICIENT
    assert isinstance(outcome.drift, Insufficient) and outcome.drift.insufficient


def test_megabytes_of_anything_are_compared(probe: Probe) -> None:
    """A degenerate model may say one letter until its limit, or nothing."""
    texts = {name: ["x" * 200_000, "", "\x00\ud800", "```python\n" * 2000] for name in ("p0", "p1")}
    prompted = {(each, kind): answers_of(texts, truncated=True) for each, kind in _asked(probe)}
    odd = ModelSamples(heldout=answers_of(texts), counts=counts(), prompted=prompted)
    outcome = probe.compare(odd, odd, SETTINGS)
    assert outcome.status in ProbeStatus
    if isinstance(outcome.drift, Estimate):
        assert math.isfinite(outcome.drift.value)


def test_models_that_were_asked_other_prompts_are_not_compared(probe: Probe) -> None:
    with pytest.raises((ValueError, StudyError), match=r"different prompts|same problems"):
        probe.compare(model(), silent(), SETTINGS)


def test_its_prompts_ship_with_the_package(probe: Probe) -> None:
    for prompt_set, kind in _asked(probe):
        assert load_probe_set(prompt_set).of_kind(kind)


def _asked(probe: Probe) -> list[tuple[str, str]]:
    if probe.prompts is None:
        return []
    shipped = load_probe_set(probe.prompts.prompt_set)
    kinds = probe.prompts.kinds or tuple(dict.fromkeys(each.kind for each in shipped.prompts))
    return [(shipped.name, kind) for kind in kinds]


def test_its_default_tolerance_is_between_nothing_and_all(probe: Probe) -> None:
    assert 0.0 < probe.tolerance.default < 1.0
    assert probe_tolerances()[probe.tolerance.key] == probe.tolerance


def test_the_page_on_the_battery_explains_it(probe: Probe) -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    assert re.search(rf"^\| [^|]*\b{re.escape(probe.name)}\b", told, re.M)
    shown = f"{100 * probe.tolerance.default:g} {'%' if probe.tolerance.unit is ToleranceUnit.SHARE_OF_BASE else 'pp'}"
    assert any(probe.name in line and f"| {shown} |" in line for line in told.splitlines())


def test_the_example_on_that_page_is_a_probe_that_counts_what_it_says() -> None:
    [example] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.S)
    names: dict[str, Any] = {}
    exec(example, names)
    probe: Probe = names["PROBE"]
    marked = model(style={name: ["x = 1  # TODO"] * 4 for name in texts_of_a_model()["style"]})
    outcome = probe.compare(model(), marked, SETTINGS)
    assert isinstance(outcome.drift, Estimate)
    assert (outcome.drift.value, outcome.status) == (1.0, ProbeStatus.ALERT)
