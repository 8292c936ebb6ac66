"""The parts of a fine-tune with TRL that are the same for every kind of job."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig
from transformers import TrainerCallback

from passgap.errors import DivergedError
from passgap.ports import FineTuneJob, Progress
from passgap.recipes import examples_at_once, updates_of
from passgap.records import TrainConfig

_SHOWN_LOSSES = 200
"""About how many points of the loss curve are kept."""

SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}
"""The declared schedules, as transformers names them; all of them begin with the declared warm-up."""


def processes() -> int:
    """The number of processes that share this job, as their launcher says."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def rank() -> int:
    """The number of this process among them."""
    return int(os.environ.get("RANK", "0"))


def training_options(job: FineTuneJob, scratch: str, examples: int, *, use_cpu: bool) -> dict[str, Any]:
    """The ``TrainingArguments`` of a job: every update is of exactly ``batch_size`` examples on all devices together.

    Args:
        job: what is trained, and how.
        scratch: a folder for what the library writes meanwhile.
        examples: how many there are.
        use_cpu: whether it is trained on a CPU.
    """
    config = job.config
    sharing = processes()
    # One example keeps a CPU busy: more at once take memory and are padded. The update is the same.
    micro = 1 if use_cpu else examples_at_once(config, sharing)
    steps = updates_of(examples, config)
    recomputed = config.activation_checkpointing
    return dict(
        output_dir=scratch,
        per_device_train_batch_size=micro,
        gradient_accumulation_steps=config.batch_size // (micro * sharing),
        max_steps=steps,
        learning_rate=config.learning_rate,
        lr_scheduler_type=SCHEDULES[config.schedule],
        warmup_steps=round(steps * config.warmup_ratio),
        weight_decay=config.weight_decay,
        adam_beta1=config.adam_beta1,
        adam_beta2=config.adam_beta2,
        max_grad_norm=config.max_grad_norm,
        activation_checkpointing=not use_cpu if recomputed is None else recomputed,
        use_cpu=use_cpu,
        ddp_backend="gloo" if use_cpu and sharing > 1 else None,
        # Each update's loss is kept, so that a fine-tune that was killed has the same curve as one that was not.
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=job.seed,
        data_seed=job.seed,
    )


class StepCallback(TrainerCallback):
    """Reports finished steps: first those that a resumed fine-tune has behind it."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Report what an earlier run did."""
        if self._progress is not None and state.global_step:
            self._progress(state.global_step)

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Report one."""
        if self._progress is not None:
            self._progress(1)


def adapters(config: TrainConfig, model: Any = None) -> LoraConfig | None:
    """The low-rank adapters that a job trains, on every linear layer; None where it trains all weights.

    Args:
        config: the fine-tune's.
        model: the model, in which the experts of a mixture may be stacked in parameters that are no layers.
    """
    if config.method == "full":
        return None
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        target_parameters=None if model is None else _stacked_experts(model) or None,
    )


def _stacked_experts(model: Any) -> list[str]:
    """The names of weights that hold one matrix for each expert of a mixture."""
    found = (name for name, parameter in model.named_parameters() if parameter.ndim == 3 and "experts" in name)
    return sorted({".".join(name.split(".")[-3:]) for name in found})


def loss_curve(history: Sequence[dict[str, Any]]) -> tuple[tuple[int, float], ...]:
    """The points (step, mean loss since the point before) of a finished fine-tune, about 200 of them.

    Raises:
        DivergedError: there is none, or a loss is not finite.
    """
    losses = [(int(entry["step"]), float(entry["loss"])) for entry in history if "loss" in entry]
    if not losses or not all(math.isfinite(loss) for _, loss in losses):
        raise DivergedError(
            "the loss became infinite or undefined", ["Lower `training.learning_rate`; nothing was saved."]
        )
    width = max(1, len(losses) // _SHOWN_LOSSES)
    spans = (losses[start : start + width] for start in range(0, len(losses), width))
    return tuple((span[-1][0], sum(loss for _, loss in span) / len(span)) for span in spans)


def save(model: Any, tokenizer: Any, folder: Path, dtype: torch.dtype = torch.bfloat16) -> None:
    """Write a model, with its adapters merged into it, and its tokenizer as a folder that an engine loads.

    Args:
        model: the model, in float32.
        tokenizer: its tokenizer.
        folder: where to.
        dtype: of the stored weights; adapters are merged before they are rounded to it.
    """
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.to(dtype).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def dtype_to_save(config: TrainConfig, base: Path, computed: str = "bfloat16") -> torch.dtype:
    """The type in which a fine-tuned model's weights are stored.

    By default it is the one that the study's engine computes in: rounding to bfloat16 takes most of a short fine-tune's
    effect away, and nothing that an engine which loads bfloat16 would keep.

    Args:
        config: the fine-tune's.
        base: the folder of the base model.
        computed: the type that the study computes in.
    """
    named: str = config.save_dtype or computed
    if named == "base":
        settings = json.loads((base / "config.json").read_text(encoding="utf-8"))
        named = str(settings.get("dtype") or settings.get("torch_dtype") or "float32")
    found = getattr(torch, named.removeprefix("torch."), None)
    return found if isinstance(found, torch.dtype) and found.is_floating_point else torch.float32
