"""Trainers for rewards with one fault each, and the test of the contract that must find it."""

from __future__ import annotations

import shutil
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.ports import GroupOutcome, RewardJob, RewardPrompt, RewardResult, RewardStep, Rollout
from passgap.records import FinishReason, Sample, sample_seed
from passgap.testing import RewardTrainerContract


class _Copying:
    """Copies the base model as its "checkpoint", makes samples up, and counts as a trainer should."""

    def train(self, job: RewardJob, *, progress: Any = None, means: Any = None) -> RewardResult:
        if not (job.base / "config.json").is_file():
            return self.without_a_model(job)
        kept = [each for each in job.prompts if self.fits(each, job)]
        if not kept:
            return self.without_prompts(job)
        shutil.copytree(job.base, job.output)
        curve = []
        for step in range(job.policy.steps):
            curve.append(self.update(step, list(islice(cycle(kept), job.policy.prompts_per_step)), job, means))
            if progress:
                progress(1)
        drawn = job.policy.rollouts
        return RewardResult(
            checkpoint=job.output,
            examples=drawn,
            rollouts=drawn,
            steps=len(curve),
            tokens=sum(each.tokens for each in curve),
            prompt_tokens=9 * drawn,
            dropped_too_long=len(job.prompts) - len(kept),
            losses=((1, 0.0),),
            seconds=1.0,
            versions={"copying": "1"},
            curve=tuple(curve),
        )

    def update(self, step: int, prompts: list[RewardPrompt], job: RewardJob, means: Any) -> RewardStep:
        rollouts = [
            Rollout(each.problem, each.prompt, self.sample(each, step, index, job))
            for each in prompts
            for index in range(job.policy.group_size)
        ]
        with means.scorer() as score:
            passed = [bool(outcome.passed) for outcome in score(rollouts)]
        group = GroupOutcome(problem_id="any", passed=sum(passed), scored=len(passed), unscored=0, informative=True)
        return RewardStep(
            step=step + 1,
            groups=(group,),
            reward=sum(passed) / len(passed),
            truncated=0,
            tokens=self.tokens(rollouts),
            prompt_tokens=9 * len(rollouts),
            entropy=1.0,
            logprob_difference=0.0,
            largest_logprob_difference=0.0,
            loss=0.0,
            grad_norm=0.0,
            rollout_seconds=0.0,
            reward_seconds=0.0,
            update_seconds=0.0,
        )

    def sample(self, prompt: RewardPrompt, step: int, index: int, job: RewardJob) -> Sample:
        token = sample_seed(job.seed, step, prompt.problem.id, index) % 100
        return Sample(
            problem_id=prompt.problem.id,
            index=index,
            completion=str(token),
            finish_reason=FinishReason.STOP,
            seed=0,
            prompt_tokens=9,
            completion_tokens=1,
            tokens=(token,),
        )

    def fits(self, prompt: RewardPrompt, job: RewardJob) -> bool:
        """Characters stand for tokens."""
        return len(prompt.prompt.user) + job.policy.max_new_tokens <= job.config.max_length

    def tokens(self, rollouts: list[Rollout]) -> int:
        return sum(each.sample.completion_tokens for each in rollouts)

    def without_prompts(self, job: RewardJob) -> Any:
        raise EngineError("there is nothing to train on")

    def without_a_model(self, job: RewardJob) -> Any:
        raise EngineError("the base cannot be loaded")


class _Broken(RewardTrainerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def base(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("base")
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            (folder / name).write_text(name)
        return folder

    def make(self) -> Any:
        return _Copying()


class TestCopying(_Broken):
    """Without a fault, the contract holds: what fails below fails for its fault."""


class _CountsPrompts(_Copying):
    def tokens(self, rollouts: list[Rollout]) -> int:
        return super().tokens(rollouts) + 9 * len(rollouts)


class BrokenCountsPrompts(_Broken):
    fails = "test_it_trains_on_its_own_samples_and_leaves_the_base_alone"

    def make(self) -> Any:
        return _CountsPrompts()


class _DrawsAnew(_Copying):
    count = 0

    def sample(self, prompt: RewardPrompt, step: int, index: int, job: RewardJob) -> Sample:
        self.count += 1
        return super().sample(prompt, step + self.count, index, job)


class BrokenDrawsAnew(_Broken):
    fails = "test_the_same_job_gives_the_same_bytes"

    def make(self) -> Any:
        return _DrawsAnew()


class _TakesAll(_Copying):
    def fits(self, prompt: RewardPrompt, job: RewardJob) -> bool:
        return job.config.max_length > 10


class BrokenTakesAll(_Broken):
    fails = "test_prompts_that_leave_no_room_are_left_out_and_counted"

    def make(self) -> Any:
        return _TakesAll()


class _WritesFirst(_Copying):
    def without_prompts(self, job: RewardJob) -> Any:
        shutil.copytree(job.base, job.output)
        return super().without_prompts(job)


class BrokenWritesFirst(_Broken):
    fails = "test_nothing_to_train_on_is_refused_and_nothing_is_written"

    def make(self) -> Any:
        return _WritesFirst()


class _CrashesWithoutAModel(_Copying):
    def without_a_model(self, job: RewardJob) -> Any:
        raise FileNotFoundError(job.base)


class BrokenCrashesWithoutAModel(_Broken):
    fails = "test_a_base_that_is_no_model_is_refused_and_nothing_is_written"

    def make(self) -> Any:
        return _CrashesWithoutAModel()
