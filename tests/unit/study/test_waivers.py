"""A waiver is recorded once, and counts for what is registered after it."""

from __future__ import annotations

from pathlib import Path

from passgap.store import StudyFolder

from .conftest import SWEEP, OpenStudy

WAIVER = "waivers: {comments: the house style asks for fewer}\n"


def late(report: object) -> list[bool]:
    control = report.decode_only  # type: ignore[attr-defined]
    return [each.late for each in control.battery.waivers]


def test_a_waiver_from_the_beginning_is_in_time_and_recorded_once(open_scripted: OpenStudy, folder: Path) -> None:
    report = open_scripted(WAIVER + SWEEP).run(["decode-only"])
    assert late(report) == [False] == late(open_scripted(WAIVER + SWEEP).run(["decode-only"]))
    [entry] = StudyFolder(folder).ledger.of_kind("waiver")
    assert entry.payload == {"probe": "comments", "reason": "the house style asks for fewer"}


def test_a_waiver_that_is_added_to_a_finished_study_is_late(open_scripted: OpenStudy, folder: Path) -> None:
    before = open_scripted(SWEEP).run(["decode-only"])
    assert late(before) == [] and not StudyFolder(folder).ledger.of_kind("waiver")
    assert late(open_scripted(WAIVER + SWEEP).report()) == [True], "reading records nothing"
    assert not StudyFolder(folder).ledger.of_kind("waiver")
    assert late(open_scripted(WAIVER + SWEEP).run(["decode-only"])) == [True]
    assert len(StudyFolder(folder).ledger.of_kind("waiver")) == 1
