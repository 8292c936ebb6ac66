"""TRL's GRPO trainer, told of its updates, and spared the work that changes nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import torch
from transformers import TrainerCallback
from trl.trainer.grpo_trainer import GRPOTrainer

from passgap.ports import RewardStep
from passgap.trainers.reward.completion_logprobs import completion_logprobs
from passgap.trainers.reward.rollouts import UPDATE
from passgap.trainers.reward.step_figures import StepFigures

LogProbs = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor | None]

_ROWS = "passgap_rows"


class PolicyTrainer(GRPOTrainer):
    """GRPO with the loss as TRL computes it.

    Positions are those of each row's own tokens, whatever it is padded with. A micro-batch has samples of one group,
    which on a CPU are computed behind one prompt. A micro-batch without an advantage has no gradient, so none is
    computed for it: on a small model that is most of an update.

    Args:
        figures: receives the figures of every update.
        loss_scale: by what the loss of the current update is multiplied.
        packed: whether log-probabilities are computed without padding, as on a CPU, and if so, whether the model
            computes rows side by side; None leaves it to TRL.
        options: of TRL's trainer.
    """

    def __init__(
        self, *, figures: StepFigures, loss_scale: Callable[[], float], packed: bool | None, **options: Any
    ) -> None:
        self._figures = figures
        self._loss_scale = loss_scale
        self._packed = packed
        self._computed: tuple[torch.Tensor, torch.Tensor] | None = None
        self._ordered: Any = None
        super().__init__(**options)

    def _send_telemetry(self) -> None:
        """Send nothing: TRL would report every trainer to the Hugging Face hub."""

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """Write nothing: a checkpoint is no release."""

    def _generate_and_score_completions(self, inputs: Any) -> dict[str, Any]:
        """Number the rows, so that they can be brought into their order again."""
        drawn: dict[str, Any] = super()._generate_and_score_completions(inputs)
        return {**drawn, _ROWS: torch.arange(len(drawn["advantages"]), device=drawn["advantages"].device)}

    def _prepare_inputs(self, generation_batch: Any) -> dict[str, Any]:
        """Take micro-batches in the order of the groups: TRL shuffles the samples of an update."""
        super()._prepare_inputs(generation_batch)
        drawn: Any = self._buffered_inputs
        if drawn is not self._ordered:
            self._ordered = drawn = _in_order(drawn)
            self._buffered_inputs = drawn
        inputs: dict[str, Any] = drawn[self._step % len(drawn)]
        return inputs

    def _get_per_token_logps_and_entropies(
        self,
        model: Any,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        **options: Any,
    ) -> LogProbs:
        """Compute what TRL computes, on each row's own tokens."""
        if self._packed is None:
            found: LogProbs = super()._get_per_token_logps_and_entropies(
                _with_positions(model), input_ids, attention_mask, logits_to_keep, batch_size, **options
            )
            logprobs, entropies, _ = found
        else:
            size = batch_size or len(input_ids)
            with self.accelerator.autocast():
                parts = [
                    completion_logprobs(model, ids, mask, logits_to_keep, self.temperature, shared=self._packed)
                    for ids, mask in zip(torch.split(input_ids, size), torch.split(attention_mask, size), strict=True)
                ]
            logprobs, entropies = (torch.cat(each) for each in zip(*parts, strict=True))
        if entropies is not None:
            self._computed = (logprobs, entropies)
        return logprobs, entropies, None

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        """Compute TRL's loss, without a gradient where it has none, and keep the figures."""
        alone = self.accelerator.num_processes == 1  # several processes wait for each other's gradients
        idle = alone and self.beta == 0.0 and not bool(inputs["advantages"].any())
        with torch.no_grad() if idle else nullcontext():
            loss: torch.Tensor = super()._compute_loss(model, inputs)  # type: ignore[no-untyped-call]
        assert self._computed is not None
        logprobs, entropies = self._computed
        drawn_at, mask = inputs["sampling_per_token_logps"], inputs["completion_mask"]
        self._figures.add_tokens(logprobs.detach(), drawn_at, entropies.detach(), mask)
        return loss + 0.0 * _smallest(model).sum() if idle else loss * self._loss_scale()

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Add the figures of the update that is logged."""
        if "loss" in logs:
            kl = self._metrics["train"].get("kl")
            taken = self._figures.take(self._over_processes)
            taken["divergence"] = sum(kl) / len(kl) if kl else None
            logs[UPDATE] = taken  # type: ignore[assignment]
        super().log(logs, start_time)

    def _over_processes(self, sums: list[float], largest: float) -> tuple[list[float], float]:
        """Sum, and take the largest, over all processes."""
        if self.accelerator.num_processes == 1:
            return sums, largest
        gathered = self.accelerator.gather(torch.tensor([[*sums, largest]], device=self.accelerator.device))
        return gathered[:, :-1].sum(dim=0).tolist(), float(gathered[:, -1].max())


class IdleUpdates(TrainerCallback):
    """Gives weights without a gradient a gradient of zero, so that an update in which no group has one is Adam's."""

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, **have: Any) -> None:
        """Fill in what is missing."""
        for parameter in have["model"].parameters():
            if parameter.requires_grad and parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)


class EarlyStop(TrainerCallback):
    """Ends the fine-tune once a rule says so.

    Args:
        reason: given all updates so far, why it should end, or None.
    """

    def __init__(self, reason: Callable[[list[RewardStep]], str | None]) -> None:
        self._reason = reason
        self.ended: str | None = None

    def on_log(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Ask after every update."""
        del args
        self.ended = self._reason(curve_of(state.log_history)) if state.global_step < state.max_steps else None
        if self.ended is not None:
            control.should_training_stop = True


def curve_of(history: list[dict[str, Any]]) -> list[RewardStep]:
    """The updates in a trainer's log."""
    return [
        RewardStep(step=entry["step"], loss=entry["loss"], grad_norm=entry.get("grad_norm"), **entry[UPDATE])
        for entry in history
        if UPDATE in entry
    ]


def _with_positions(model: Any) -> Callable[..., Any]:
    """The model with positions that leave padding out: TRL pads prompts on the left and counts from there."""
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    if "position_ids" not in inspect.signature(type(plain).forward).parameters:
        return model  # type: ignore[no-any-return]

    def called(**inputs: Any) -> Any:
        positions = (inputs["attention_mask"].cumsum(dim=-1) - 1).clamp(min=0)
        return model(**inputs, position_ids=positions)

    return called


def _in_order(batches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The micro-batches of an update with their rows as they were drawn."""
    order = torch.cat([each[_ROWS] for each in batches]).argsort()
    size = len(batches[0][_ROWS])
    ordered: list[dict[str, Any]] = [{} for _ in batches]
    for name, first in batches[0].items():
        by_row = isinstance(first, torch.Tensor) and first.ndim > 0
        whole = torch.split(torch.cat([each[name] for each in batches])[order], size) if by_row else None
        for number, each in enumerate(ordered):
            each[name] = first if whole is None else whole[number]
    return ordered


def _smallest(model: Any) -> torch.Tensor:
    """The smallest trained parameter: a loss without a gradient is tied to it, since a backward pass needs one."""
    trained = (each for each in model.parameters() if each.requires_grad)
    smallest: torch.Tensor = min(trained, key=lambda each: each.numel())
    return smallest
