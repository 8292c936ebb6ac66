"""The contract of trainers (:class:`passgap.ports.Trainer`) for rewards."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import EngineError
from passgap.ports import Executor, PolicySampler, RewardJob, RewardPrompt, RewardResult, Rollout, Scorer, Trainer
from passgap.records import AssertTests, Outcome, OutcomeKind, PolicyConfig, Problem, Prompt, TrainConfig

Judge = Callable[[Rollout], bool | None]
"""Whether a sample passes; None where it cannot be scored."""


class JudgedMeans:
    """The local engine's policy sampler, and outcomes by a function of the sample instead of the sandbox's.

    Args:
        judge: the function.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.updates: list[list[tuple[Rollout, bool | None]]] = []
        """Every sample of every update with its outcome."""

    @contextmanager
    def executor(self) -> Iterator[Executor]:
        """Open the real sandbox, which no sample here needs."""
        from passgap.execution import SandboxExecutor  # noqa: PLC0415 - what it is made of exists on Linux only

        opened = SandboxExecutor()
        try:
            yield opened
        finally:
            opened.close()

    @contextmanager
    def policy_sampler(self, base: Path, scratch: Path, *, device: str, dtype: str) -> Iterator[PolicySampler]:
        """Open the sampler in this process."""
        from passgap.engines.local.policy_sampler import LocalPolicySampler  # noqa: PLC0415 - it imports torch

        sampler = LocalPolicySampler(base, scratch, device=device, dtype=dtype, workers=1)
        try:
            yield sampler
        finally:
            sampler.close()

    @contextmanager
    def scorer(self) -> Iterator[Scorer]:
        """Open nothing: the function judges."""
        yield self._score

    def _score(self, rollouts: Sequence[Rollout]) -> list[Outcome]:
        judged = [self.judge(each) for each in rollouts]
        self.updates.append(list(zip(rollouts, judged, strict=True)))
        kinds = {True: OutcomeKind.PASSED, False: OutcomeKind.FAILED, None: OutcomeKind.UNSCORED}
        return [Outcome(kind=kinds[each], seconds=0.0) for each in judged]


def reward_prompts(count: int) -> tuple[RewardPrompt, ...]:
    """Prompts of several lengths, so that a batch of them is padded."""
    return tuple(
        RewardPrompt(
            problem=Problem(
                id=f"pool/{number}", prompt="Any.", tests=AssertTests(statements=("assert True",)), source="a contract"
            ),
            prompt=Prompt(user="Add." + " Then add." * number, prefix="```python\n", stop=("\n```",)),
        )
        for number in range(count)
    )


def reward_job(base: Path, output: Path, **changes: Any) -> RewardJob:
    """A job of one small update; ``changes`` may hold ``policy`` and ``config`` as mappings."""
    policy = PolicyConfig(
        **{"steps": 1, "group_size": 4, "prompts_per_step": 2, "max_new_tokens": 5, **changes.pop("policy", {})}
    )
    config = {"learning_rate": 1e-2, "batch_size": policy.rollouts_per_step, "weight_decay": 0.0, "max_grad_norm": 1e9}
    return RewardJob(
        **{
            "base": base,
            "output": output,
            "config": TrainConfig(**{**config, **changes.pop("config", {})}),
            "seed": 5,
            "prompts": reward_prompts(3),
            "policy": policy,
            **changes,
        }
    )


def even(rollout: Rollout) -> bool:
    """Pass every second sample of a model that cannot know which: those whose tokens add up to an even number."""
    return sum(rollout.sample.tokens or ()) % 2 == 0


class RewardTrainerContract:
    """Holds a trainer for rewards to its contract. Subclass it in a test module and implement both methods::

        class TestMyTrainer(RewardTrainerContract):
            def make(self):
                return MyTrainer()

            def base_model(self):
                return Path("a/small/model")

    If they take fixtures of yours, override the fixtures instead. The model should be tiny; random weights will do.
    """

    deterministic = True
    """Whether the same job gives the same bytes, as on a CPU."""

    def make(self) -> Trainer[RewardJob]:
        """Make the trainer."""
        raise NotImplementedError("implement `make`, or override the fixture `trainer`")

    def base_model(self) -> Path:
        """The folder of a tiny model in Hugging Face layout."""
        raise NotImplementedError("implement `base_model`, or override the fixture `base`")

    @pytest.fixture(scope="class")
    @classmethod
    def trainer(cls) -> Trainer[RewardJob]:
        """The trainer under test."""
        return cls().make()

    @pytest.fixture(scope="class")
    @classmethod
    def base(cls) -> Path:
        """The model that is trained."""
        return cls().base_model()

    def test_it_trains_on_its_own_samples_and_leaves_the_base_alone(
        self, trainer: Trainer[RewardJob], base: Path, tmp_path: Path
    ) -> None:
        assert isinstance(trainer, Trainer)
        before, means, steps = _digests(base), JudgedMeans(even), list[int]()
        job = reward_job(base, tmp_path / "tuned", policy={"steps": 3})
        result = _train(trainer, job, means, progress=steps.append)
        assert _digests(base) == before
        assert (result.checkpoint / "config.json").is_file()
        assert list(result.checkpoint.glob("*.safetensors"))
        assert list(result.checkpoint.glob("tokenizer*"))
        assert sum(steps) == result.steps == len(result.curve) == len(means.updates) == 3
        assert result.examples == 3 * job.policy.rollouts_per_step
        drawn = [rollout.sample for update in means.updates for rollout, _ in update]
        assert result.tokens == sum(each.completion_tokens for each in drawn)
        for point, update in zip(result.curve, means.updates, strict=True):
            passed = [outcome for _, outcome in update]
            assert point.reward == pytest.approx(sum(map(bool, passed)) / len(passed))
            assert point.entropy > 0.0
            assert min(point.rollout_seconds, point.reward_seconds, point.update_seconds) >= 0.0

    def test_the_same_job_gives_the_same_bytes(self, trainer: Trainer[RewardJob], base: Path, tmp_path: Path) -> None:
        if not self.deterministic:
            pytest.skip("this trainer is declared not to be deterministic")
        runs = []
        for name in ("one", "two"):
            means = JudgedMeans(even)
            _train(trainer, reward_job(base, tmp_path / name, policy={"steps": 2}), means)
            runs.append(([each[0].sample for update in means.updates for each in update], _weights(tmp_path / name)))
        assert runs[0] == runs[1]
        assert runs[0][1]

    def test_prompts_that_leave_no_room_are_left_out_and_counted(
        self, trainer: Trainer[RewardJob], base: Path, tmp_path: Path
    ) -> None:
        long = reward_prompts(1)[0]
        long = long.model_copy(update={"prompt": long.prompt.model_copy(update={"user": "Add. " * 900})})
        means = JudgedMeans(even)
        prompts = (*reward_prompts(2), long.model_copy(update={"problem": _renamed(long.problem)}))
        result = _train(trainer, reward_job(base, tmp_path / "tuned", prompts=prompts), means)
        assert result.dropped_too_long == 1
        assert {rollout.problem.id for rollout, _ in means.updates[0]} == {"pool/0", "pool/1"}

    def test_nothing_to_train_on_is_refused_and_nothing_is_written(
        self, trainer: Trainer[RewardJob], base: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(EngineError):
            _train(trainer, reward_job(base, tmp_path / "none", config={"max_length": 8}), JudgedMeans(even))
        assert not (tmp_path / "none").exists()

    def test_a_base_that_is_no_model_is_refused_and_nothing_is_written(
        self, trainer: Trainer[RewardJob], tmp_path: Path
    ) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(EngineError):
            _train(trainer, reward_job(tmp_path / "empty", tmp_path / "none"), JudgedMeans(even))
        assert not (tmp_path / "none").exists()


def _train(trainer: Any, job: RewardJob, means: JudgedMeans, progress: Any = None) -> RewardResult:
    result = trainer.train(job, progress=progress, means=means)
    assert isinstance(result, RewardResult)
    return result


def _renamed(problem: Problem) -> Problem:
    return problem.model_copy(update={"id": "pool/long"})


def _digests(folder: Path) -> dict[str, str]:
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir() if each.is_file()}


def _weights(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in _digests(folder).items() if name.endswith(".safetensors")}
