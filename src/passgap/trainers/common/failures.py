"""Failures of libraries in a fine-tune that a person can do something about, as errors for people."""

from __future__ import annotations

import errno
import math
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import torch
from transformers import TrainerCallback

from passgap.errors import DivergedError, EngineError

_ALLOCATION = ("can't allocate memory", "not enough memory", "out of memory")

_LATEST = 10
"""Updates whose median loss says whether a fine-tune diverges."""

_WORSE_BY = 1.0
"""Nats per token above the first update's loss that count as divergence, if guessing would be better besides."""


@contextmanager
def failures_explained(folder: Path) -> Iterator[None]:
    """Turn exhausted memory and a full disk into errors that say so.

    Args:
        folder: what is written goes there.

    Raises:
        EngineError: either of them happened.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise _no_memory(error) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _full(folder, error) from error
    except Exception as error:  # libraries raise types of their own where a write fails
        if "os error 28" in str(error) or "No space left" in str(error):
            raise _full(folder, error) from error
        if isinstance(error, RuntimeError) and any(each in str(error) for each in _ALLOCATION):
            raise _no_memory(error) from error
        raise


def _no_memory(error: Exception) -> EngineError:
    return EngineError(
        "the fine-tune does not fit into the device's memory",
        [
            f"{str(error).splitlines()[0]}. Set `training.activation_checkpointing: true`, lower "
            f"`training.max_length`, or train with `method: lora`."
        ],
    )


def _full(folder: Path, error: Exception) -> EngineError:
    try:
        free = f"{shutil.disk_usage(folder).free / 1e9:.1f} GB are free now"
    except OSError:
        free = "it is not known how much is free"
    return EngineError(
        "the disk became full while the fine-tune was written",
        [f"{folder}: {str(error).splitlines()[0]}; {free}. Free some space and run again."],
    )


class StopWhereDiverged(TrainerCallback):
    """Ends a fine-tune whose loss is not finite or, of a cross-entropy, is worse than guessing and grows.

    Args:
        vocabulary: the number of tokens, of a loss in nats per token; None for any other loss.
    """

    def __init__(self, vocabulary: int | None = None) -> None:
        self._vocabulary = vocabulary

    def on_log(self, args: Any, state: Any, control: Any, **have: Any) -> None:
        """Look at the latest losses.

        Raises:
            DivergedError: the fine-tune diverged.
        """
        logged = have.get("logs") or {}
        if any(not math.isfinite(float(logged[name])) for name in ("loss", "grad_norm") if name in logged):
            raise DivergedError(
                "the loss became infinite or undefined",
                [f"At update {state.global_step}. Lower `training.learning_rate`; nothing was saved."],
            )
        if self._vocabulary is None or "loss" not in logged:
            return
        losses = [float(entry["loss"]) for entry in state.log_history if "loss" in entry]
        latest = median(losses[-_LATEST:])
        if len(losses) > _LATEST and latest > max(math.log(self._vocabulary), losses[0] + _WORSE_BY):
            raise DivergedError(
                "the fine-tune diverges",
                [
                    f"The median loss of the last {_LATEST} updates before update {state.global_step} is {latest:.2f} "
                    f"nats per token; it was {losses[0]:.2f} at the first, and guessing any of the "
                    f"{self._vocabulary} tokens gives {math.log(self._vocabulary):.2f}. Lower "
                    f"`training.learning_rate`; nothing was saved."
                ],
            )
