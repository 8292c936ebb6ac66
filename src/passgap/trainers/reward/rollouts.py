"""The samples of each update: drawn by passgap's engine from the weights as they are, and rewarded by the sandbox.

TRL calls :meth:`Rollouts.draw` as its ``rollout_func``, which it marks as experimental, and :meth:`Rollouts.rewards` as
its reward function. Nothing else depends on how it calls them; a contract test pins it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from accelerate.utils import gather_object

from passgap.errors import EngineError
from passgap.models.chat import prompt_tokens
from passgap.ports import PolicySampler, RewardJob, RewardPrompt, Rollout, SampleRequest, Scorer
from passgap.recipes.prompt_order import prompts_of_step
from passgap.recipes.rewards import reward_of
from passgap.records import FinishReason, PolicyConfig, Sample, sample_seed
from passgap.trainers.reward.live_weights import live_weights
from passgap.trainers.reward.step_figures import RewardedSample, StepFigures

UPDATE = "passgap_update"
"""The entry of the trainer's log with the figures of an update, by which a resumed fine-tune knows the earlier ones."""

_ROW = "rollout"
"""The column that carries a sample's position from the rollout to its reward."""


class Rollouts:
    """Draws and rewards the samples of one update after the other.

    Args:
        job: the fine-tune.
        prompts: its prompts that fit.
        tokenizer: the base model's.
        sampler: samples the policy.
        score: runs the samples' programs.
        figures: is told what was drawn, and how long it took.
    """

    def __init__(
        self,
        job: RewardJob,
        prompts: Sequence[RewardPrompt],
        tokenizer: Any,
        sampler: PolicySampler,
        score: Scorer,
        figures: StepFigures,
    ) -> None:
        self._policy, self._seed = job.policy, job.seed
        self._prompts = prompts
        self._place = {each.problem.id: place for place, each in enumerate(prompts)}
        self._tokens = [prompt_tokens(tokenizer, each.prompt) for each in prompts]
        self._sampler, self._score, self._figures = sampler, score, figures
        self._rows: list[tuple[int, int]] = []
        """The prompt of each row of this process, by its position, and the number of its sample."""
        self.loss_scale = 1.0
        """By what the loss of the update is multiplied, so that it is that of the scored samples alone."""
        self._samples: list[Sample] = []

    def placeholders(self) -> list[str]:
        """The rows of the data set: the prompts of an update are chosen when it begins, so a row only counts."""
        policy = self._policy
        return [str(row) for row in range(policy.steps * policy.prompts_per_step)]

    def draw(self, prompts: Sequence[str], trainer: Any) -> dict[str, list[Any]]:
        """Draw this process's part of an update. Its seeds depend on its number, so that a resumed fine-tune draws the
        same, and on a sample's place in its group, so that several processes draw what one would.

        Args:
            prompts: rows of the data set, each as often as its group has samples, side by side.
            trainer: TRL's.

        Raises:
            EngineError: TRL asks for anything but the groups of one update, or the policy is not finite any more.
        """
        step, processes = int(trainer.state.global_step), int(trainer.accelerator.num_processes)
        _require_groups(prompts, self._policy, step, processes, int(trainer.accelerator.process_index))
        self._figures.begin()
        torch.manual_seed(sample_seed(self._seed, "update", step))  # of the order in which TRL takes micro-batches
        chosen = prompts_of_step(
            self._policy.order,
            step,
            len(self._prompts),
            self._policy.prompts_per_step,
            self._seed,
            self._passes(trainer.state.log_history),
        )
        first = int(trainer.accelerator.process_index) * len(prompts)
        size = self._policy.group_size
        # A prompt with a second group in the update has further samples, not the same ones again.
        earlier = [chosen[:place].count(each) * size for place, each in enumerate(chosen)]
        rows = range(first, first + len(prompts))
        self._rows = [(chosen[row // size], earlier[row // size] + row % size) for row in rows]
        requests = self._requests(step)
        with self._figures.timed("rollout"):
            self._sampler.refresh(live_weights(trainer.accelerator.unwrap_model(trainer.model)))
            drawn = {
                (each.problem_id, each.index): each for each in self._sampler.sample(requests, self._policy.decoding)
            }
        self._samples = [drawn[self._prompts[place].problem.id, index] for place, index in self._rows]
        _require_finite(self._samples)
        return {
            "prompt_ids": [list(self._tokens[place]) for place, _ in self._rows],
            "completion_ids": [list(each.tokens or ()) for each in self._samples],
            "logprobs": [list(each.logprobs or ()) for each in self._samples],
            _ROW: list(range(len(self._samples))),
        }

    def rewards(self, **columns: Any) -> list[float | None]:
        """The reward of each sample that was drawn last, in the order that TRL has them; None where it has none."""
        asked = [self._rollout(row) for row in columns[_ROW]]
        with self._figures.timed("reward"):
            outcomes = self._score(asked)
        given = [reward_of(each, partial_credit=self._policy.partial_credit) for each in outcomes]
        rewarded = [
            RewardedSample(
                problem_id=each.problem.id,
                group=each.sample.index // self._policy.group_size,
                passed=outcome.passed,
                reward=reward,
                tokens=each.sample.completion_tokens,
                prompt_tokens=each.sample.prompt_tokens,
                truncated=each.sample.finish_reason is FinishReason.LENGTH,
            )
            for each, outcome, reward in zip(asked, outcomes, given, strict=True)
        ]
        self._figures.samples = gather_object(rewarded)
        self.loss_scale = self._scale(self._figures.samples)
        return given

    def _scale(self, samples: Sequence[RewardedSample]) -> float:
        """By what TRL's mean over all samples exceeds that over the scored ones: it counts tokens, or samples."""
        weights = [(each.tokens if self._policy.loss == "dapo" else 1, each.reward is not None) for each in samples]
        scored = sum(weight for weight, is_scored in weights if is_scored)
        return sum(weight for weight, _ in weights) / scored if scored else 1.0

    def _rollout(self, row: int) -> Rollout:
        asked = self._prompts[self._rows[row][0]]
        return Rollout(asked.problem, asked.prompt, self._samples[row])

    def _requests(self, step: int) -> list[SampleRequest]:
        """A request for each group, with those of its samples that this process draws."""
        wanted: dict[int, list[int]] = {}
        for place, index in self._rows:
            wanted.setdefault(place, []).append(index)
        return [
            SampleRequest(
                problem_id=self._prompts[place].problem.id,
                prompt=self._prompts[place].prompt,
                indices=tuple(indices),
                seeds=tuple(
                    sample_seed(self._seed, "rollout", step, self._prompts[place].problem.id, index)
                    for index in indices
                ),
            )
            for place, indices in wanted.items()
        ]

    def _passes(self, history: Sequence[Mapping[str, Any]]) -> dict[int, tuple[int, int]]:
        """(passed, scored) samples of every prompt in the updates so far."""
        seen: dict[int, tuple[int, int]] = {}
        for group in _groups(history):
            place = self._place[group["problem_id"]]
            passed, scored = seen.get(place, (0, 0))
            seen[place] = (passed + group["passed"], scored + group["scored"])
        return seen


def _groups(history: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for entry in history:
        yield from entry.get(UPDATE, {}).get("groups", ())


def _require_groups(prompts: Sequence[str], policy: PolicyConfig, step: int, processes: int, process: int) -> None:
    """Refuse another way of being called than the one that is pinned, instead of training on the wrong groups.

    Raises:
        EngineError: the rows are not this process's part of the groups of the update.
    """
    share = policy.rollouts_per_step // processes
    rows = range(process * share, (process + 1) * share)
    wanted = [str(step * policy.prompts_per_step + row // policy.group_size) for row in rows]
    if list(prompts) != wanted:
        raise EngineError(
            "the installed version of TRL asks for rollouts in another way than passgap gives them",
            [
                f"Expected the {policy.prompts_per_step} groups of update {step + 1}, {policy.group_size} equal rows "
                f"of each side by side; there are {len(prompts)} rows of {len(set(prompts))} kinds. Install a version "
                f"of `trl` that passgap's constraints name."
            ],
        )


def _require_finite(samples: Sequence[Sample]) -> None:
    if not all(math.isfinite(sum(each.logprobs or (0.0,))) for each in samples):
        raise EngineError(
            "the policy became infinite or undefined", ["Lower `training.learning_rate`; nothing was saved."]
        )
