"""The figures of one update, gathered while it is computed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch

from passgap.ports import GroupOutcome
from passgap.recipes.rewards import is_informative


@dataclass(frozen=True)
class RewardedSample:
    """A sample of the policy, as far as the figures of its update need it."""

    problem_id: str
    group: int
    """The number of its group among those of its problem in the update."""
    passed: bool | None
    reward: float | None
    tokens: int
    prompt_tokens: int
    truncated: bool


@dataclass
class StepFigures:
    """Figures on the samples, on their rewards and on how trainer and sampler agree, since the last :meth:`take`."""

    samples: Sequence[RewardedSample] = ()
    """Of all processes."""
    _seconds: dict[str, float] = field(default_factory=dict)
    _began: float = field(default_factory=time.monotonic)
    _sums: list[float] = field(default_factory=lambda: [0.0, 0.0, 0.0])
    """Of entropies, of differences between log-probabilities, and of tokens."""
    _largest: float = 0.0

    def begin(self) -> None:
        """Note that an update begins."""
        self._began = time.monotonic()

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the time of the block towards a part of the update."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._seconds[part] = self._seconds.get(part, 0.0) + time.monotonic() - began

    def add_tokens(
        self, logprobs: torch.Tensor, drawn_at: torch.Tensor, entropies: torch.Tensor, mask: torch.Tensor
    ) -> None:
        """Add completion tokens of a micro-batch, all arguments of shape (rows, tokens).

        Args:
            logprobs: that training gives them.
            drawn_at: that sampling gave them.
            entropies: of the distributions that they are from, in nats.
            mask: 1 where there is a token.
        """
        counted = mask.bool()
        apart = (logprobs - drawn_at)[counted].abs().double()
        for place, value in enumerate((entropies[counted].double().sum(), apart.sum(), counted.sum())):
            self._sums[place] += float(value)
        self._largest = max([self._largest, *apart.amax(dim=0, keepdim=True).tolist()] if len(apart) else [0.0])

    def take(self, over_processes: Callable[[list[float], float], tuple[list[float], float]]) -> dict[str, Any]:
        """The fields of :class:`passgap.ports.RewardStep` that this knows, as JSON values; counting begins anew.

        Args:
            over_processes: sums the first and takes the largest of the second over all processes.
        """
        elapsed = time.monotonic() - self._began
        rollout, reward = self._seconds.get("rollout", 0.0), self._seconds.get("reward", 0.0)
        rewards = [each.reward for each in self.samples if each.reward is not None]
        (entropy, difference, tokens), largest = over_processes(self._sums, self._largest)
        taken = {
            "groups": [each.model_dump(mode="json") for each in self._groups()],
            "reward": math.fsum(rewards) / len(rewards) if rewards else None,
            "truncated": sum(each.truncated for each in self.samples),
            "tokens": sum(each.tokens for each in self.samples),
            "prompt_tokens": sum(each.prompt_tokens for each in self.samples),
            "entropy": entropy / max(1.0, tokens),
            "logprob_difference": difference / max(1.0, tokens),
            "largest_logprob_difference": largest,
            "rollout_seconds": rollout,
            "reward_seconds": reward,
            "update_seconds": max(0.0, elapsed - rollout - reward),
        }
        self.__dict__.update(StepFigures().__dict__)
        return taken

    def _groups(self) -> Iterator[GroupOutcome]:
        groups: dict[tuple[str, int], list[RewardedSample]] = {}
        for each in self.samples:
            groups.setdefault((each.problem_id, each.group), []).append(each)
        for (problem, _), group in groups.items():
            scored = [each.passed for each in group if each.passed is not None]
            yield GroupOutcome(
                problem_id=problem,
                passed=sum(scored),
                scored=len(scored),
                unscored=len(group) - len(scored),
                informative=is_informative([each.reward for each in group]),
            )
