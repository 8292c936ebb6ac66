"""Time is counted while a stage works, so that a run that was killed is in the account."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from passgap.stages.costs import Meter, Stage, StageCost, metered, metered_seconds
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
def test_each_cost_belongs_to_a_stage(name: str, stage: Stage) -> None:
    assert StageCost(name=name, seconds=1.0).stage is stage


def test_throughput_is_in_tokens_a_device_second() -> None:
    assert StageCost(name="base-heldout-samples", seconds=8.0, tokens=400).tokens_per_second == 50.0
    assert StageCost(name="base-heldout-results", seconds=8.0).tokens_per_second is None
