"""The track record is read off ledgers: predictions beside outcomes, studies once each, late predictions left out."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

import passgap
from command_line import invoke
from passgap.errors import StoreError, StudyError
from passgap.predictors import Direction, PastPrediction, Prediction, score_prediction, standings_of
from passgap.records import Estimate, Insufficient
from passgap.store import Ledger
from passgap.study.context import PREDICTION, PREDICTION_OUTCOME, REGISTRATION

from .test_predicting import open_study

NOW = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
UP, DOWN, FLAT = (0.05, 0.03, 0.07), (-0.05, -0.07, -0.03), (0.0, -0.01, 0.01)


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=200, m=8, method="t", unit="difference")


def said(direction: Direction | None = Direction.UP, size: Estimate | None = None) -> Prediction:
    return Prediction(
        predictor="sharpening", measured=estimate(0.01, 0.0, 0.02), direction=direction, size=size, because="x"
    )


def write(folder: Path, came: tuple[float, float, float] | None, *, late: bool = False, **told: Any) -> Path:
    """A ledger with one prediction of `ssd` and its outcome."""
    ledger = Ledger(folder / "ledger.jsonl")
    steps: list[tuple[str, Any]] = [
        (PREDICTION, {"arm": "ssd", "predictions": [said(**told).model_dump(mode="json")]}),
        (REGISTRATION, {"digest": "0", "spec": {"arm": "ssd"}}),
    ]
    steps = [("declaration", {"name": folder.name}), *(reversed(steps) if late else steps)]
    if came is not None:
        outcome = estimate(*came).model_dump(mode="json")
        steps.append((PREDICTION_OUTCOME, {"arm": "ssd", "outcome": outcome, "smallest": 0.02, "results": []}))
    for kind, payload in steps:
        ledger.append(kind, payload, who="x", time=NOW)
    return folder


def test_right_wrong_and_undecided_are_counted_over_studies(tmp_path: Path) -> None:
    outcomes = [UP, UP, UP, DOWN, FLAT, (0.01, -0.03, 0.05), None]
    studies = [write(tmp_path / str(number), came) for number, came in enumerate(outcomes)]
    found = passgap.track_record(*studies)
    [one] = found.standings
    assert (one.studies, one.told, one.decided, one.right, one.commonest) == (6, 6, 5, 3, 3)
    assert isinstance(one.share, Estimate)
    assert one.share.low < one.share.value == 0.6 < one.share.high
    assert isinstance(one.coverage, Insufficient) and one.sized == 0
    assert found.studies[-1].open == ("ssd",)


def test_copies_count_once_and_late_predictions_not_at_all(tmp_path: Path) -> None:
    first = write(tmp_path / "first", None)
    shutil.copytree(first, tmp_path / "copy")
    ledger = Ledger(tmp_path / "copy" / "ledger.jsonl")
    outcome = estimate(*UP).model_dump(mode="json")
    ledger.append(
        PREDICTION_OUTCOME, {"arm": "ssd", "outcome": outcome, "smallest": 0.02, "results": []}, who="x", time=NOW
    )
    late = write(tmp_path / "late", UP, late=True)
    found = passgap.track_record(first, tmp_path / "copy", late)
    assert found.repeated == (str(first),)
    assert [(each.arms, each.late) for each in found.studies] == [(("ssd",), ()), ((), ("ssd",))]
    assert [each.told for each in found.standings] == [1]


def test_sizes_are_held_against_outcomes(tmp_path: Path) -> None:
    studies = [
        write(tmp_path / str(number), came, size=estimate(0.05, 0.04, 0.06)) for number, came in enumerate([UP, DOWN])
    ]
    [one] = passgap.track_record(*studies).standings
    assert (one.sized, one.covered) == (2, 1)
    assert isinstance(one.error, Estimate) and abs(one.error.value - (0.0 - 0.10) / 2) < 1e-12


def test_arms_of_one_study_are_one_unit_of_its_interval() -> None:
    outcome = estimate(*UP)
    alone = [PastPrediction(study=str(n), arm="ssd", scored=score_prediction(said(), outcome, 0.02)) for n in range(6)]
    shared = [each.model_copy(update={"study": str(number // 3)}) for number, each in enumerate(alone)]
    [wide], [narrow] = standings_of(shared), standings_of(alone)
    assert wide.right == narrow.right == 6
    assert isinstance(wide.share, Estimate) and isinstance(narrow.share, Estimate)
    assert wide.share.low < narrow.share.low


def test_all_that_is_wrong_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StudyError) as refused:
        passgap.track_record(tmp_path / "empty", tmp_path / "none")
    assert len(refused.value.problems) == 2
    altered = write(tmp_path / "altered", UP) / "ledger.jsonl"
    altered.write_text(altered.read_text().replace('"up"', '"down"'))
    with pytest.raises(StoreError, match="altered"):
        passgap.track_record(tmp_path / "altered")
    with pytest.raises(StudyError, match="level"):
        passgap.track_record(write(tmp_path / "good", UP), level=1.5)


def test_the_command_prints_tables_or_one_document(tmp_path: Path) -> None:
    studies = [str(write(tmp_path / str(number), UP, size=estimate(0.05, 0.04, 0.06))) for number in range(2)]
    shown = invoke("track-record", *studies)
    assert shown.code == 0 and "2 of 2 studies" in shown.stdout and "sizes that were foretold" in shown.stdout
    told = json.loads(invoke("track-record", *studies, "--json").stdout)
    assert told["standings"][0]["right"] == 2 and len(told["studies"]) == 2
    assert invoke("track-record", str(tmp_path / "nowhere")).code == 2


def test_a_declared_record_gives_the_weights_of_the_verdict_and_stays_on_record(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path / f"past{number}", UP if number else DOWN)
    study = open_study(tmp_path, track_record=tuple(f"past{number}" for number in range(30)))
    told = study.verdict().verdict.foretold
    assert told is not None and told.has_record
    [heard] = [each for each in told.voices if each.predictor == "sharpening"]
    assert (heard.studies, heard.right) == (30, pytest.approx(29.0))
    assert heard.weight == max(each.weight for each in told.voices)
    [entry] = study.folder.ledger.of_kind(PREDICTION)
    assert isinstance(entry.payload, dict) and len(entry.payload["ledgers"]) == 30  # type: ignore[arg-type]

    # A record that grew since changes nothing of a verdict that was given.
    Ledger(tmp_path / "past0" / "ledger.jsonl").append("x", {}, who="x", time=NOW)
    assert study.verdict().verdict.foretold == told
    assert len(study.folder.ledger.of_kind("verdict")) == 1
