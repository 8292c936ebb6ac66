"""Supervised fine-tuning with TRL's ``SFTTrainer``: all weights, or low-rank adapters merged at the end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.metadata import version
from tempfile import TemporaryDirectory
from typing import Any

import datasets
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, Trainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer

from passgap.errors import EngineError
from passgap.models.dtypes import choose_dtype
from passgap.models.folders import from_folder
from passgap.ports import Progress, SupervisedJob, SupervisedResult
from passgap.quiet import quiet_libraries
from passgap.trainers.common.fine_tune import (
    StepCallback,
    adapters,
    in_one_process,
    loss_curve,
    save,
    training_options,
)
from passgap.trainers.supervised.encoding import IGNORED_LABEL, EncodedExamples, encode_examples
from passgap.trainers.supervised.mixed_examples import EncodedMix, encode_mix
from passgap.trainers.supervised.prompt_logits import without_prompt_logits


class SupervisedTrainer:
    """Implements :class:`passgap.ports.Trainer` for cross-entropy on completions.

    Args:
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: the type of the matrix products: weights, and sums, stay in float32. float16 needs a scaled loss, which
            can end a fine-tune, so that it counts as ``auto`` here.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._chosen = choose_dtype("auto" if dtype == "float16" else dtype, device)
        self._use_cpu = self._chosen.device == "cpu"

    def train(self, job: SupervisedJob, *, progress: Progress | None = None) -> SupervisedResult:
        """Train as the protocol says; weights are kept in float32 and saved in bfloat16.

        Of ``job.mix`` so many examples that fit join the job's own as make up its ratio of all.

        Raises:
            EngineError: besides what the protocol names, there are too few examples to mix in.
        """
        started = time.monotonic()
        transformers.set_seed(job.seed)
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = _encoded(tokenizer, job)
        own = len(encoded.rows)
        mixed = encode_mix(tokenizer, job.mix, own, job.config.max_length) if job.mix else EncodedMix()
        rows = [*encoded.rows, *mixed.rows]
        with TemporaryDirectory(prefix="passgap-train-") as scratch, quiet_libraries():
            trainer = (_PlainLossTrainer if self._use_cpu else _CountingTrainer)(
                model=from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32),
                args=in_one_process(SFTConfig(**self._options(job, scratch, len(rows)))),
                train_dataset=datasets.Dataset.from_list(rows),
                processing_class=tokenizer,
                peft_config=adapters(job.config),
                callbacks=[StepCallback(progress)],
            )
            trainer.remove_callback(PrinterCallback)
            outcome = trainer.train()
            losses = loss_curve(trainer.state.log_history)
            save(trainer.model, tokenizer, job.output)
        return SupervisedResult(
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

    def _options(self, job: SupervisedJob, scratch: str, examples: int) -> dict[str, Any]:
        """The arguments of TRL's ``SFTConfig``."""
        return {
            **training_options(job, scratch, examples, use_cpu=self._use_cpu),
            "bf16": self._chosen.dtype == "bfloat16",
            "activation_checkpointing": not self._use_cpu,
            "max_length": None,
            "packing": False,
            "train_sampling_strategy": "group_by_length",
            "dataset_kwargs": {"skip_prepare_dataset": True},
        }


def _encoded(tokenizer: Any, job: SupervisedJob) -> EncodedExamples:
    encoded = encode_examples(tokenizer, job.examples, job.config.max_length)
    if not encoded.rows:
        raise EngineError(
            "there is nothing to train on",
            [
                f"{len(job.examples)} examples were given, {encoded.dropped_too_long} of them are longer than "
                f"{job.config.max_length} tokens and the rest are empty. Raise `training.max_length`, or look at the "
                f"samples of the pool."
            ],
        )
    return encoded


@dataclass
class _Seen:
    """Counts of the tokens that the updates went through."""

    loss_tokens: int = 0
    prompt_tokens: int = 0


class _CountingTrainer(SFTTrainer):
    """TRL's trainer that counts the tokens that it trains on: with a fraction of an epoch, no product says how many."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.seen = _Seen()
        super().__init__(*arguments, **options)

    def _send_telemetry(self) -> None:
        """Send nothing: TRL would report every trainer to the Hugging Face hub."""

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
