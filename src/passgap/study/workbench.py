"""The ports that a study works with, opened when a step first needs them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from passgap.ports import Clock, Executor, Sampler, Trainer
from passgap.stages import ProgressReporter


@dataclass(frozen=True, kw_only=True)
class Workbench:
    """Everything outside the study's folder that its steps touch.

    Args:
        clock: the time.
        progress: shown to whoever looks.
        who: the name that ledger entries carry.
        resolve_model: turns a model id into a folder, fetching it where that is needed.
        model_digest: the hash of a model folder's weights, configuration and tokenizer.
        open_sampler: opens a model folder for sampling; weights are loaded with the first sample.
        open_executor: opens the sandbox.
        open_trainer: opens the fine-tuner.
    """

    clock: Clock
    progress: ProgressReporter
    who: str
    resolve_model: Callable[[str], Path]
    model_digest: Callable[[Path], str]
    open_sampler: Callable[[Path], Sampler]
    open_executor: Callable[[], Executor]
    open_trainer: Callable[[], Trainer]
