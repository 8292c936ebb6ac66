"""A policy gradient whose rewards come from the real sandbox, through the means of a training process."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from passgap.ports import RewardPrompt
from passgap.records import AssertTests, Problem, Prompt, PromptKind
from passgap.testing.reward_contract import reward_job
from passgap.trainers.reward.trainer import RewardTrainer
from passgap.training_process import ProcessMeans


def continuation(number: int) -> RewardPrompt:
    """A program that is whole as it stands: whatever continues it must leave it so."""
    code = f"value = {number}"
    problem = Problem(
        id=f"pool/{number}",
        prompt=code,
        prompt_kind=PromptKind.CODE,
        tests=AssertTests(statements=("assert value >= 1",)),
        source="a test",
    )
    return RewardPrompt(problem=problem, prompt=Prompt(user=code, chat=False))


def test_programs_that_run_become_more_frequent(tiny_model: Path, tmp_path: Path) -> None:
    job = reward_job(
        tiny_model,
        tmp_path / "tuned",
        prompts=tuple(map(continuation, range(1, 4))),
        policy={"steps": 8, "group_size": 12, "max_new_tokens": 1},
        config={"learning_rate": 5e-2},
    )
    result = RewardTrainer("cpu", "float32").train(job, means=ProcessMeans())
    assert all(group.unscored == 0 for update in result.curve for group in update.groups)
    first, last = ([each.reward or 0.0 for each in part] for part in (result.curve[:2], result.curve[-2:]))
    assert 0.0 < sum(first) / 2 < 1.0, "some programs run and some do not"
    assert sum(last) / 2 - sum(first) / 2 > 0.3
    assert all(each.reward_seconds > 0.0 for each in result.curve)
