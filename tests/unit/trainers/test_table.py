"""Trainers are found by the kind of job, and opened without the others' libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from passgap.errors import EngineError
from passgap.ports import FineTuneJob, TrainJob
from passgap.trainers import TRAINERS, open_trainer


def kinds_of(job: type[FineTuneJob]) -> set[str]:
    """The kinds of all records that are jobs."""
    return {str(each.model_fields["kind"].default) for each in job.__subclasses__()}


def test_every_kind_of_job_has_a_trainer_and_every_trainer_a_kind_of_job() -> None:
    assert set(TRAINERS) == kinds_of(FineTuneJob)
    assert all(TRAINERS[kind].job.model_fields["kind"].default == kind for kind in TRAINERS)
    assert issubclass(TrainJob, FineTuneJob)


def test_a_kind_without_a_trainer_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EngineError, match="no trainer named `alchemy`") as caught:
        open_trainer("alchemy")
    assert "supervised" in caught.value.problems[0]


def test_the_table_imports_no_model_library() -> None:
    code = "import sys; from passgap.trainers import TRAINERS; list(TRAINERS); print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
