"""The export for verl: its columns and settings, and a reward that runs in the sandbox."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from loaded import module_at
from passgap.errors import EngineError
from passgap.ports import ExportRequest, RewardJob, RewardPrompt
from passgap.records import AssertTests, PolicyConfig, Problem, TrainConfig
from passgap.tasks import render
from passgap.trainers.exports import export_job

PROBLEMS = [
    Problem(
        id=f"t/{number}",
        prompt=f"Add {number} to x.",
        entry_point="add",
        tests=AssertTests(statements=(f"assert add(1) == {number + 1}", "assert add(0) >= 0")),
        source="t",
    )
    for number in range(3)
]


def job(base: Path, **changes: Any) -> RewardJob:
    policy = {"steps": 4, "group_size": 4, "prompts_per_step": 2, "max_new_tokens": 32, "loss": "dr_grpo"}
    return RewardJob(
        base=base,
        output=base / "none",
        config=TrainConfig(learning_rate=1e-6, max_length=512),
        seed=3,
        prompts=tuple(RewardPrompt(problem=each, prompt=render(each, chat=True)) for each in PROBLEMS),
        policy=PolicyConfig.model_validate(policy | changes),
    )


def request(folder: Path) -> ExportRequest:
    return ExportRequest(
        format="verl", folder=folder, study="s", arm="grpo", base_model="m", base_digest="d", registration="r"
    )


def test_prompts_settings_and_reward_are_those_of_the_arm(tiny_model: Path, tmp_path: Path) -> None:
    written = export_job(job(tiny_model, partial_credit=True), request(tmp_path / "out"))
    assert written.examples == 3 and set(written.files) == {path.name for path in (tmp_path / "out").iterdir()}
    rows = pq.read_table(tmp_path / "out" / "train.parquet").to_pylist()
    assert [row["reward_model"] for row in rows] == [{"style": "rule", "ground_truth": f"t/{n}"} for n in range(3)]
    assert rows[0]["prompt"][0]["role"] == "user" and rows[0]["prompt"][0]["content"].startswith("Add 0 to x.")
    script = (tmp_path / "out" / "train.sh").read_text()
    chosen = dict(re.findall(r"^    ([\w.]+)=(.*) \\$", script, re.MULTILINE))
    assert chosen["data.train_batch_size"] == "2" and chosen["actor_rollout_ref.rollout.n"] == "4"
    assert chosen["actor_rollout_ref.actor.loss_agg_mode"] == "seq-mean-token-sum-norm"
    assert chosen["reward.custom_reward_function.path"] == '"$PWD/reward.py"'
    assert chosen["trainer.total_training_steps"] == "4" and chosen["trainer.total_epochs"] == "4"
    assert "verl cannot begin an answer" in (tmp_path / "out" / "README.md").read_text()

    reward = module_at(tmp_path / "out" / "reward.py", "reward_of_the_export")
    try:
        answers = ["x + 2", "x + 9", "-9"]
        given = [
            reward.compute_score("passgap", f"Here:\n```python\ndef add(x):\n    return {each}\n```\n", "t/2", {})
            for each in answers
        ]
    finally:
        for executor in reward._executors:
            executor.close()
    assert given == [1.0, 0.5, 0.0]


def test_what_verl_has_no_counterpart_for_is_refused_by_name(tiny_model: Path, tmp_path: Path) -> None:
    declared = {"scale_rewards": "batch", "order": "curriculum", "stop_idle": 3, "prompts_per_step": 8}
    with pytest.raises(EngineError, match="verl cannot train the arm `grpo`") as caught:
        export_job(job(tiny_model, **declared), request(tmp_path / "out"))
    said = " ".join(caught.value.problems)
    assert all(name in said for name in ("scale_rewards: batch", "curriculum", "stop_idle", "prompts_per_step: 8"))
    assert len(caught.value.problems) == 4
