"""Preference optimisation with TRL's ``DPOTrainer``, and the pass of the reference model that goes before."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from passgap.errors import EngineError
from passgap.models.dtypes import choose_dtype
from passgap.models.folders import from_folder
from passgap.ports import FineTuneJob, Progress, TrainingMeans
from passgap.ports.preference_job import (
    LogProbs,
    PreferenceJob,
    PreferenceResult,
    ReferenceJob,
    ReferenceResult,
)
from passgap.quiet import quiet_libraries
from passgap.recipes import planned_updates
from passgap.records import PreferenceLoss, PreferencePair
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
from passgap.trainers.preference.encoding import EncodedPairs, encode_pairs
from passgap.trainers.preference.pair_trainer import PairTrainer, measured, pair_curve, share_of

MEASURED_PAIRS = 256
"""The most pairs that are measured before and after a fine-tune: a forward pass over all would cost a third of it."""


class _OnPairs:
    """The parts that a reference pass and a fine-tune have in common.

    Args:
        device: ``cpu``, ``cuda``, ``mps``, or ``auto``.
        dtype: the type of the matrix products: weights, and sums, stay in float32. float16 needs a scaled loss, which
            can end a fine-tune, so that it counts as ``auto`` here.
    """

    def __init__(self, device: str = "auto", dtype: str = "auto") -> None:
        self._chosen = choose_dtype("auto" if dtype == "float16" else dtype, device)
        self._use_cpu = self._chosen.device == "cpu"

    def _open(
        self,
        job: FineTuneJob,
        rows: Sequence[dict[str, list[int]]],
        reference: Sequence[LogProbs] | None,
        loss: PreferenceLoss,
        folder: Path,
        tokenizer: Any,
        callbacks: Sequence[Any] = (),
    ) -> PairTrainer:
        options = {
            **training_options(job, str(folder), len(rows), use_cpu=self._use_cpu),
            "bf16": self._chosen.dtype == "bfloat16",
        }
        if loss.sft_weight:
            # TRL means this term over the tokens of what is computed at once: so it is each pair's own everywhere.
            options["per_device_train_batch_size"] = 1
        model = from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32)
        options["ddp_find_unused_parameters"] = any("experts" in name for name, _ in model.named_modules())
        at_once = int(options["per_device_train_batch_size"])
        return PairTrainer(
            rows,
            reference,
            loss,
            [share_of(update, at_once, rank(), processes()) for update in _plan(rows, job)],
            options,
            model=model,
            processing_class=tokenizer,
            peft_config=adapters(job.config, model),
            callbacks=list(callbacks),
        )

    @property
    def _versions(self) -> dict[str, str]:
        return {
            **{name: version(name) for name in ("torch", "transformers", "trl", "peft")},
            "dtype": self._chosen.dtype,
        }


class ReferencePass(_OnPairs):
    """Implements :class:`passgap.ports.Trainer` for reference passes: nothing is trained and nothing is written."""

    def train(
        self, job: ReferenceJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> ReferenceResult:
        """Compute the base model's log-probabilities of all answers, pair by pair.

        Raises:
            EngineError: the base model cannot be loaded, or no pair fits.
        """
        del means
        started = time.monotonic()
        _refuse_shards()
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = _encoded(tokenizer, job.pairs, job.config.max_length)
        loss = PreferenceLoss(kind="dpo", beta=1.0)
        found: list[LogProbs | None] = [None] * len(job.pairs)
        with (
            TemporaryDirectory(prefix="passgap-reference-") as scratch,
            quiet_libraries(),
            failures_explained(job.output.parent),
        ):
            trainer = self._open(job, encoded.rows, None, loss, Path(scratch), tokenizer)
            computed = trainer.log_probs(encoded.rows, reference=True, progress=progress)
        for place, each in zip(encoded.kept, computed, strict=True):
            found[place] = each
        return ReferenceResult(
            checkpoint=job.output,
            examples=len(encoded.rows),
            steps=len(encoded.rows),
            tokens=encoded.chosen_tokens + encoded.rejected_tokens,
            prompt_tokens=2 * sum(len(row["prompt_ids"]) for row in encoded.rows),
            dropped_too_long=encoded.dropped_too_long,
            losses=(),
            seconds=time.monotonic() - started,
            versions=self._versions,
            processes=processes(),
            log_probs=tuple(found),
        )


class PreferenceTrainer(_OnPairs):
    """Implements :class:`passgap.ports.Trainer` for DPO and IPO: of all weights, or of low-rank adapters."""

    def train(
        self, job: PreferenceJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> PreferenceResult:
        """Train as the protocol says; weights are kept in float32 and saved as ``job.config.save_dtype`` says.

        The pairs are measured under the model before the first update and after the last one.

        Raises:
            EngineError: as the protocol says.
        """
        del means
        started = time.monotonic()
        _refuse_shards()
        transformers.set_seed(job.seed)
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = _encoded(tokenizer, job.pairs, job.config.max_length)
        reference = _known(job, encoded)
        rows, few = encoded.rows, slice(MEASURED_PAIRS)
        belongs_to = fingerprint(job, self._chosen.dtype, str(processes()), *self._versions.values())
        with ExitStack() as stack:
            stack.enter_context(quiet_libraries())
            stack.enter_context(failures_explained(job.work or job.output.parent))
            folder = checkpoint_folder(job, stack)
            kept = [Checkpoints(folder, belongs_to, job.config.checkpoint_minutes)] if job.work else []
            callbacks = [StepCallback(progress), StopWhereDiverged(), *kept]
            trainer = self._open(job, rows, reference, job.loss, folder, tokenizer, callbacks)
            before = measured(rows[few], reference[few], reference[few])
            updates = int(trainer.args.max_steps)
            found = last_checkpoint(folder, belongs_to, partial(goes_on, job, updates))
            keep_models(trainer, tokenizer, job, self._chosen.dtype, steps_done(found))
            outcome = trainer.train(resume_from_checkpoint=None if found is None else str(found))
            losses = loss_curve(trainer.state.log_history)
            after = measured(rows[few], trainer.log_probs(rows[few], reference=False), reference[few])
            write_model(trainer, tokenizer, job, job.output, self._chosen.dtype, goes_on=False)
        seen = [rows[place] for update in _plan(rows, job) for place in update]
        return PreferenceResult(
            checkpoint=job.output,
            examples=len(rows),
            steps=int(outcome.global_step),
            tokens=sum(len(row["chosen_ids"]) + len(row["rejected_ids"]) for row in seen),
            prompt_tokens=2 * sum(len(row["prompt_ids"]) for row in seen),
            dropped_too_long=encoded.dropped_too_long,
            losses=losses,
            kept=kept_of(job, updates),
            seconds=time.monotonic() - started,
            versions=self._versions,
            processes=processes(),
            chosen_tokens=encoded.chosen_tokens,
            rejected_tokens=encoded.rejected_tokens,
            dropped_empty=encoded.dropped_empty,
            measured_pairs=len(rows[few]),
            before=before,
            after=after,
            curve=pair_curve(trainer.state.log_history, job.loss.beta),
        )


def _plan(rows: Sequence[dict[str, list[int]]], job: FineTuneJob) -> list[list[int]]:
    """The rows of every update."""
    return planned_updates([tuple(row["prompt_ids"]) for row in rows], job.config, job.seed)


def _refuse_shards() -> None:
    """Refuse weights that are divided among GPUs: the reference pass needs them whole on each.

    Raises:
        EngineError: they are.
    """
    if os.environ.get("ACCELERATE_USE_FSDP") == "true":
        raise EngineError(
            "a fine-tune on pairs needs the whole model on each GPU",
            [
                "training.method: weights, gradients and moments do not fit into one. Set `method: lora`, or train in "
                "fewer processes on larger GPUs (`training.processes`)."
            ],
        )


def _known(job: PreferenceJob, encoded: EncodedPairs) -> list[LogProbs]:
    """The reference's log-probabilities of the rows.

    Raises:
        EngineError: they are of other pairs.
    """
    found = [job.reference[place] for place in encoded.kept] if len(job.reference) == len(job.pairs) else [None]
    if None in found:
        raise EngineError(
            "the reference's log-probabilities are of other pairs",
            [
                f"{len(job.pairs)} pairs were given, of which {len(encoded.rows)} fit, and {len(job.reference)} values "
                f"of the reference."
            ],
        )
    return [each for each in found if each is not None]


def _encoded(tokenizer: Any, pairs: Sequence[PreferencePair], max_length: int) -> EncodedPairs:
    encoded = encode_pairs(tokenizer, pairs, max_length)
    if not encoded.rows:
        raise EngineError(
            "there is nothing to train on",
            [
                f"{len(pairs)} pairs were given: {encoded.dropped_too_long} are longer than {max_length} tokens, and "
                f"{encoded.dropped_empty} have an empty answer. Raise `training.max_length`, or look at the pairs."
            ],
        )
    return encoded
