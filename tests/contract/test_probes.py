"""Every probe of the table keeps the contract, and the page on the battery explains it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from passgap.probes import PROBES, Probe, ProbeStatus, Settings, probe_tolerances
from passgap.records import Estimate
from passgap.spec import ToleranceUnit
from passgap.testing import ProbeContract
from probed import model, texts_of_a_model

SETTINGS = Settings(tolerance=0.05, level=0.9, largest_k=8)
DOCUMENT = Path(__file__).parents[2] / "docs" / "battery.md"


@pytest.fixture(params=PROBES.names())
def probe(request: pytest.FixtureRequest) -> Probe:
    return PROBES[request.param]


class TestEveryProbe(ProbeContract):
    @pytest.fixture(params=PROBES.names())
    def probe(self, request: pytest.FixtureRequest) -> Probe:
        return PROBES[request.param]


def test_a_study_can_declare_its_tolerance(probe: Probe) -> None:
    assert probe_tolerances()[probe.tolerance.key] == probe.tolerance


def test_the_page_on_the_battery_explains_it(probe: Probe) -> None:
    told = DOCUMENT.read_text(encoding="utf-8")
    assert re.search(rf"^\| [^|]*\b{re.escape(probe.name)}\b", told, re.M)
    units = {ToleranceUnit.SHARE_OF_BASE: "%", ToleranceUnit.DIFFERENCE: "pp"}
    shown = f"{100 * probe.tolerance.default:g} {units.get(probe.tolerance.unit)}"
    if probe.tolerance.unit is ToleranceUnit.NATS:
        shown = f"{probe.tolerance.default:g} nats"
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
