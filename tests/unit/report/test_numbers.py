"""A figure that stands alone has its interval, and a delta its slices and its battery, or it cannot be made."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.estimates import PASS_AT_1
from passgap.probes import BatteryOutcome
from passgap.records import Insufficient
from passgap.report import StudyReport
from passgap.report.numbers import BareFigureError, Delta, Number


@pytest.mark.parametrize("bare", [0.031, 3, "3.0 pp", None, (0.031, 0.011, 0.048)])
def test_a_bare_number_is_refused(bare: Any) -> None:
    with pytest.raises(BareFigureError, match="bare number"):
        Number("lift", bare)


def test_what_could_not_be_measured_is_shown_with_its_reason() -> None:
    assert Number("lift", Insufficient(insufficient="one sample", n=1, m=1)).measured.n == 1


def test_a_delta_without_battery_or_slices_or_of_another_comparison_is_refused(report: StudyReport) -> None:
    arm = report.arms[0]
    lift = arm.comparison.paired(PASS_AT_1).delta
    Delta("lift", lift, comparison=arm.comparison, battery=arm.battery)
    with pytest.raises(BareFigureError, match="battery"):
        Delta("lift", lift, comparison=arm.comparison)
    with pytest.raises(BareFigureError, match="battery"):
        Delta("lift", lift, comparison=arm.comparison, battery=BatteryOutcome(arm="ssd", outcomes=()))
    with pytest.raises(BareFigureError, match="comparison"):
        Delta("lift", lift, battery=arm.battery)
    without = arm.comparison.model_copy(update={"delta": arm.comparison.delta.model_copy(update={"slices": {}})})
    with pytest.raises(BareFigureError, match="slices"):
        Delta("lift", lift, comparison=without, battery=arm.battery)
    with pytest.raises(BareFigureError, match="none of the comparison"):
        Delta("lift", report.base.table.overall["pass@1"], comparison=arm.comparison, battery=arm.battery)
