"""TRL's ``DPOTrainer`` on token ids that passgap made, with counts of what it trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import datasets
import torch
from accelerate.utils import gather_object
from transformers import PrinterCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from passgap.ports import Progress
from passgap.ports.preference_job import LogProbs, PairMeasurement, PairPoint
from passgap.records import PreferenceLoss
from passgap.trainers.common.plain_head import IGNORED_LABEL, use_plain_head

_LOSSES = {"dpo": "sigmoid", "ipo": "ipo"}
"""TRL's names of the losses."""


def loss_options(loss: PreferenceLoss) -> dict[str, Any]:
    """The arguments of TRL's ``DPOConfig`` that stand for a loss."""
    kinds, weights = [_LOSSES[loss.kind]], [1.0]
    if loss.sft_weight:
        kinds.append("sft")
        weights.append(loss.sft_weight)
    return {"loss_type": kinds, "loss_weights": weights, "beta": loss.beta}


@dataclass
class Seen:
    """Counts of the tokens that the updates went through, of both answers of each pair."""

    loss_tokens: int = 0
    prompt_tokens: int = 0


class PairTrainer(DPOTrainer):
    """TRL's trainer for rows of ``prompt_ids``, ``chosen_ids`` and ``rejected_ids``, and for a known reference.

    TRL prepares strings alone: it tokenises them anew, ends them with its own end token, and cuts them. Rows that are
    token ids already are taken as they are here. The reference's log-probabilities come with the rows, so that no
    second model is in memory.

    Args:
        rows: the token ids of each pair.
        reference: the reference's log-probabilities of each row; None before they are known.
        loss: what is minimised.
        options: further arguments of ``DPOConfig``.
        parts: further arguments of TRL's trainer.
    """

    def __init__(
        self,
        rows: Sequence[dict[str, list[int]]],
        reference: Sequence[LogProbs] | None,
        loss: PreferenceLoss,
        options: dict[str, Any],
        **parts: Any,
    ) -> None:
        self.seen = Seen()
        known = reference or [LogProbs(chosen=0.0, rejected=0.0)] * len(rows)
        columns = [
            {**row, "ref_chosen_logps": each.chosen, "ref_rejected_logps": each.rejected}
            for row, each in zip(rows, known, strict=True)
        ]
        config = DPOConfig(**options, **loss_options(loss), max_length=None, precompute_ref_log_probs=True)
        super().__init__(args=config, train_dataset=datasets.Dataset.from_list(columns), **parts)
        self.remove_callback(PrinterCallback)
        if config.use_cpu:
            use_plain_head(self._plain, outputs=("entropy", "mean_logits", "is_top1"))

    @property
    def _plain(self) -> Any:
        """The model without adapters around it."""
        model: Any = self.model
        return model.get_base_model() if hasattr(model, "get_base_model") else model

    def log_probs(
        self, rows: Sequence[dict[str, list[int]]], *, reference: bool, progress: Progress | None = None
    ) -> list[LogProbs]:
        """The log-probabilities of the answers of rows, as a training step computes them.

        Args:
            rows: the token ids of each pair. Several processes share them.
            reference: whether adapters are off: then these are the base model's.
            progress: called with the number of finished rows.
        """
        at_once, mine = (
            self.args.per_device_train_batch_size,
            range(self.args.process_index, len(rows), self._processes),
        )
        found: list[tuple[int, LogProbs]] = []
        model: Any = self.model
        model.eval()
        for first in range(0, len(mine), at_once):
            places = mine[first : first + at_once]
            batch = self._prepare_inputs(self.data_collator([rows[place] for place in places]))
            for place, chosen, rejected in zip(places, *self._answers(batch, reference=reference), strict=True):
                found.append((place, LogProbs(chosen=float(chosen), rejected=float(rejected))))
            if progress is not None:
                progress(len(places) * self._processes)
        return [each for _, each in sorted(gather_object(found), key=itemgetter(0))]

    @property
    def _processes(self) -> int:
        return int(self.args.world_size)

    @torch.no_grad()
    def _answers(self, batch: dict[str, Any], *, reference: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """The log-probabilities of the chosen and of the rejected answers of a batch."""
        model: Any = self.model
        if reference:
            return self.compute_ref_log_probs(model, batch)  # type: ignore[no-any-return, no-untyped-call]
        labels = batch["input_ids"].masked_fill(batch["completion_mask"] == 0, IGNORED_LABEL)
        asked = {name: batch[name] for name in ("input_ids", "attention_mask")}
        with self.accelerator.autocast():
            found = model(**asked, labels=labels, use_cache=False, fused_lm_head=True).log_probs
        chosen, rejected = found.sum(dim=1).chunk(2)
        return chosen, rejected

    def _send_telemetry(self) -> None:
        """Send nothing: TRL would report every trainer to the Hugging Face hub."""

    def _prepare_dataset(self, dataset: Any, *_: Any, **__: Any) -> Any:
        """Take the rows as they are."""
        return dataset

    def _precompute_ref_logps(self, dataset: Any, *_: Any) -> Any:
        """Take the reference's log-probabilities as they are."""
        return dataset

    def get_batch_samples(self, *arguments: Any, **options: Any) -> Any:
        """Take the parts of an update, and remember how many pairs a part has on average."""
        batches, count = super().get_batch_samples(*arguments, **options)
        self._usual = sum(len(batch["input_ids"]) for batch in batches) / max(1, len(batches))
        return batches, count

    def compute_loss(self, model: Any, inputs: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        """Weigh a part by its pairs: TRL takes the mean of the parts' means, also where the last one has fewer."""
        loss = super().compute_loss(model, inputs, *arguments, **options)  # type: ignore[no-untyped-call]
        return loss * (len(inputs["input_ids"]) / self._usual)

    def training_step(self, model: Any, inputs: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        """Count a batch and train on it."""
        answers = inputs["completion_mask"].bool()
        self.seen.loss_tokens += int(answers.sum())
        self.seen.prompt_tokens += int((inputs["attention_mask"].bool() & ~answers).sum())
        return super().training_step(model, inputs, *arguments, **options)  # type: ignore[no-untyped-call]


def measured(
    rows: Sequence[dict[str, list[int]]], found: Sequence[LogProbs], reference: Sequence[LogProbs]
) -> PairMeasurement:
    """Pairs under a model, from its log-probabilities of their answers and the reference's."""
    margins = [
        (mine.chosen - base.chosen) - (mine.rejected - base.rejected)
        for mine, base in zip(found, reference, strict=True)
    ]
    return PairMeasurement(
        chosen=sum(each.chosen for each in found) / sum(len(row["chosen_ids"]) for row in rows),
        rejected=sum(each.rejected for each in found) / sum(len(row["rejected_ids"]) for row in rows),
        margin=sum(margins) / len(margins),
        accuracy=sum(margin > 0 for margin in margins) / len(margins),
    )


def pair_curve(history: Sequence[dict[str, Any]], beta: float) -> tuple[PairPoint, ...]:
    """The points of the training log: TRL's rewards are log-ratios times beta."""
    return tuple(
        PairPoint(
            step=int(entry["step"]),
            chosen=float(entry["rewards/chosen"]) / beta,
            rejected=float(entry["rewards/rejected"]) / beta,
            margin=float(entry["rewards/margins"]) / beta,
            accuracy=float(entry["rewards/accuracies"]),
        )
        for entry in history
        if "rewards/margins" in entry
    )
