"""The battery of a study holds the probes that its declaration names, whatever was added or taken away since."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.probes import FIRST_PROBES, PROBES, ProbeStatus, Prompts, Rule, ScoreProbe, share_of
from passgap.report import StudyReport
from passgap.spec import Tolerance, ToleranceUnit
from passgap.store import StudyFolder

from .conftest import OpenStudy

LATER = ScoreProbe(
    name="later",
    quantity="share of answers that say more",
    rule=Rule.RISE,
    tolerance=Tolerance(key="later", default=0.1, unit=ToleranceUnit.DIFFERENCE, description="Largest rise of it."),
    prompts=Prompts("style"),
    score=share_of(lambda answer: "more" in answer.text),
)


def declare(folder: Path, probes: list[str] | None) -> None:
    """Rewrite the study's ledger as if it had been declared with these probes, or by a version that named none."""
    ledger = StudyFolder(folder).ledger
    entries = ledger.entries()
    ledger.path.unlink()
    for entry in entries:
        payload = entry.payload
        if entry.kind == "declaration":
            assert isinstance(payload, dict)
            payload = {name: each for name, each in payload.items() if name != "probes"}
            if probes is not None:
                payload["probes"] = list(probes)
        ledger.append(entry.kind, payload, who=entry.who, time=entry.time)


def told(report: StudyReport) -> list[str]:
    assert report.decode_only is not None
    return [each.probe for each in report.decode_only.battery.outcomes]


@pytest.fixture
def with_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version of passgap, with one more probe."""
    monkeypatch.setattr(PROBES, "_found", {**{name: PROBES[name] for name in PROBES}, "later": LATER})


def test_a_new_study_declares_and_shows_every_probe_that_there_is(
    open_scripted: OpenStudy, folder: Path, with_later: None
) -> None:
    report = open_scripted().run(["decode-only"])
    [declared] = StudyFolder(folder).ledger.of_kind("declaration")
    assert isinstance(declared.payload, dict)
    assert declared.payload["probes"] == list(PROBES) == told(report)
    assert "later" in told(report)


def test_a_study_that_was_declared_before_a_probe_existed_is_reported_as_before(
    open_scripted: OpenStudy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = open_scripted().run(["decode-only"])
    monkeypatch.setattr(PROBES, "_found", {**{name: PROBES[name] for name in PROBES}, "later": LATER})
    after = open_scripted().report()
    assert told(after) == told(before) == [name for name in PROBES if name != "later"]
    assert after.decode_only == before.decode_only


def test_a_study_whose_declaration_names_no_probes_has_the_first_ones(
    open_scripted: OpenStudy, folder: Path, with_later: None
) -> None:
    open_scripted().run(["decode-only"])
    declare(folder, None)
    assert told(open_scripted().report()) == list(FIRST_PROBES)


def test_a_declared_probe_that_is_not_installed_is_shown_as_insufficient(
    open_scripted: OpenStudy, folder: Path
) -> None:
    open_scripted().run(["decode-only"])
    declare(folder, [*PROBES, "of a plugin"])
    report = open_scripted().report()
    assert report.decode_only is not None
    last = report.decode_only.battery.outcomes[-1]
    assert (last.probe, last.status) == ("of a plugin", ProbeStatus.INSUFFICIENT)


def test_a_later_tolerance_is_declared_by_its_name(open_scripted: OpenStudy, with_later: None) -> None:
    report = open_scripted("battery: {later: 0.5}\ndecode_only: {temperatures: [0, 0.4], samples: 2}\n").run(
        ["decode-only"]
    )
    assert report.decode_only is not None
    [later] = [each for each in report.decode_only.battery.outcomes if each.probe == "later"]
    assert later.tolerance == 0.5
