"""Failures of a fine-tune are stated in terms of what to do about them."""

from __future__ import annotations

import errno
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

from passgap.errors import EngineError  # noqa: E402
from passgap.ports import SupervisedJob  # noqa: E402
from passgap.records import Prompt, TrainConfig, TrainExample  # noqa: E402
from passgap.trainers import open_trainer  # noqa: E402
from passgap.trainers.common.failures import StopWhereDiverged, failures_explained  # noqa: E402


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
            "device's memory",
        ),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 9 bytes"), "device's memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk became full"),
        (RuntimeError("Error while serializing: IoError(Os { code: 28, message: No space left on device"), "disk"),
    ],
)
def test_exhausted_memory_and_a_full_disk_are_explained(raised: Exception, said: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=said) as caught, failures_explained(tmp_path):
        raise raised
    assert caught.value.__cause__ is raised


@pytest.mark.parametrize("raised", [RuntimeError("shapes differ"), OSError(errno.EACCES, "denied"), KeyError("a")])
def test_any_other_exception_is_a_bug_and_stays_one(raised: Exception, tmp_path: Path) -> None:
    with pytest.raises(type(raised)) as caught, failures_explained(tmp_path):
        raise raised
    assert caught.value is raised


def logs(losses: list[float], vocabulary: int | None, **more: float) -> None:
    """Show losses to the callback, one after the other."""
    watch, history = StopWhereDiverged(vocabulary), []
    for step, loss in enumerate(losses, start=1):
        entry: dict[str, Any] = {"loss": loss, **more}
        history.append(entry)
        watch.on_log(None, SimpleNamespace(global_step=step, log_history=history), None, logs=entry)


def test_a_loss_that_is_worse_than_guessing_and_grows_ends_the_fine_tune() -> None:
    growing = [1.0 + step for step in range(40)]
    with pytest.raises(EngineError, match="diverges") as caught:
        logs(growing, 50)
    assert "it was 1.00 at the first, and guessing any of the 50 tokens gives 3.91" in caught.value.problems[0]
    logs(growing, None)  # a loss of another kind
    logs([math.log(50) + 0.5] * 40, 50)  # a model that knows nothing, and learns nothing
    logs([1.0, 90.0, *[1.0] * 30], 50)  # one bad batch


@pytest.mark.parametrize("more", [{}, {"grad_norm": math.inf}])
def test_a_loss_or_gradient_that_is_not_finite_ends_any_fine_tune(more: dict[str, float]) -> None:
    with pytest.raises(EngineError, match="infinite or undefined"):
        logs([1.0, 1.0 if more else math.nan], None, **more)


def test_a_rate_that_is_far_too_high_is_an_error_and_leaves_no_model(tiny_model: Path, tmp_path: Path) -> None:
    example = TrainExample(prompt=Prompt(user="Add.", prefix=""), completion="x = 1\ny = 2\n")
    config = TrainConfig(learning_rate=1.0, batch_size=1, epochs=40.0, max_grad_norm=1e9, warmup_ratio=0.0)
    job = SupervisedJob(base=tiny_model, output=tmp_path / "m", config=config, seed=1, examples=(example,) * 2)
    with pytest.raises(EngineError, match=r"diverges|infinite or undefined"):
        open_trainer("supervised", "cpu", "float32").train(job)
    assert not (tmp_path / "m").exists()
