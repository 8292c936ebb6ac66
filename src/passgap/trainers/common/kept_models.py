"""Models in the course of a fine-tune, in the form in which the last one is saved: what a dose curve is measured on."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, TrainerCallback

from passgap.models.folders import from_folder
from passgap.ports import FineTuneJob
from passgap.recipes import kept_after
from passgap.records import KeptModel
from passgap.trainers.common.fine_tune import adapters, dtype_to_save, save

_PARTIAL = ".partial"


def keep_models(trainer: Any, tokenizer: Any, job: FineTuneJob, computed: str, first: int) -> None:
    """Let a trainer keep the models that its job names.

    Args:
        trainer: of transformers, before it trains.
        tokenizer: that is stored with each model.
        job: the job.
        computed: the type that the study computes in.
        first: the updates that an earlier run did. What is kept of later ones is that run's, and deleted.
    """
    if job.kept is None or not job.config.checkpoints:
        return
    wanted = kept_after(int(trainer.args.max_steps), job.config)
    if trainer.is_world_process_zero():
        job.kept.mkdir(parents=True, exist_ok=True)
        early = {_name(share) for share, step in wanted.items() if step <= first}
        for leftover in job.kept.iterdir():
            if leftover.name not in early:
                shutil.rmtree(leftover, ignore_errors=True)
    shares = {step: share for share, step in wanted.items()}
    trainer.add_callback(_KeepModels(trainer, tokenizer, job, computed, shares))


def goes_on(job: FineTuneJob, updates: int, step: int) -> bool:
    """Whether a fine-tune can go on from a step: all models that were to be kept until then are there."""
    if job.kept is None:
        return True
    before = [share for share, kept in kept_after(updates, job.config).items() if kept <= step]
    return all((job.kept / _name(share)).is_dir() for share in before)


def kept_of(job: FineTuneJob, updates: int) -> tuple[KeptModel, ...]:
    """The models that a finished fine-tune kept; fewer than it names where it ended early.

    Args:
        job: the job.
        updates: as they were planned.
    """
    if job.kept is None:
        return ()
    found = (KeptModel(share=share, step=step) for share, step in kept_after(updates, job.config).items())
    return tuple(each for each in found if (job.kept / each.name).is_dir())


def write_model(trainer: Any, tokenizer: Any, job: FineTuneJob, folder: Path, computed: str, *, goes_on: bool) -> None:
    """Write a trainer's model once, whichever processes hold parts of it. All of them have to call this.

    Args:
        trainer: of transformers.
        tokenizer: that is stored with it.
        job: the job.
        folder: where to.
        computed: the type that the study computes in.
        goes_on: whether training goes on, so that the model has to stay as it is.
    """
    dtype = dtype_to_save(job.config, job.base, computed)
    sharded = bool(getattr(trainer, "is_fsdp_enabled", False))
    model = trainer.accelerator.unwrap_model(trainer.model)
    whole = trainer.accelerator.get_state_dict(trainer.model) if sharded else None
    if trainer.is_world_process_zero():
        if sharded or goes_on:
            # New adapters draw random numbers, and training goes on with those that it would have drawn.
            with torch.random.fork_rng(enabled=goes_on):
                fresh: Any = from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32)
                config = adapters(job.config, fresh)
                fresh = fresh if config is None else get_peft_model(fresh, config)
            fresh.load_state_dict(model.state_dict() if whole is None else whole)
            model = fresh
        save(model, tokenizer, folder, dtype)
    trainer.accelerator.wait_for_everyone()


class _KeepModels(TrainerCallback):
    """Writes the model after certain updates; each folder appears complete or not at all."""

    def __init__(self, trainer: Any, tokenizer: Any, job: FineTuneJob, computed: str, shares: dict[int, float]) -> None:
        self._trainer, self._tokenizer, self._job, self._computed = trainer, tokenizer, job, computed
        self._shares = shares

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Write the model where it is time."""
        share = self._shares.get(state.global_step)
        if share is None:
            return
        assert self._job.kept is not None
        target = self._job.kept / _name(share)
        staged = self._job.kept / f"{_name(share)}{_PARTIAL}"
        write_model(self._trainer, self._tokenizer, self._job, staged, self._computed, goes_on=True)
        if state.is_world_process_zero:
            for path in staged.iterdir():
                _sync(path)
            staged.replace(target)
            _sync(self._job.kept)


def _name(share: float) -> str:
    return KeptModel(share=share, step=0).name


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
