"""Models that are kept in the course of a fine-tune: as they were at their update, whether or not it was killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

from passgap.ports import SupervisedJob, SupervisedResult
from passgap.records import KeptModel, Prompt, TrainConfig, TrainExample
from passgap.trainers import open_trainer

EXAMPLES = tuple(
    TrainExample(prompt=Prompt(user=f"Add {number}.", prefix="```python\n"), completion=f"x = {number}\n")
    for number in range(12)
)
PER_EPOCH = 3
KEPT = (KeptModel(share=0.4, step=3), KeptModel(share=0.7, step=5))


class StoppedError(Exception):
    """Stands for whatever ends a process."""


def train(base: Path, folder: Path, *, stop_at: int | None = None, **changes: Any) -> SupervisedResult:
    settings = {
        "learning_rate": 5e-3,
        "batch_size": 4,
        "epochs": 2.0,
        "schedule": "constant",
        "warmup_ratio": 0.0,
        "checkpoint_minutes": 1e-9,
        "save_dtype": "float32",
        "lora_rank": 2,
        **changes,
    }
    done: list[int] = []

    def progress(steps: int) -> None:
        done.append(steps)
        if sum(done) == stop_at:
            raise StoppedError

    job = SupervisedJob(
        base=base,
        output=folder / "out",
        config=TrainConfig(**settings),
        seed=3,
        examples=EXAMPLES,
        work=folder / "work",
        kept=folder / "kept",
    )
    result = open_trainer("supervised", "cpu", "float32").train(job, progress=progress)
    assert isinstance(result, SupervisedResult)
    return result


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


@pytest.mark.parametrize("method", ["full", "lora"])
def test_they_are_the_models_of_their_updates_and_change_nothing_of_the_last(
    tiny_model: Path, tmp_path: Path, method: str
) -> None:
    plain = train(tiny_model, tmp_path / "plain", method=method)
    shorter = train(tiny_model, tmp_path / "shorter", method=method, epochs=1.0)
    result = train(tiny_model, tmp_path / "kept", method=method, checkpoints=(0.7, 0.4, 0.99))
    assert (plain.kept, result.kept, shorter.steps) == ((), KEPT, PER_EPOCH)
    assert weights(tmp_path / "kept/out") == weights(tmp_path / "plain/out")
    assert weights(tmp_path / "kept/kept/0.4") == weights(tmp_path / "shorter/out")
    assert weights(tmp_path / "kept/kept/0.7") != weights(tmp_path / "kept/out")
    assert sorted(each.name for each in (tmp_path / "kept/kept").iterdir()) == ["0.4", "0.7"]
    assert (tmp_path / "kept/kept/0.4/tokenizer.json").exists()


def test_a_killed_fine_tune_goes_on_with_those_that_are_there(tiny_model: Path, tmp_path: Path) -> None:
    shares = (0.4, 0.7)
    train(tiny_model, tmp_path / "whole", checkpoints=shares)
    with pytest.raises(StoppedError):
        train(tiny_model, tmp_path / "killed", checkpoints=shares, stop_at=4)
    assert [each.name for each in (tmp_path / "killed/kept").iterdir()] == ["0.4"]
    (tmp_path / "killed/kept/0.7.partial").mkdir()
    assert train(tiny_model, tmp_path / "killed", checkpoints=shares).kept == KEPT
    for name in ("kept/0.4", "kept/0.7", "out"):
        assert weights(tmp_path / "killed" / name) == weights(tmp_path / "whole" / name)
    assert not (tmp_path / "killed/kept/0.7.partial").exists()


def test_one_that_lacks_a_kept_model_begins_anew(tiny_model: Path, tmp_path: Path) -> None:
    with pytest.raises(StoppedError):
        train(tiny_model, tmp_path, checkpoints=(0.4,), stop_at=4)
    model = tmp_path / "kept/0.4/model.safetensors"
    before = model.read_bytes()
    for each in model.parent.iterdir():
        each.unlink()
    model.parent.rmdir()
    assert train(tiny_model, tmp_path, checkpoints=(0.4,)).kept == (KEPT[0],)
    assert model.read_bytes() == before
