"""The first screen, for a reader who knows neither the field's terms nor the names of probes."""

from __future__ import annotations

import pytest

from passgap.decisions import OutcomeOfArm, VerdictKind
from passgap.probes import PROBES, ProbeStatus
from passgap.report.study_report import StudyReport
from passgap.report.summary import OUTCOMES, WORDS, Summary, summarise


def with_alert(report: StudyReport, probe: str) -> Summary:
    """The summary where this probe alone is out of tolerance."""
    [arm] = report.arms
    outcomes = tuple(
        each.model_copy(update={"status": ProbeStatus.ALERT if each.probe == probe else ProbeStatus.WITHIN})
        for each in arm.battery.outcomes
    )
    battery = arm.battery.model_copy(update={"outcomes": outcomes})
    judgement = arm.judgement.model_copy(update={"outcome": OutcomeOfArm.DRIFTED})
    arm = arm.model_copy(update={"battery": battery, "judgement": judgement})
    return summarise(report.model_copy(update={"arms": (arm,)}))


@pytest.mark.parametrize(
    ("probe", "words"), [("self-bleu", "the likeness of its answers to one problem"), ("comments", "comments")]
)
def test_a_side_effect_is_told_by_what_is_watched(report: StudyReport, probe: str, words: str) -> None:
    found = with_alert(report, probe)
    assert found.step.why.endswith(f"before training: {words}.") and found.numbers[-1].label == f"Side effect: {words}"
    assert probe in found.numbers[-1].meaning.lower() or probe == words


def test_no_probe_goes_by_a_term_of_the_field() -> None:
    jargon = ("bleu", "-gram", "kl(", "entropy")
    for name, probe in PROBES.items():
        told = (getattr(probe, "in_words", "") or name).lower()
        assert not any(each in told for each in jargon), name


def test_every_verdict_and_outcome_has_words() -> None:
    assert set(WORDS) == set(VerdictKind) and set(OUTCOMES) == set(OutcomeOfArm)


def test_the_tense_follows_what_was_done(report: StudyReport) -> None:
    assert "was worth trying" in summarise(report).verdict
    assert "is worth trying" in summarise(report.model_copy(update={"arms": ()})).verdict


def test_a_small_study_is_marked_beside_the_answer(report: StudyReport) -> None:
    assert not summarise(report).label and not summarise(report).caution
    rehearsal = report.model_copy(update={"setup": report.setup.model_copy(update={"rehearsal": True})})
    assert summarise(rehearsal).label == "rehearsal" and summarise(rehearsal).caution
