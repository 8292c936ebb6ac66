"""Supervised fine-tuning: all weights, or low-rank adapters merged at the end; in one process or several."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainingArguments

from passgap.errors import EngineError
from passgap.models.dtypes import choose_dtype
from passgap.models.folders import from_folder
from passgap.ports import Progress, SupervisedJob, SupervisedResult, TrainingMeans
from passgap.quiet import quiet_libraries
from passgap.recipes import planned_updates
from passgap.trainers.common.checkpoints import (
    Checkpoints,
    checkpoint_folder,
    fingerprint,
    last_checkpoint,
    steps_done,
)
from passgap.trainers.common.failures import StopWhereDiverged, failures_explained
from passgap.trainers.common.fine_tune import (
    StepCallback,
    adapters,
    loss_curve,
    processes,
    rank,
    training_options,
)
from passgap.trainers.common.kept_models import goes_on, keep_models, kept_of, write_model
from passgap.trainers.supervised.completion_loss import give_completion_loss, logits_are_a_product
from passgap.trainers.supervised.completion_trainer import CompletionTrainer, DoseCallback, Update, dose_of
from passgap.trainers.supervised.encoding import EncodedExamples, encode_examples
from passgap.trainers.supervised.mixed_examples import EncodedMix, encode_mix
from passgap.trainers.supervised.packing import Example, packs_of, shares_of
from passgap.trainers.supervised.side_by_side import side_by_side_agrees


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

    def train(
        self, job: SupervisedJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> SupervisedResult:
        """Train as the protocol says; weights are kept in float32 and saved as ``job.config.save_dtype`` says.

        Of ``job.mix`` so many examples that fit join the job's own as make up its ratio of all.

        Raises:
            EngineError: besides what the protocol names, there are too few examples to mix in, or a disk is full.
        """
        del means
        started = time.monotonic()
        transformers.set_seed(job.seed)
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = _encoded(tokenizer, job)
        own = len(encoded.rows)
        mixed = encode_mix(tokenizer, job.mix, own, job.config.max_length) if job.mix else EncodedMix()
        examples = [Example.of(row) for row in (*encoded.rows, *mixed.rows)]
        aside = encode_examples(tokenizer, job.held_back, job.config.max_length).rows if job.held_back else ()
        with ExitStack() as stack:
            stack.enter_context(quiet_libraries())
            stack.enter_context(failures_explained(job.work or job.output.parent))
            folder = checkpoint_folder(job, stack)
            run = _Run(job, examples, [Example.of(row) for row in aside], self._chosen.dtype, self._use_cpu)
            trainer = run.trainer(folder, progress)
            found = run.resumed_from(folder)
            keep_models(trainer, tokenizer, job, self._chosen.dtype, steps_done(found))
            steps = _train(trainer, job, found)
            losses = loss_curve(trainer.state.log_history)
            write_model(trainer, tokenizer, job, job.output, self._chosen.dtype, goes_on=False)
        return SupervisedResult(
            checkpoint=job.output,
            examples=len(examples),
            steps=steps,
            tokens=run.tokens_after[steps],
            prompt_tokens=sum(len(examples[each].prompt) for update in run.plan[:steps] for each in update),
            dropped_too_long=encoded.dropped_too_long,
            losses=losses,
            kept=kept_of(job, len(run.plan)),
            seconds=time.monotonic() - started,
            versions={
                **{name: version(name) for name in ("torch", "transformers", "peft")},
                "dtype": self._chosen.dtype,
            },
            processes=processes(),
            pass_tokens=encoded.loss_tokens + mixed.loss_tokens,
            mixed_examples=len(mixed.rows),
            mixed_tokens=mixed.loss_tokens,
            mixed_too_long=mixed.too_long,
            dose=dose_of(trainer.state.log_history, run.tokens_after),
            held_back_examples=len(aside),
            trained_parameters=run.trained_parameters,
        )


class _Run:
    """One job's model, and which examples each of its updates takes.

    Args:
        job: the job.
        examples: the examples that are trained on.
        held_back: those that are not.
        dtype: the type of the matrix products.
        use_cpu: whether it is trained on a CPU.
    """

    def __init__(
        self, job: SupervisedJob, examples: Sequence[Example], held_back: Sequence[Example], dtype: str, use_cpu: bool
    ) -> None:
        self._job = job
        self._examples = examples
        self._held_back = held_back
        self._dtype = dtype
        self._use_cpu = use_cpu
        self.plan = planned_updates([each.prompt for each in examples], job.config, job.seed)
        counts = [sum(examples[each].loss_tokens for each in update) for update in self.plan]
        self.tokens_after = list(accumulate(counts, initial=0))
        self._options = training_options(job, "", len(examples), use_cpu=use_cpu)
        self.trained_parameters = 0

    def trainer(self, folder: Path, progress: Progress | None) -> CompletionTrainer:
        """Load the model and make its trainer, with every update divided among the processes."""
        job = self._job
        model = from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32)
        probe = torch.tensor([self._examples[0].prompt[:32] + self._examples[0].target[:1]])
        shared = side_by_side_agrees(model, self._examples)
        give_completion_loss(model, fused=logits_are_a_product(model, probe))
        config = adapters(job.config, model)
        trained = model if config is None else get_peft_model(model, config)
        self.trained_parameters = sum(each.numel() for each in trained.parameters() if each.requires_grad)
        aside = self._packs(self._held_back, shared)
        dose = DoseCallback(job.config.eval_every) if job.config.eval_every and aside else None
        trainer = CompletionTrainer(
            [self._share(update, shared) for update in self.plan],
            shares_of(aside, processes())[rank()],
            sum(each.loss_tokens for each in self._held_back),
            model=trained,
            args=TrainingArguments(
                **{
                    **self._options,
                    "output_dir": str(folder),
                    "per_device_train_batch_size": 1,
                    "gradient_accumulation_steps": 1,
                    "bf16": self._dtype == "bfloat16",
                    "ddp_find_unused_parameters": _experts_may_idle(model),
                }
            ),
            callbacks=[
                StepCallback(progress),
                StopWhereDiverged(model.get_input_embeddings().weight.shape[0]),
                *([dose] if dose else []),
                *(
                    [Checkpoints(folder, self._belongs_to, job.config.checkpoint_minutes, job.stop_after)]
                    if job.work
                    else []
                ),
            ],
        )
        if dose:
            dose.trainer = trainer
        trainer.remove_callback(PrinterCallback)
        return trainer

    def resumed_from(self, folder: Path) -> Path | None:
        """The checkpoint that the fine-tune goes on from."""
        stop = self._job.stop_after

        def usable(step: int) -> bool:
            return (stop is None or step <= stop) and goes_on(self._job, len(self.plan), step)

        return last_checkpoint(folder, self._belongs_to, usable)

    @property
    def _belongs_to(self) -> str:
        return fingerprint(self._job, self._dtype, str(processes()), transformers.__version__, torch.__version__)

    def _share(self, update: Sequence[int], shared: bool) -> Update:
        examples = [self._examples[each] for each in update]
        packs = self._packs(examples, shared)
        share = shares_of(packs, processes())[rank()]
        tokens = sum(each.loss_tokens for each in examples)
        return Update(packs=tuple(share or packs[:1]), tokens=tokens, idle=not share)

    def _packs(self, examples: Sequence[Example], shared: bool) -> Any:
        at_once = self._options["per_device_train_batch_size"]
        return packs_of(examples, at_once, at_once * self._job.config.max_length, shared=shared)


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


def _train(trainer: CompletionTrainer, job: SupervisedJob, found: Path | None) -> int:
    """Train to where the job ends or is interrupted, and return the finished updates."""
    if found is not None and steps_done(found) == job.stop_after:  # killed before the model of that point was written
        trainer.restore(found)
        return int(trainer.state.global_step)
    outcome = trainer.train(resume_from_checkpoint=None if found is None else str(found))
    return int(outcome.global_step)


def _experts_may_idle(model: Any) -> bool:
    """Whether an update may leave experts of a mixture, and their gradients, out."""
    return any("experts" in name for name, _ in model.named_modules())
