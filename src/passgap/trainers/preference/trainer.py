"""Preference optimisation with TRL's ``DPOTrainer``, and the pass of the reference model that goes before."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import version
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
from passgap.records import PreferenceLoss, PreferencePair
from passgap.trainers.common.fine_tune import StepCallback, adapters, loss_curve, save, training_options
from passgap.trainers.preference.encoding import EncodedPairs, encode_pairs
from passgap.trainers.preference.pair_trainer import PairTrainer, measured, pair_curve

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
        encoded: EncodedPairs,
        reference: Sequence[LogProbs] | None,
        loss: PreferenceLoss,
        scratch: str,
        tokenizer: Any,
        callbacks: Sequence[Any] = (),
    ) -> PairTrainer:
        options = {
            **training_options(job, scratch, len(encoded.rows), use_cpu=self._use_cpu),
            "bf16": self._chosen.dtype == "bfloat16",
        }
        return PairTrainer(
            encoded.rows,
            reference,
            loss,
            options,
            model=from_folder(AutoModelForCausalLM, job.base, dtype=torch.float32),
            processing_class=tokenizer,
            peft_config=adapters(job.config),
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
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = _encoded(tokenizer, job.pairs, job.config.max_length)
        loss = PreferenceLoss(kind="dpo", beta=1.0)
        found: list[LogProbs | None] = [None] * len(job.pairs)
        with TemporaryDirectory(prefix="passgap-reference-") as scratch, quiet_libraries():
            trainer = self._open(job, encoded, None, loss, scratch, tokenizer)
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
            log_probs=tuple(found),
        )


class PreferenceTrainer(_OnPairs):
    """Implements :class:`passgap.ports.Trainer` for DPO and IPO: of all weights, or of low-rank adapters."""

    def train(
        self, job: PreferenceJob, *, progress: Progress | None = None, means: TrainingMeans | None = None
    ) -> PreferenceResult:
        """Train as the protocol says; weights are kept in float32 and saved in bfloat16.

        The pairs are measured under the model before the first update and after the last one.

        Raises:
            EngineError: as the protocol says.
        """
        del means
        started = time.monotonic()
        transformers.set_seed(job.seed)
        tokenizer = from_folder(AutoTokenizer, job.base)
        encoded = _encoded(tokenizer, job.pairs, job.config.max_length)
        reference = _known(job, encoded)
        with TemporaryDirectory(prefix="passgap-train-") as scratch, quiet_libraries():
            trainer = self._open(job, encoded, reference, job.loss, scratch, tokenizer, [StepCallback(progress)])
            few = slice(MEASURED_PAIRS)
            before = measured(encoded.rows[few], reference[few], reference[few])
            outcome = trainer.train()
            losses = loss_curve(trainer.state.log_history)
            after = measured(encoded.rows[few], trainer.log_probs(encoded.rows[few], reference=False), reference[few])
            save(trainer.model, tokenizer, job.output)
        return PreferenceResult(
            checkpoint=job.output,
            examples=len(encoded.rows),
            steps=int(outcome.global_step),
            tokens=trainer.seen.loss_tokens,
            prompt_tokens=trainer.seen.prompt_tokens,
            dropped_too_long=encoded.dropped_too_long,
            losses=losses,
            seconds=time.monotonic() - started,
            versions=self._versions,
            chosen_tokens=encoded.chosen_tokens,
            rejected_tokens=encoded.rejected_tokens,
            dropped_empty=encoded.dropped_empty,
            measured_pairs=len(encoded.rows[few]),
            before=before,
            after=after,
            curve=pair_curve(trainer.state.log_history, job.loss.beta),
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
