"""Time is counted while a stage works, so that a run that was killed is in the account."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.records import Stage, StageManifest
from passgap.stages.costs import Meter, StageCost, cost_of, metered, metered_seconds
from passgap.store import Artifact, StudyFolder


class Watch:
    """A clock that stands where it is set."""

    def __init__(self) -> None:
        self.time = 100.0

    def now(self) -> dt.datetime:
        return dt.datetime(2026, 4, 1, tzinfo=dt.UTC)

    def monotonic(self) -> float:
        return self.time


@pytest.fixture
def artifact(tmp_path: Path) -> Artifact:
    return StudyFolder(tmp_path).artifact("base-heldout-samples", {"seed": 1})


def test_a_killed_run_counts_up_to_its_last_note(artifact: Artifact) -> None:
    watch = Watch()
    killed = Meter(artifact, watch, devices=1)
    for _ in range(23):
        watch.time += 1.0
        killed.tick()  # and then nothing: the process is gone
    assert metered_seconds(artifact) == 20.0
    with metered(artifact, watch):
        watch.time += 3.5
    assert metered_seconds(artifact) == 23.5


def test_a_run_that_fails_counts_whole_and_every_device_of_it(artifact: Artifact) -> None:
    watch = Watch()
    with pytest.raises(ValueError, match="broken"), metered(artifact, watch, devices=4):
        watch.time += 2.5
        raise ValueError("broken")
    assert metered_seconds(artifact) == 10.0


def test_nothing_was_spent_before_anything_ran(artifact: Artifact) -> None:
    assert metered_seconds(artifact) == 0.0


def finished(folder: Path, name: str, manifest: StageManifest) -> Artifact:
    made = StudyFolder(folder).artifact(name, {"of": name})
    made.begin()
    made.finish(manifest)
    return made


def test_the_stage_of_a_cost_is_the_one_that_its_manifest_names(tmp_path: Path) -> None:
    made = finished(tmp_path, "ssd-verifier", StageManifest(stage=Stage.SCORING, seconds=7200.0, samples=4))
    cost = cost_of(made)
    assert (cost.name, cost.stage, cost.hours, cost.samples) == ("ssd-verifier", Stage.SCORING, 2.0, 4)
    [entry] = StudyFolder(tmp_path).index()
    assert cost_of(entry) == cost


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("base-heldout-samples", Stage.SAMPLING),
        ("base-pool-samples", Stage.SAMPLING),
        ("ssd-heldout-results", Stage.SCORING),
        ("ssd-model", Stage.TRAINING),
        ("ssd-probes-samples", Stage.PROBES),
        ("base-signal", Stage.SIGNAL),
    ],
)
def test_a_manifest_of_an_earlier_version_is_of_the_stage_that_its_name_ends_in(
    name: str, stage: Stage, tmp_path: Path
) -> None:
    assert cost_of(finished(tmp_path, name, StageManifest(seconds=1.0))).stage is stage


def test_a_manifest_that_names_no_stage_and_has_no_earlier_name_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="ssd-verifier does not say which stage") as caught:
        cost_of(finished(tmp_path, "ssd-verifier", StageManifest(seconds=1.0)))
    assert "`stage` is missing; it is one of sampling, scoring" in caught.value.problems[0]


def test_what_is_not_complete_has_no_cost(artifact: Artifact, tmp_path: Path) -> None:
    artifact.begin()
    [entry] = StudyFolder(tmp_path).index()
    with pytest.raises(StoreError, match="not complete"):
        cost_of(entry)


def test_throughput_is_in_tokens_per_device_second() -> None:
    sampling = StageCost(name="base-heldout-samples", stage=Stage.SAMPLING, seconds=8.0, tokens=400)
    assert sampling.tokens_per_second == 50.0
    scoring = StageCost(name="base-heldout-results", stage=Stage.SCORING, seconds=8.0)
    assert scoring.tokens_per_second is None
