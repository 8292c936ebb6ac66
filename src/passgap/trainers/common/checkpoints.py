"""Checkpoints inside a fine-tune: what a killed one goes on from, bit for bit on a CPU.

transformers writes weights, optimizer, schedule, random states and the number of finished updates. A checkpoint counts
once its marker is there, which is written after everything else is on the disk; the one before it is deleted then.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accelerate import PartialState
from accelerate.utils import broadcast_object_list
from transformers import TrainerCallback

from passgap.errors import EngineError
from passgap.ports import FineTuneJob
from passgap.records import digest_of

FOLDER = "checkpoints"
"""Within a job's folder."""

_MARKER = "complete.json"
_PREFIX = "checkpoint-"

_SHARE_OF_TIME = 0.05
"""Of a fine-tune, the most that writing checkpoints takes: large ones are written less often than declared."""

_NEGLIGIBLE = 5.0
"""Seconds that may be taken more often than that."""

_SPARE_BYTES = 64 << 20
"""Kept free on the disk besides the checkpoint itself."""


def fingerprint(job: FineTuneJob, *besides: str) -> str:
    """The hash of what a checkpoint belongs to: one of another job is not gone on from.

    Args:
        job: the job; where its files are is not part of it.
        besides: whatever else the numbers depend on, such as the type that is computed in.
    """
    return digest_of([job.model_dump(mode="json", exclude={"output", "work", "kept", "stop_after"}), *besides])


def checkpoint_folder(job: FineTuneJob, stack: ExitStack) -> Path:
    """The folder in which a further run finds checkpoints, or one that is deleted with ``stack``."""
    if job.work is None:
        return Path(stack.enter_context(TemporaryDirectory(prefix="passgap-train-")))
    folder = job.work / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def last_checkpoint(folder: Path, belongs_to: str, usable_at: Callable[[int], bool] = lambda _: True) -> Path | None:
    """The latest complete checkpoint of a job; None where there is none. All others are deleted.

    Args:
        folder: where checkpoints are written.
        belongs_to: the job's :func:`fingerprint`.
        usable_at: whether a further run can go on from a number of updates.
    """
    found = sorted(folder.glob(f"{_PREFIX}*"), key=_step_of)
    usable = [path for path in found if _marked(path) == belongs_to and usable_at(_step_of(path))]
    if PartialState().is_main_process:
        _delete([path for path in found if path not in usable[-1:]])
    return usable[-1] if usable else None


def steps_done(checkpoint: Path | None) -> int:
    """The updates that a checkpoint has behind it."""
    return 0 if checkpoint is None else _step_of(checkpoint)


class Checkpoints(TrainerCallback):
    """Lets a trainer of transformers write a checkpoint from time to time, and keeps the last one.

    Args:
        folder: the trainer's ``output_dir``.
        belongs_to: the job's :func:`fingerprint`.
        minutes: the time between two checkpoints.
        stop_after: updates after which training is interrupted, with a checkpoint; None for its end.
    """

    def __init__(self, folder: Path, belongs_to: str, minutes: float, stop_after: int | None = None) -> None:
        self._folder = folder
        self._belongs_to = belongs_to
        self._interval = 60.0 * minutes
        self._stop_after = stop_after
        self._last = self._began = time.monotonic()
        self._took = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Count the time from here."""
        self._last = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **have: Any) -> None:
        """Ask for a checkpoint where the last one is old enough; the last update's is the model itself.

        Raises:
            EngineError: the disk is full.
        """
        if state.global_step >= state.max_steps:
            return
        stops = state.global_step == self._stop_after
        if stops:
            control.should_training_stop = True
        elapsed = time.monotonic() - self._last
        # One process decides for all of them: their clocks differ.
        due = [
            stops or elapsed >= max(self._interval, self._took / _SHARE_OF_TIME if self._took > _NEGLIGIBLE else 0.0)
        ]
        if args.world_size > 1:
            broadcast_object_list(due)
        if due[0]:
            self._refuse_full_disk(have["model"], have["optimizer"])
            self._began = time.monotonic()
            control.should_save = True

    def on_save(self, args: Any, state: Any, control: Any, **have: Any) -> None:
        """Mark the checkpoint as complete once it is on the disk, and delete the one before it."""
        PartialState().wait_for_everyone()
        if state.is_world_process_zero:
            written = self._folder / f"{_PREFIX}{state.global_step}"
            for path in written.rglob("*"):
                if path.is_file():
                    _sync(path)
            (written / _MARKER).write_text(json.dumps({"belongs_to": self._belongs_to}), encoding="ascii")
            _sync(written / _MARKER)
            _delete([path for path in self._folder.glob(f"{_PREFIX}*") if path != written])
        self._last = time.monotonic()
        self._took = self._last - self._began

    def _refuse_full_disk(self, model: Any, optimizer: Any) -> None:
        trained = [each for each in model.parameters() if each.requires_grad]
        moments = (value for state in optimizer.state.values() for value in state.values() if hasattr(value, "nbytes"))
        needed = sum(each.nbytes for each in trained) + sum(each.nbytes for each in moments) + _SPARE_BYTES
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise EngineError(
                "the disk is too full for a checkpoint of the fine-tune",
                [
                    f"{self._folder}: {needed / 1e9:.1f} GB are needed, and {free / 1e9:.1f} GB are free. Free some "
                    f"space and run again: the fine-tune goes on from its last checkpoint."
                ],
            )


def _step_of(path: Path) -> int:
    digits = path.name.removeprefix(_PREFIX)
    return int(digits) if digits.isdigit() else -1


def _marked(path: Path) -> str | None:
    """The fingerprint in a checkpoint's marker; None where it is not complete."""
    try:
        return str(json.loads((path / _MARKER).read_text(encoding="ascii"))["belongs_to"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _delete(paths: list[Path]) -> None:
    """Delete checkpoints, each marker first: what is half deleted is not complete."""
    for path in paths:
        (path / _MARKER).unlink(missing_ok=True)
        shutil.rmtree(path, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
