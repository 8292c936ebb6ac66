"""Trainers for pairs with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.ports.preference_job import (
    LogProbs,
    PairMeasurement,
    PreferenceJob,
    PreferenceResult,
    ReferenceJob,
    ReferenceResult,
)
from passgap.recipes import updates_of
from passgap.testing import PreferenceTrainerContract

FITS = 100
"""Characters up to which an answer is not too long."""


def fits(pair: Any) -> bool:
    return max(len(pair.chosen.completion), len(pair.rejected.completion)) < FITS


def checked(job: Any) -> list[Any]:
    """The pairs that fit."""
    if not (job.base / "config.json").is_file():
        raise EngineError("the base cannot be loaded")
    kept = [pair for pair in job.pairs if fits(pair)]
    if not kept:
        raise EngineError("there is nothing to train on")
    return kept


def counts(job: Any, kept: list[Any]) -> dict[str, Any]:
    tokens = sum(len(each.chosen.completion) + len(each.rejected.completion) for each in kept)
    return {
        "checkpoint": job.output,
        "examples": len(kept),
        "tokens": tokens,
        "prompt_tokens": 0,
        "dropped_too_long": len(job.pairs) - len(kept),
        "seconds": 1.0,
        "versions": {"copying": "1"},
    }


class _Reference:
    def train(self, job: ReferenceJob, *, progress: Any = None) -> ReferenceResult:
        kept = checked(job)
        value = LogProbs(chosen=-1.0, rejected=-1.0)
        found = tuple(value if fits(pair) else None for pair in job.pairs)
        return ReferenceResult(**counts(job, kept), steps=len(kept), losses=(), log_probs=found)


class _Copying:
    """Copies the base model as its "checkpoint", and counts as a trainer should."""

    margin = 1.0

    def train(self, job: PreferenceJob, *, progress: Any = None) -> PreferenceResult:
        kept = checked(job)
        if len(job.reference) != len(job.pairs):
            raise EngineError("the reference is of other pairs")
        shutil.copytree(job.base, job.output)
        steps = self.updates(len(kept), job)
        if progress:
            progress(steps)
        return PreferenceResult(
            **counts(job, kept),
            steps=steps,
            losses=((1, 2.0), (steps, 1.0)),
            chosen_tokens=1,
            rejected_tokens=1,
            measured_pairs=len(kept),
            before=PairMeasurement(chosen=-1.0, rejected=-1.0, margin=0.0, accuracy=0.0),
            after=PairMeasurement(chosen=-1.0, rejected=-2.0, margin=self.margin, accuracy=1.0),
        )

    def updates(self, pairs: int, job: PreferenceJob) -> int:
        return updates_of(pairs, job.config)


class _Broken(PreferenceTrainerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("base")
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            (folder / name).write_text(name)
        return folder

    def make(self) -> Any:
        return _Copying()

    def make_reference(self) -> Any:
        return _Reference()


class TestCopying(_Broken):
    """Without a fault, the contract holds: what fails below fails for its fault."""


class _LearnsTheContrary(_Copying):
    margin = -1.0


class BrokenLearnsTheContrary(_Broken):
    fails = "test_margins_rise_and_a_model_is_written_and_the_base_is_left_alone"

    def make(self) -> Any:
        return _LearnsTheContrary()


class BrokenIsNoTrainer(_Broken):
    fails = "test_they_are_trainers"

    def make(self) -> Any:
        return object()


class _RoundsEpochs(_Copying):
    def updates(self, pairs: int, job: PreferenceJob) -> int:
        return round(job.config.epochs) * -(-pairs // job.config.batch_size)


class BrokenRoundsEpochs(_Broken):
    fails = "test_it_takes_as_many_updates_as_are_predicted"

    def make(self) -> Any:
        return _RoundsEpochs()


class _DependsOnTheTime(_Copying):
    count = 0

    def train(self, job: PreferenceJob, *, progress: Any = None) -> PreferenceResult:
        result = super().train(job, progress=progress)
        self.count += 1
        (job.output / "model.safetensors").write_text(str(self.count))
        return result


class BrokenDependsOnTheTime(_Broken):
    fails = "test_the_same_job_gives_the_same_bytes"

    def make(self) -> Any:
        return _DependsOnTheTime()


class _Cuts(_Reference):
    """Gives a value for a pair that is too long."""

    def train(self, job: ReferenceJob, *, progress: Any = None) -> ReferenceResult:
        result = super().train(job, progress=progress)
        value = LogProbs(chosen=-1.0, rejected=-1.0)
        return result.model_copy(update={"log_probs": (value,) * len(job.pairs)})


class BrokenCutsLongPairs(_Broken):
    fails = "test_too_long_pairs_are_left_out_and_counted_and_never_cut"

    def make_reference(self) -> Any:
        return _Cuts()


class _WritesFirst(_Copying):
    def train(self, job: PreferenceJob, *, progress: Any = None) -> PreferenceResult:
        job.output.mkdir(exist_ok=True)
        checked(job)
        job.output.rmdir()
        return super().train(job, progress=progress)


class BrokenWritesBeforeItRefuses(_Broken):
    fails = "test_what_cannot_be_trained_on_is_refused_and_nothing_is_written"

    def make(self) -> Any:
        return _WritesFirst()
