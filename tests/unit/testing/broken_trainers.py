"""Trainers with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.ports import SupervisedJob, SupervisedResult
from passgap.recipes import mixed_among, updates_of
from passgap.records import TrainExample
from passgap.testing import TrainerContract

FITS = 100
"""Characters up to which an example is not too long."""


class _Copying:
    """Copies the base model as its "checkpoint", and counts as a trainer should."""

    def train(self, job: SupervisedJob, *, progress: Any = None, means: Any = None) -> Any:
        kept = self.kept(job.examples)
        self.check(job.base)
        if not kept:
            raise EngineError("there is nothing to train on")
        mixed = self.mixed(job, len(kept))
        shutil.copytree(job.base, job.output)
        tokens = sum(len(each.completion) for each in kept)
        steps = self.updates(len(kept) + mixed, job)
        if progress:
            progress(steps)
        return SupervisedResult(
            checkpoint=job.output,
            examples=len(kept) + mixed,
            steps=steps,
            tokens=tokens,
            prompt_tokens=0,
            dropped_too_long=len(job.examples) - len(kept),
            losses=((1, 2.0), (steps, 1.0)),
            seconds=1.0,
            versions={"copying": "1"},
            pass_tokens=tokens + mixed,
            mixed_examples=mixed,
            mixed_tokens=mixed,
        )

    def kept(self, examples: Sequence[TrainExample]) -> list[TrainExample]:
        return [each for each in examples if len(each.completion) < FITS]

    def check(self, base: Path) -> None:
        if not (base / "config.json").is_file():
            raise EngineError("the base cannot be loaded")

    def mixed(self, job: SupervisedJob, own: int) -> int:
        wanted = mixed_among(own, job.mix.ratio) if job.mix else 0
        if job.mix and wanted > len(job.mix.examples):
            raise EngineError("there are too few examples to mix in")
        return wanted

    def updates(self, examples: int, job: SupervisedJob) -> int:
        return updates_of(examples, job.config)


class _Broken(TrainerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("base")
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            (folder / name).write_text(name)
        return folder


class TestCopying(_Broken):
    """Without a fault, the contract holds: what fails below fails for its fault."""

    def make(self) -> Any:
        return _Copying()


class _WritesIntoTheBase(_Copying):
    def train(self, job: SupervisedJob, **options: Any) -> Any:
        (job.base / "model.safetensors").write_text("tuned")
        return super().train(job, **options)


class BrokenWritesIntoTheBase(_Broken):
    fails = "test_it_learns_and_writes_a_model_and_leaves_the_base_alone"

    def make(self) -> Any:
        return _WritesIntoTheBase()


class _TakesOtherUpdates(_Copying):
    def updates(self, examples: int, job: SupervisedJob) -> int:
        return 12


class BrokenTakesOtherUpdates(_Broken):
    fails = "test_it_takes_as_many_updates_as_are_predicted"

    def make(self) -> Any:
        return _TakesOtherUpdates()


class _DependsOnTheTime(_Copying):
    count = 0

    def train(self, job: SupervisedJob, **options: Any) -> Any:
        result = super().train(job, **options)
        self.count += 1
        (job.output / "model.safetensors").write_text(str(self.count))
        return result


class BrokenDependsOnTheTime(_Broken):
    fails = "test_the_same_job_gives_the_same_bytes"

    def make(self) -> Any:
        return _DependsOnTheTime()


class _CutsLongExamples(_Copying):
    def kept(self, examples: Sequence[TrainExample]) -> list[TrainExample]:
        return [each.model_copy(update={"completion": each.completion[: FITS - 1]}) for each in examples]


class BrokenCutsLongExamples(_Broken):
    fails = "test_too_long_examples_are_left_out_and_counted_and_never_cut"

    def make(self) -> Any:
        return _CutsLongExamples()


class _WritesFirst(_Copying):
    def train(self, job: SupervisedJob, **options: Any) -> Any:
        job.output.mkdir()
        return super().train(job, **options)


class BrokenWritesBeforeItRefuses(_Broken):
    fails = "test_nothing_to_train_on_is_refused_and_nothing_is_written"

    def make(self) -> Any:
        return _WritesFirst()


class _TakesAnyFolder(_Copying):
    def check(self, base: Path) -> None:
        del base


class BrokenTakesAnyFolderForAModel(_Broken):
    fails = "test_a_base_that_is_no_model_is_refused_and_nothing_is_written"

    def make(self) -> Any:
        return _TakesAnyFolder()


class _MixesNothingIn(_Copying):
    def mixed(self, job: SupervisedJob, own: int) -> int:
        return 0


class BrokenMixesNothingIn(_Broken):
    fails = "test_the_mixed_share_is_exact_and_counted"

    def make(self) -> Any:
        return _MixesNothingIn()


class BrokenIsContentWithTooFewToMixIn(_Broken):
    fails = "test_too_few_examples_to_mix_in_are_refused_and_nothing_is_written"

    def make(self) -> Any:
        return _MixesNothingIn()
