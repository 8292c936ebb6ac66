"""Supervised fine-tuning with TRL's ``SFTTrainer``: all weights, or low-rank adapters merged at the end."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import datasets
import torch
import transformers
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, Trainer, TrainerCallback
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from passgap.errors import EngineError
from passgap.models.dtypes import choose_dtype
from passgap.models.folders import from_folder
from passgap.ports import Progress, TrainJob, TrainResult
from passgap.quiet import quiet_libraries
from passgap.recipes import examples_at_once, updates_of
from passgap.records import Mix, TrainConfig, TrainExample
from passgap.trainers.encoding import IGNORED_LABEL, encode_examples
from passgap.trainers.mixing import EncodedMix, encode_mix
from passgap.trainers.prompt_logits import without_prompt_logits

_SHOWN_LOSSES = 200
"""About how many points of the loss curve are kept."""


class SupervisedTrainer:
    """Implements :class:`passgap.ports.Trainer` for cross-entropy on completions.

    Args:
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: the type of the products: weights, and what is summed, stay in float32. float16 needs a scaled loss,
            which can end a fine-tune, so that it counts as ``auto`` here.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._chosen = choose_dtype("auto" if dtype == "float16" else dtype, device)
        self._use_cpu = self._chosen.device == "cpu"

    def train(
        self,
        job: TrainJob,
        examples: Sequence[TrainExample],
        *,
        mix: Mix | None = None,
        progress: Progress | None = None,
    ) -> TrainResult:
        """Train as the protocol says; weights are kept in float32 and saved in bfloat16."""
        started = time.monotonic()
        transformers.set_seed(job.seed)
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = encode_examples(tokenizer, examples, job.config.max_length)
        if not encoded.rows:
            raise EngineError(
                "there is nothing to train on",
                [
                    f"{len(examples)} examples were given, {encoded.dropped_too_long} of them are longer than "
                    f"{job.config.max_length} tokens and the rest are empty. Raise `training.max_length`, or look at "
                    f"the samples of the pool."
                ],
            )
        own = len(encoded.rows)
        mixed = encode_mix(tokenizer, mix, own, job.config.max_length) if mix else EncodedMix()
        rows = [*encoded.rows, *mixed.rows]
        with TemporaryDirectory(prefix="passgap-train-") as scratch, quiet_libraries():
            trainer = (_PlainLossTrainer if self._use_cpu else _CountingTrainer)(
                model=from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32),
                args=_in_one_process(
                    {
                        **training_options(job, scratch, len(rows), use_cpu=self._use_cpu),
                        "bf16": self._chosen.dtype == "bfloat16",
                    }
                ),
                train_dataset=datasets.Dataset.from_list(rows),
                processing_class=tokenizer,
                peft_config=_adapters(job.config),
                callbacks=[_Watch(progress)],
            )
            trainer.remove_callback(PrinterCallback)
            outcome = trainer.train()
            losses = _loss_curve(trainer.state.log_history)
            if not losses or not all(math.isfinite(loss) for _, loss in losses):
                raise EngineError(
                    "the loss became infinite or undefined",
                    ["Lower `training.learning_rate`; nothing was saved."],
                )
            _save(trainer.model, tokenizer, job.output)
        return TrainResult(
            checkpoint=job.output,
            examples=len(rows),
            steps=int(outcome.global_step),
            tokens=trainer.seen.loss_tokens,
            prompt_tokens=trainer.seen.prompt_tokens,
            dropped_too_long=encoded.dropped_too_long,
            losses=losses,
            seconds=time.monotonic() - started,
            versions={
                **{name: version(name) for name in ("torch", "transformers", "trl", "peft")},
                "dtype": self._chosen.dtype,
            },
            pass_tokens=encoded.loss_tokens + mixed.loss_tokens,
            mixed_examples=len(mixed.rows),
            mixed_tokens=mixed.loss_tokens,
            mixed_too_long=mixed.too_long,
        )


def training_options(job: TrainJob, scratch: str, examples: int, *, use_cpu: bool) -> dict[str, Any]:
    """TRL's settings for a job on some examples: every update is of exactly ``batch_size`` of them on every device."""
    config = job.config
    # One example is work enough for a CPU: more at once take memory and are padded. The update is the same.
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
        activation_checkpointing=not use_cpu,
        logging_steps=max(1, steps // _SHOWN_LOSSES),
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
        seed=job.seed,
        data_seed=job.seed,
        max_length=None,
        packing=False,
        train_sampling_strategy="group_by_length",
        dataset_kwargs={"skip_prepare_dataset": True},
    )


def _in_one_process(options: dict[str, Any]) -> SFTConfig:
    """TRL's configuration; several processes would multiply the declared batch.

    Raises:
        EngineError: training was started in more than one process.
    """
    arguments = SFTConfig(**options)
    if arguments.world_size > 1:
        raise EngineError(
            f"training was started in {arguments.world_size} processes, and passgap trains in one",
            ["Every process would take a whole batch of its own. Start passgap without a launcher such as `torchrun`."],
        )
    return arguments


@dataclass
class _Seen:
    """Counts of the tokens that the updates went through."""

    loss_tokens: int = 0
    prompt_tokens: int = 0


class _CountingTrainer(SFTTrainer):
    """TRL's trainer that counts the tokens that it trains on: with a share of an epoch, no product says how many."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.seen = _Seen()
        super().__init__(*arguments, **options)

    def _send_telemetry(self) -> None:
        """Send nothing: TRL would tell the hub about every trainer that is made."""

    def training_step(self, model: Any, inputs: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        """Count a batch and train on it."""
        counted = inputs["labels"] != IGNORED_LABEL
        self.seen.loss_tokens += int(counted.sum())
        self.seen.prompt_tokens += int((inputs["attention_mask"].bool() & ~counted).sum())
        return super().training_step(model, inputs, *arguments, **options)  # type: ignore[no-untyped-call]


class _PlainLossTrainer(_CountingTrainer):
    """TRL's trainer with the model's own cross-entropy, on the logits that it is taken on.

    TRL computes log-probabilities, entropy and accuracy in one fused kernel in float32, which saves memory on a GPU and
    takes most of the time of a step on a CPU. The loss is the same.
    """

    def compute_loss(self, model: Any, inputs: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        """Compute the loss as ``transformers.Trainer`` does."""
        return Trainer.compute_loss(self, model, without_prompt_logits(model, inputs), *arguments, **options)


class _Watch(TrainerCallback):
    """Reports finished steps."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def on_step_end(self, *_: Any, **__: Any) -> None:
        if self._progress is not None:
            self._progress(1)


def _adapters(config: TrainConfig) -> LoraConfig | None:
    if config.method == "full":
        return None
    return LoraConfig(
        r=config.lora_rank,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )


def _loss_curve(history: Sequence[dict[str, Any]]) -> tuple[tuple[int, float], ...]:
    return tuple((int(entry["step"]), float(entry["loss"])) for entry in history if "loss" in entry)


def _save(model: Any, tokenizer: Any, folder: Path) -> None:
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.to(torch.bfloat16).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
