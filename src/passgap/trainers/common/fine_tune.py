"""The parts of a fine-tune with TRL that are the same for every kind of job."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
from peft import LoraConfig
from transformers import TrainerCallback

from passgap.errors import EngineError
from passgap.ports import FineTuneJob, Progress
from passgap.recipes import examples_at_once, updates_of
from passgap.records import TrainConfig

_SHOWN_LOSSES = 200
"""About how many points of the loss curve are kept."""

ArgumentsT = TypeVar("ArgumentsT")


def training_options(job: FineTuneJob, scratch: str, examples: int, *, use_cpu: bool) -> dict[str, Any]:
    """The ``TrainingArguments`` of a job: every update is of exactly ``batch_size`` examples on every device.

    Args:
        job: what is trained, and how.
        scratch: a folder for what the library writes meanwhile.
        examples: how many there are.
        use_cpu: whether it is trained on a CPU.
    """
    config = job.config
    # One example keeps a CPU busy: more at once take memory and are padded. The update is the same.
    micro = 1 if use_cpu else examples_at_once(config)
    steps = updates_of(examples, config)
    return dict(
        output_dir=scratch,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=config.batch_size // micro,
        max_steps=steps,
        learning_rate=config.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=round(steps * config.warmup_ratio),
        weight_decay=config.weight_decay,
        adam_beta1=config.adam_beta1,
        adam_beta2=config.adam_beta2,
        max_grad_norm=config.max_grad_norm,
        use_cpu=use_cpu,
        logging_steps=max(1, steps // _SHOWN_LOSSES),
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=job.seed,
        data_seed=job.seed,
    )


def in_one_process(arguments: ArgumentsT) -> ArgumentsT:
    """Return TRL's configuration; several processes would multiply the declared batch.

    Raises:
        EngineError: training was started in more than one process.
    """
    processes = int(arguments.world_size)  # type: ignore[attr-defined]
    if processes > 1:
        raise EngineError(
            f"training was started in {processes} processes, and passgap trains in one",
            ["Every process would take a whole batch of its own. Start passgap without a launcher such as `torchrun`."],
        )
    return arguments


class StepCallback(TrainerCallback):
    """Reports finished steps."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Report one."""
        if self._progress is not None:
            self._progress(1)


def adapters(config: TrainConfig) -> LoraConfig | None:
    """The low-rank adapters that a job trains; None where it trains all weights."""
    if config.method == "full":
        return None
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def loss_curve(history: Sequence[dict[str, Any]]) -> tuple[tuple[int, float], ...]:
    """The points (step, loss) of a finished fine-tune.

    Raises:
        EngineError: there is none, or a loss is not finite.
    """
    losses = tuple((int(entry["step"]), float(entry["loss"])) for entry in history if "loss" in entry)
    if not losses or not all(math.isfinite(loss) for _, loss in losses):
        raise EngineError(
            "the loss became infinite or undefined", ["Lower `training.learning_rate`; nothing was saved."]
        )
    return losses


def save(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write a model, with its adapters merged into it, and its tokenizer as a folder that an engine loads."""
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
