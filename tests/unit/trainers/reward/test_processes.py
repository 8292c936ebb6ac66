"""A policy gradient in processes of its own, as a study runs it: one, two that share it, and one that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from safetensors.torch import load_file  # noqa: E402
from tests.unit.trainers.reward.test_real_sandbox import continuation  # noqa: E402

from passgap.ports import RewardJob, RewardResult  # noqa: E402
from passgap.testing.reward_contract import reward_job  # noqa: E402
from passgap.trainers import open_process_trainer  # noqa: E402
from passgap.training_process import MODULE  # noqa: E402

pytestmark = pytest.mark.slow


def job_in(base: Path, folder: Path, processes: int = 1) -> RewardJob:
    return reward_job(
        base,
        folder / "tuned",
        work=folder / "work",
        prompts=tuple(map(continuation, range(1, 4))),
        policy={"steps": 4, "group_size": 12, "max_new_tokens": 1},
        config={"processes": processes, "checkpoint_minutes": 1e-9},
    )


def train(job: RewardJob) -> RewardResult:
    job.output.parent.mkdir(exist_ok=True)
    result = open_process_trainer("reward", MODULE, "cpu", "float32").train(job)
    assert isinstance(result, RewardResult)
    return result


def test_two_processes_draw_and_learn_what_one_does(tiny_model: Path, tmp_path: Path) -> None:
    one, two = (train(job_in(tiny_model, tmp_path / str(number), number)) for number in (1, 2))
    assert (one.processes, two.processes) == (1, 2)
    assert one.curve[0].groups == two.curve[0].groups, "the same samples, and figures over all processes"
    assert one.curve[0].entropy == pytest.approx(two.curve[0].entropy, rel=1e-6)
    assert one.curve[0].grad_norm == pytest.approx(two.curve[0].grad_norm, rel=1e-3)
    first, second = (load_file(each.checkpoint / "model.safetensors") for each in (one, two))
    plain = load_file(tiny_model / "model.safetensors")
    assert any(not torch.equal(first[name], plain[name]) for name in first)
    for name, each in first.items():
        assert torch.allclose(each.float(), second[name].float(), atol=2e-2, rtol=2e-2), name


def test_a_study_that_is_killed_goes_on_to_the_same_bytes(tiny_model: Path, tmp_path: Path) -> None:
    wanted = train(job_in(tiny_model, tmp_path / "whole"))
    job = job_in(tiny_model, tmp_path / "killed")
    job.output.parent.mkdir()
    (tmp_path / "job.json").write_text(job.model_dump_json())
    program = (
        "import os, sys; from passgap.ports import RewardJob; from passgap.trainers import open_process_trainer; "
        "from passgap.training_process import MODULE; "
        "job = RewardJob.model_validate_json(open(sys.argv[1]).read()); "
        "trainer = open_process_trainer('reward', MODULE, 'cpu', 'float32'); "
        "trainer.train(job, progress=lambda _: print('step', flush=True))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "job.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as study:
        assert study.stdout is not None
        while not list((tmp_path / "killed" / "work").rglob("complete.json")):
            assert study.stdout.readline(), "it ended before it wrote a checkpoint"
        study.send_signal(signal.SIGKILL)
    found = train(job)
    timed = {"rollout_seconds", "reward_seconds", "update_seconds"}
    assert [each.model_dump(exclude=timed) for each in found.curve] == [
        each.model_dump(exclude=timed) for each in wanted.curve
    ]
    first, second = (load_file(each.checkpoint / "model.safetensors") for each in (wanted, found))
    assert all(torch.equal(first[name], second[name]) for name in first)
