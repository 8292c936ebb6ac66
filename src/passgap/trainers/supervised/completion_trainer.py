"""transformers' ``Trainer`` on whole updates of packed examples: those that were planned, on any number of devices.

transformers brings the optimizer, the schedule, clipping, checkpoints, mixed precision and the wrappers for several
devices. The examples of each update, its division among devices and its loss, the mean over all of its completion
tokens, are determined here, so that they depend neither on the number of devices nor on how much fits into memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import Trainer, TrainerCallback, TrainerState
from transformers.trainer import TRAINER_STATE_NAME

from passgap.records import DosePoint
from passgap.trainers.supervised.packing import Pack

DOSE = "held_back_loss"
"""The entry of the log that holds a loss on held-back examples."""


@dataclass(frozen=True)
class Update:
    """One process's share of an update."""

    packs: tuple[Pack, ...]
    tokens: int
    """Completion tokens of the whole update, over which its loss is a mean."""
    idle: bool = False
    """Whether there was nothing for this process: its pack counts for nothing, and takes part in the exchange of
    gradients."""


class CompletionTrainer(Trainer):
    """Takes planned updates, with the loss on completions alone.

    Args:
        updates: this process's share of each update.
        held_back: this process's share of the held-back examples.
        held_back_tokens: completion tokens of all held-back examples.
        options: what ``transformers.Trainer`` takes besides.
    """

    def __init__(
        self, updates: Sequence[Update], held_back: Sequence[Pack], held_back_tokens: int, **options: Any
    ) -> None:
        super().__init__(**options)
        self._updates = list(updates)
        self._held_back = held_back
        self._held_back_tokens = held_back_tokens
        self._attention = attention_of(self.model)

    def restore(self, checkpoint: Path) -> None:
        """Take weights, losses and the number of updates from a checkpoint, without training on."""
        self._load_from_checkpoint(str(checkpoint))
        self.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE_NAME))

    def get_train_dataloader(self) -> Any:
        """The updates in their order. They are this process's own already."""
        return DataLoader(self._updates, batch_size=1, shuffle=False, collate_fn=_only)  # type: ignore[arg-type]

    def get_batch_samples(self, epoch_iterator: Iterator[Any], num_batches: int, device: Any) -> tuple[list[Any], None]:
        """The next update. Its loss is divided by its tokens where it is computed."""
        return [next(epoch_iterator) for _ in range(num_batches)], None

    def floating_point_ops(self, inputs: Any) -> int:
        """Not counted: transformers' estimate takes padded batches."""
        return 0

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Compute the gradients of one update, pack by pack, and return its loss, in nats per token."""
        model.train()
        # Wrappers for several devices average gradients and losses, each of which is here a part of a sum.
        scale = 0.0 if inputs.idle else self.args.world_size / inputs.tokens
        total = torch.zeros((), device=self.args.device)
        for number, each in enumerate(inputs.packs, start=1):
            with nullcontext() if number == len(inputs.packs) else self.accelerator.no_sync(model):
                loss = self._loss(model, each, scale)
                self.accelerator.backward(loss)
            total += loss.detach()
        return total

    def held_back_loss(self) -> float:
        """The mean cross-entropy on the held-back completions, in nats per token. All processes have to ask for it."""
        model = self.model_wrapped
        was_training = model.training
        model.eval()
        total = torch.zeros((), device=self.args.device)
        with torch.no_grad():
            for each in self._held_back:
                total += self._loss(model, each, 1.0)
        model.train(was_training)
        return float(self.accelerator.reduce(total, reduction="sum")) / self._held_back_tokens

    def _loss(self, model: Any, each: Pack, scale: float) -> Any:
        with self.compute_loss_context_manager():
            return model(**tensors_of(each, self._attention, self.args.device), scale=scale)


class DoseCallback(TrainerCallback):
    """Takes the loss on held-back examples before the first update, every so many updates, and after the last.

    Args:
        every: updates between two evaluations.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self.trainer: CompletionTrainer | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Evaluate the base model, unless an earlier run did."""
        if state.global_step == 0:
            self._log()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Evaluate where it is time."""
        if state.global_step % self._every == 0 or state.global_step >= state.max_steps:
            self._log()
            control.should_log = True  # a log of anything counts as that of the update's loss

    def _log(self) -> None:
        assert self.trainer is not None
        self.trainer.log({DOSE: self.trainer.held_back_loss()})


def dose_of(history: Sequence[dict[str, Any]], tokens_after: Sequence[int]) -> tuple[DosePoint, ...]:
    """The dose curve in a trainer's log.

    Args:
        history: the log.
        tokens_after: completion tokens trained on after each number of updates, from none on.
    """
    return tuple(
        DosePoint(step=int(entry["step"]), tokens=tokens_after[int(entry["step"])], loss=float(entry[DOSE]))
        for entry in history
        if DOSE in entry
    )


def attention_of(model: Any) -> str | None:
    """The implementation of a model's attention, as transformers names it."""
    return getattr(model.config, "_attn_implementation", None)


def tensors_of(each: Pack, attention: str | None, device: Any) -> dict[str, Any]:
    """A pack as the arguments of a model's ``forward``, in a batch of one sequence.

    Args:
        each: the pack.
        attention: the model's :func:`attention_of`.
        device: where the tensors are to be.
    """

    def tensor(values: Sequence[int]) -> Any:
        return torch.tensor(values, device=device)

    given = {
        "input_ids": tensor(each.tokens)[None],
        "position_ids": tensor(each.positions)[None],
        "places": tensor(each.places),
        "targets": tensor(each.targets),
    }
    return given if each.plain else {**given, "attention_mask": visible(each, attention, device)}


def visible(each: Pack, attention: str | None, device: Any) -> Any:
    """Which tokens of a pack each of them sees, of shape (1, 1, length, length), as the model's attention takes it."""
    prompts, branches = (torch.tensor(values, device=device) for values in (each.prompts, each.branches))
    same = (branches[None, :] == 0) | (branches[None, :] == branches[:, None])
    seen = ((prompts[None, :] == prompts[:, None]) & same).tril()[None, None]
    if attention == "sdpa":
        return seen
    return torch.zeros(seen.shape, device=device).masked_fill(~seen, torch.finfo(torch.float32).min)


def _only(batch: list[Any]) -> Any:
    [each] = batch
    return each
