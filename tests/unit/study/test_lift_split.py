"""A lift is split by whatever controls were measured, and its parts add up to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from passgap.arms import Candidate
from passgap.estimates import Counts
from passgap.ports import FolderModel
from passgap.records import Decoding, Estimate
from passgap.report.lift_split import LiftSplit
from passgap.spec import StudySpec
from passgap.study.candidates import MeasuredCandidate
from passgap.study.checking import parse_study
from passgap.study.lift_split import split_lift
from passgap.testing.scripted_study import study_text

ARMS = {"ssd-verified": {}, "ssd-placebo": {}, "ssd-placebo-ended": {}, "rejection-sampling": {}}
PROBLEMS, SAMPLES = 200, 8


@pytest.fixture(scope="module")
def spec() -> StudySpec:
    return parse_study(study_text(ARMS)).spec


def measured(arm: str, rate: float) -> MeasuredCandidate:
    chance = np.random.default_rng(5)
    lines = chance.beta(1.0, 2.0, PROBLEMS)
    counts = Counts(
        ids=tuple(f"p/{number:03}" for number in range(PROBLEMS)),
        difficulties=("all",) * PROBLEMS,
        samples=np.full(PROBLEMS, SAMPLES),
        correct=chance.binomial(SAMPLES, np.clip(lines + rate, 0.0, 1.0)),
        unscored=np.zeros(PROBLEMS, dtype=np.int64),
    )
    candidate = Candidate(
        arm=arm,
        model=FolderModel(folder=Path(arm)),
        decoding=Decoding(temperature=1.0, max_new_tokens=8),
        counts=counts,
    )
    return MeasuredCandidate(candidate, evaluation=None, answers=None)  # type: ignore[arg-type]


BASE = measured("base", 0.0)
VERIFIED = measured("ssd-verified", 0.20)
PLAIN, ENDED = measured("ssd-placebo", 0.02), measured("ssd-placebo-ended", 0.10)


def parts(split: LiftSplit | None) -> list[tuple[str, str, str]]:
    assert split is not None
    return [(" and ".join(each.causes), each.minus, each.arm) for each in split.parts]


def test_two_controls_tell_three_causes_apart_whatever_their_order(spec: StudySpec) -> None:
    split = split_lift(spec, BASE, VERIFIED, [ENDED, measured("rejection-sampling", 0.1), PLAIN])
    assert parts(split) == [
        ("dose", "base", "ssd-placebo"),
        ("stopping", "ssd-placebo", "ssd-placebo-ended"),
        ("verification", "ssd-placebo-ended", "ssd-verified"),
    ]
    assert split is not None and isinstance(split.whole, Estimate)
    values = [each.delta.value for each in split.parts if isinstance(each.delta, Estimate)]
    assert sum(values) == pytest.approx(split.whole.value)
    assert all(
        each.adjusted_p_value is not None and each.p_value is not None and each.adjusted_p_value >= each.p_value
        for each in split.parts
    )
    assert "Apart from 0 lies" in split.summary and "verification" in split.summary


def test_one_control_leaves_two_causes_together(spec: StudySpec) -> None:
    assert parts(split_lift(spec, BASE, VERIFIED, [PLAIN])) == [
        ("dose", "base", "ssd-placebo"),
        ("stopping and verification", "ssd-placebo", "ssd-verified"),
    ]
    assert parts(split_lift(spec, BASE, VERIFIED, [ENDED])) == [
        ("dose and stopping", "base", "ssd-placebo-ended"),
        ("verification", "ssd-placebo-ended", "ssd-verified"),
    ]


def test_nothing_is_split_without_a_control_for_this_very_arm(spec: StudySpec) -> None:
    assert split_lift(spec, BASE, VERIFIED, [measured("rejection-sampling", 0.1)]) is None
    assert split_lift(spec, BASE, measured("rejection-sampling", 0.1), [PLAIN, ENDED, VERIFIED]) is None


def test_no_part_is_claimed_where_none_is_apart_from_zero(spec: StudySpec) -> None:
    split = split_lift(spec, BASE, measured("ssd-verified", 0.0), [measured("ssd-placebo", 0.0)])
    assert split is not None and split.summary.endswith("No part lies apart from 0.")
