"""TRL's ``DPOTrainer`` on token ids that passgap made, and on planned updates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import datasets
import torch
from accelerate.utils import gather_object
from torch.utils.data import DataLoader
from transformers import PrinterCallback, Trainer
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer

from passgap.ports import Progress
from passgap.ports.preference_job import LogProbs, PairMeasurement, PairPoint
from passgap.records import PreferenceLoss
from passgap.trainers.common.plain_head import IGNORED_LABEL, use_plain_head

_LOSSES = {"dpo": "sigmoid", "ipo": "ipo"}
"""TRL's names of the losses."""

SHOWN_POINTS = 200
"""About how many points of the curve are kept."""


def loss_options(loss: PreferenceLoss) -> dict[str, Any]:
    """The arguments of TRL's ``DPOConfig`` that stand for a loss."""
    kinds, weights = [_LOSSES[loss.kind]], [1.0]
    if loss.sft_weight:
        kinds.append("sft")
        weights.append(loss.sft_weight)
    return {"loss_type": kinds, "loss_weights": weights, "beta": loss.beta}


@dataclass(frozen=True)
class PairUpdate:
    """One process's share of an update."""

    parts: tuple[tuple[int, ...], ...]
    """Positions of the rows that are computed at once."""
    pairs: int
    """Pairs of the whole update, over which its loss is a mean."""
    idle: int = 0
    """How many of the last parts count for nothing: the other processes have as many parts, and all exchange numbers
    after each."""


def share_of(update: Sequence[int], at_once: int, process: int, processes: int) -> PairUpdate:
    """One process's share of an update.

    Args:
        update: the positions of its rows.
        at_once: the most rows that are computed at once.
        process: the number of this process.
        processes: how many share the update.
    """
    parts = [tuple(update[start : start + at_once]) for start in range(0, len(update), at_once)]
    mine, most = parts[process::processes], -(-len(parts) // processes)
    idle = most - len(mine)
    return PairUpdate(parts=(*mine, *([parts[0]] * idle)), pairs=len(update), idle=idle)


class PairTrainer(DPOTrainer):
    """TRL's trainer for rows of ``prompt_ids``, ``chosen_ids`` and ``rejected_ids``, and for a known reference.

    TRL prepares strings alone: it tokenises them anew, ends them with its own end token, and cuts them. Rows that are
    token ids already are taken as they are here. The reference's log-probabilities come with the rows, so that no
    second model is in memory. The pairs of each update are planned, so that they depend neither on the number of
    devices nor on how much fits into memory, and a fine-tune that was killed goes on with the next update.

    Args:
        rows: the token ids of each pair.
        reference: the reference's log-probabilities of each row; None before they are known.
        loss: what is minimised.
        updates: this process's share of each update.
        options: further arguments of ``DPOConfig``.
        parts: further arguments of TRL's trainer.
    """

    def __init__(
        self,
        rows: Sequence[dict[str, list[int]]],
        reference: Sequence[LogProbs] | None,
        loss: PreferenceLoss,
        updates: Sequence[PairUpdate],
        options: dict[str, Any],
        **parts: Any,
    ) -> None:
        known = reference or [LogProbs(chosen=0.0, rejected=0.0)] * len(rows)
        self._rows = [
            {**row, "ref_chosen_logps": each.chosen, "ref_rejected_logps": each.rejected}
            for row, each in zip(rows, known, strict=True)
        ]
        self._updates = list(updates)
        self._at_once = int(options["per_device_train_batch_size"])
        alone = {"per_device_train_batch_size": 1, "gradient_accumulation_steps": 1}
        config = DPOConfig(**{**options, **alone}, **loss_options(loss), max_length=None, precompute_ref_log_probs=True)
        super().__init__(args=config, train_dataset=datasets.Dataset.from_list(self._rows), **parts)
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
        at_once, sharing = self._at_once, int(self.args.world_size)
        mine = range(int(self.args.process_index), len(rows), sharing)
        found: list[tuple[int, LogProbs]] = []
        model: Any = self.model
        model.eval()
        reported = 0
        for first in range(0, len(mine), at_once):
            places = mine[first : first + at_once]
            batch = self._prepare_inputs(self.data_collator([rows[place] for place in places]))
            for place, chosen, rejected in zip(places, *self._answers(batch, reference=reference), strict=True):
                found.append((place, LogProbs(chosen=float(chosen), rejected=float(rejected))))
            if progress is not None:
                done = min(len(rows), len(found) * sharing)
                progress(done - reported)
                reported = done
        return [each for _, each in sorted(gather_object(found), key=itemgetter(0))]

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

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint without the model card that TRL adds to it."""
        Trainer._save_checkpoint(self, model, trial)

    def get_train_dataloader(self) -> Any:
        """The updates in their order. They are this process's own already."""
        return DataLoader(self._updates, batch_size=1, shuffle=False, collate_fn=itemgetter(0))  # type: ignore[arg-type]

    def get_batch_samples(self, epoch_iterator: Iterator[Any], num_batches: int, device: Any) -> tuple[list[Any], None]:
        """The next update. Its loss is divided by its pairs where it is computed."""
        return [next(epoch_iterator) for _ in range(num_batches)], None

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: transformers' estimate takes padded batches."""
        return 0

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Compute the gradients of one update, part by part, and return its loss, a mean over its pairs."""
        model.train()
        total = torch.zeros((), device=self.args.device)
        for number, part in enumerate(inputs.parts, start=1):
            last = number == len(inputs.parts)
            # Wrappers for several devices average gradients and losses, each of which is here a part of a sum.
            counted = 0 if number > len(inputs.parts) - inputs.idle else len(part)
            with nullcontext() if last else self.accelerator.no_sync(model):
                batch = self._prepare_inputs(self.data_collator([self._rows[each] for each in part]))
                with self.compute_loss_context_manager():
                    loss = self.compute_loss(model, batch)  # type: ignore[no-untyped-call]
                loss = loss * (counted * self.args.world_size / inputs.pairs)
                self.accelerator.backward(loss)
            total += loss.detach()
        return total


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
    """The points of the training log, each the mean since the one before: TRL's rewards are log-ratios times beta."""
    logged = [entry for entry in history if "rewards/margins" in entry]
    width = max(1, len(logged) // SHOWN_POINTS)
    spans = [logged[start : start + width] for start in range(0, len(logged), width)]

    def mean(span: Sequence[dict[str, Any]], name: str) -> float:
        return sum(float(entry[name]) for entry in span) / len(span)

    return tuple(
        PairPoint(
            step=int(span[-1]["step"]),
            chosen=mean(span, "rewards/chosen") / beta,
            rejected=mean(span, "rewards/rejected") / beta,
            margin=mean(span, "rewards/margins") / beta,
            accuracy=mean(span, "rewards/accuracies"),
        )
        for span in spans
    )
