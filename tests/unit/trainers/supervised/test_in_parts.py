"""A fine-tune that is interrupted and gone on with ends where one without a stop does, to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from passgap.ports import SupervisedJob, SupervisedResult
from passgap.records import Prompt, TrainConfig, TrainExample
from passgap.trainers import open_trainer

EXAMPLES = tuple(
    TrainExample(
        prompt=Prompt(user=f"Add {number} to x.", chat=True), completion=f"def f(x):\n    return x + {number}\n"
    )
    for number in range(8)
)


def trained(base: Path, output: Path, work: Path, stop_after: int | None) -> SupervisedResult:
    config = TrainConfig(learning_rate=1e-3, epochs=2, batch_size=4, save_dtype="float32")
    job = SupervisedJob(
        base=base, output=output, config=config, seed=3, examples=EXAMPLES, work=work, stop_after=stop_after
    )
    result = open_trainer("supervised", "cpu", "float32").train(job)
    assert isinstance(result, SupervisedResult)
    return result


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_two_parts_end_where_the_whole_does(tiny_model: Path, tmp_path: Path) -> None:
    whole = trained(tiny_model, tmp_path / "whole", tmp_path / "whole-work", None)
    assert whole.steps == 4
    half = trained(tiny_model, tmp_path / "half", tmp_path / "work", 2)
    assert half.steps == 2
    assert 0 < half.tokens < whole.tokens
    again = trained(tiny_model, tmp_path / "again", tmp_path / "work", 2)
    assert again.steps == 2, "its checkpoint is there, and nothing is trained"
    assert weights(tmp_path / "again") == weights(tmp_path / "half") != weights(tmp_path / "whole")
    rest = trained(tiny_model, tmp_path / "rest", tmp_path / "work", None)
    assert weights(tmp_path / "rest") == weights(tmp_path / "whole")
    assert (rest.steps, rest.tokens, rest.losses) == (whole.steps, whole.tokens, whole.losses)
