"""A fine-tune that was interrupted goes on from its last checkpoint, and ends in the same bytes."""

from __future__ import annotations

import json
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from passgap.errors import EngineError  # noqa: E402
from passgap.ports import SupervisedJob, SupervisedResult  # noqa: E402
from passgap.records import Prompt, TrainConfig, TrainExample  # noqa: E402
from passgap.trainers import open_trainer  # noqa: E402
from passgap.trainers.common.checkpoints import FOLDER, last_checkpoint  # noqa: E402

EXAMPLES = tuple(
    TrainExample(prompt=Prompt(user=f"Add {word}.", prefix="```python\n"), completion=f"x = {number}\n" * (number % 4))
    for number, word in enumerate(["two", "all", "some", "none"] * 5, start=1)
)
STEPS = 8


class StoppedError(Exception):
    """Stands for whatever ends a process; tests/unit/trainers/process kills one."""


def job_of(base: Path, output: Path, work: Path | None, **changes: Any) -> SupervisedJob:
    settings = {"learning_rate": 5e-3, "batch_size": 5, "epochs": 2.5, "checkpoint_minutes": 1e-9, **changes}
    return SupervisedJob(
        base=base,
        output=output,
        config=TrainConfig(**settings),
        seed=3,
        examples=EXAMPLES,
        held_back=EXAMPLES[:3],
        work=work,
    )


def train(job: SupervisedJob, *, stop_at: int | None = None) -> tuple[SupervisedResult, list[int]]:
    reported: list[int] = []

    def progress(steps: int) -> None:
        reported.append(steps)
        if sum(reported) == stop_at:
            raise StoppedError

    result = open_trainer("supervised", "cpu", "float32").train(job, progress=progress)
    assert isinstance(result, SupervisedResult)
    return result, reported


@pytest.mark.parametrize(
    ("method", "changes"), [("full", {"schedule": "linear", "eval_every": 3}), ("lora", {"lora_rank": 4})]
)
def test_it_ends_in_the_same_bytes_and_the_same_result(
    tiny_model: Path, tmp_path: Path, method: str, changes: dict[str, Any]
) -> None:
    settings = {"method": method, **changes}
    whole, _ = train(job_of(tiny_model, tmp_path / "whole", None, **settings))
    work = tmp_path / "work"
    for stop in (3, 6):
        with pytest.raises(StoppedError):
            train(job_of(tiny_model, tmp_path / "resumed", work, **settings), stop_at=stop)
        assert not (tmp_path / "resumed").exists()
        assert len(list((work / FOLDER).iterdir())) == 1, "the checkpoints before the last one are deleted"
    resumed, reported = train(job_of(tiny_model, tmp_path / "resumed", work, **settings))
    assert reported[0] == 5 and sum(reported) == whole.steps == STEPS
    names = ("model.safetensors", "config.json", "tokenizer.json")
    assert all((tmp_path / "whole" / name).read_bytes() == (tmp_path / "resumed" / name).read_bytes() for name in names)
    unlike = {"checkpoint", "seconds"}
    assert resumed.model_dump(exclude=unlike) == whole.model_dump(exclude=unlike)
    assert len(whole.losses) == STEPS
    assert [point.step for point in whole.dose] == ([0, 3, 6, 8] if "eval_every" in changes else [])


def test_a_checkpoint_that_is_not_whole_or_of_another_job_is_not_used(tiny_model: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    with pytest.raises(StoppedError):
        train(job_of(tiny_model, tmp_path / "one", work), stop_at=4)
    [written] = (work / FOLDER).iterdir()
    marker = written / "complete.json"
    belongs_to = json.loads(marker.read_text())["belongs_to"]
    assert last_checkpoint(work / FOLDER, belongs_to) == written
    shutil.copytree(written, half := work / FOLDER / "checkpoint-99")
    (half / "complete.json").unlink()
    assert last_checkpoint(work / FOLDER, belongs_to) == written
    assert not half.exists()
    _, reported = train(job_of(tiny_model, tmp_path / "two", work, learning_rate=1e-3))
    assert reported == [1] * STEPS, "another job begins anew"


def test_a_full_disk_is_an_error_that_says_how_much_is_needed_and_nothing_is_lost(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "work"
    with pytest.raises(StoppedError):
        train(job_of(tiny_model, tmp_path / "out", work), stop_at=3)
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 10**6))
        with pytest.raises(EngineError, match="disk is too full") as caught:
            train(job_of(tiny_model, tmp_path / "out", work))
    assert "0.1 GB are needed, and 0.0 GB are free" in caught.value.problems[0]
    assert not (tmp_path / "out").exists()
    _, reported = train(job_of(tiny_model, tmp_path / "out", work))
    assert reported[0] == 2 and sum(reported) == STEPS
