"""The probes of everyday tasks: a fall beyond the tolerance alerts, and every row says what it can resolve."""

from __future__ import annotations

import pytest

from passgap.probes import (
    PROBES,
    ProbeOutcome,
    ProbeStatus,
    Settings,
    battery_of_study,
    left_out_of_study,
    probe_tolerances,
)
from passgap.records import Estimate
from passgap.spec.tolerances import read_battery
from probed import model, texts_of_a_model

EVERYDAY = ("maths", "shell", "instructions", "facts", "formats")
SETTINGS = Settings(tolerance=0.10, level=0.95, largest_k=8)


def compared(kind: str, forgotten: int, learnt: int = 0) -> ProbeOutcome:
    """The outcome where so many of the 40 right answers became wrong, and so many of the others right."""
    texts = dict(texts_of_a_model()[kind])
    for number in range(forgotten):
        texts[f"{kind}{2 * number + 1}"] = ("wrong",)
    for number in range(learnt):
        texts[f"{kind}{2 * number}"] = ("right",)
    return PROBES[kind].compare(model(), model(**{kind: texts}), SETTINGS)


@pytest.mark.parametrize("kind", EVERYDAY)
def test_forgetting_alerts_and_learning_does_not(kind: str) -> None:
    assert compared(kind, forgotten=9).status is ProbeStatus.ALERT
    assert compared(kind, forgotten=0).status is ProbeStatus.WITHIN
    assert compared(kind, forgotten=0, learnt=20).status is ProbeStatus.WITHIN
    assert compared(kind, forgotten=8, learnt=4).status is ProbeStatus.UNRESOLVED


def test_the_drift_is_paired_and_its_resolution_is_told() -> None:
    few, many = compared("maths", 4, 4), compared("maths", 16, 16)
    for each in (few, many):
        assert isinstance(each.drift, Estimate)
        assert (each.drift.value, each.drift.n) == (0.0, 80)
    assert isinstance(few.drift, Estimate) and isinstance(many.drift, Estimate)
    assert few.drift.high < many.drift.high
    assert few.note == "80 answers show a drift of 10.6 pp with a power of 80 %"


def test_a_tolerance_of_1_leaves_them_out_of_a_study_and_nothing_else() -> None:
    assert set(EVERYDAY) <= set(battery_of_study({}))
    able = ("bandit", "likelihoods")
    assert set(battery_of_study({"out_of_domain": 0.99}, able=able)) == set(PROBES)
    assert left_out_of_study({"out_of_domain": 1.0}) == EVERYDAY
    assert set(PROBES) - set(battery_of_study({"out_of_domain": 1.0, "style": 1.0}, able=able)) == set(EVERYDAY)
    assert read_battery({"out_of_domain": 1}, probe_tolerances()).problems == ()


def test_a_study_declares_what_can_read_its_language_and_has_what_it_needs() -> None:
    assert {"annotations", "comments"} <= set(battery_of_study({}, "python"))
    assert "annotations" not in battery_of_study({}, "rust") and "comments" in battery_of_study({}, "rust")
    assert "divergence" not in battery_of_study({}) and "divergence" in battery_of_study({}, able=("likelihoods",))
    assert "bandit" not in battery_of_study({}, "go", able=("bandit",))
