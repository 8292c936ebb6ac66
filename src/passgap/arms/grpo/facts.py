"""The course of a policy's training: what a report says of it, and how its cost divides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from passgap.arms.base import TrainingCounts
from passgap.estimates.entropy_fit import fit_entropy
from passgap.ports import RewardStep
from passgap.records import ModelManifest, Record, Stage
from passgap.stages import StageCost

_SHOWN = 5
"""Points of a curve that a line shows."""


class PolicyCounts(TrainingCounts):
    """The counts of a policy's training."""

    noun: ClassVar[str] = "samples of the policy"
    loss_unit: ClassVar[str] = "(policy loss)"


class PolicyFacts(Record):
    """The parts of a reward fine-tune's manifest that its report reads."""

    counts: PolicyCounts
    curve: tuple[RewardStep, ...] = ()
    """Every update; none of them where the training was run elsewhere."""
    prompts: int
    pool_problems: int
    left_out: dict[str, int] = Field(default_factory=dict)
    dropped_too_long: int = 0
    ended_early: str | None = None

    @property
    def groups(self) -> int:
        """Groups of all updates."""
        return sum(len(update.groups) for update in self.curve)

    @property
    def informative(self) -> int:
        """Groups whose rewards differ."""
        return sum(group.informative for update in self.curve for group in update.groups)

    @property
    def idle(self) -> int:
        """Updates without any such group."""
        return sum(not any(group.informative for group in update.groups) for update in self.curve)


def policy_facts(manifest: ModelManifest) -> PolicyFacts:
    """Read them from the manifest."""
    known = {name: manifest.facts[name] for name in PolicyFacts.model_fields if name in manifest.facts}
    return PolicyFacts.model_validate(
        {
            **known,
            "dropped_too_long": manifest.dropped_too_long,
            "counts": {
                "trained": manifest.examples,
                "steps": manifest.steps,
                "tokens": manifest.tokens,
                "losses": manifest.losses,
                "processes": manifest.processes,
                "peak_memory_bytes": manifest.peak_memory_bytes,
                "peak_device_bytes": manifest.peak_device_bytes,
            },
        }
    )


def costs_in_parts(whole: StageCost, facts: PolicyFacts) -> tuple[StageCost, ...]:
    """The cost of the fine-tune as rollouts, rewards, and all the rest of it.

    The rest are the updates, the start of the process, and whatever killed runs did and was done again.
    """
    devices = facts.counts.processes if facts.counts.peak_device_bytes is not None else 1
    rollouts, rewards = (
        devices * sum(getattr(each, f"{part}_seconds") for each in facts.curve) for part in ("rollout", "reward")
    )
    if not facts.curve or rollouts + rewards > whole.seconds:
        return (whole,)
    spent = {
        Stage.ROLLOUTS: rollouts,
        Stage.SCORING: rewards,
        Stage.TRAINING: whole.seconds - rollouts - rewards,
    }
    drawn, asked = sum(each.tokens for each in facts.curve), sum(each.prompt_tokens for each in facts.curve)
    stem = whole.name.removesuffix("-model")
    names = {Stage.ROLLOUTS: f"{stem}-rollouts", Stage.SCORING: f"{stem}-rewards", Stage.TRAINING: whole.name}
    return tuple(
        StageCost(
            name=names[stage],
            stage=stage,
            seconds=part,
            tokens=0 if stage is Stage.SCORING else drawn,
            samples=whole.samples,
            prompt_tokens=0 if stage is Stage.SCORING else asked,
        )
        for stage, part in spent.items()
    )


def in_words(facts: PolicyFacts) -> tuple[tuple[str, str], ...]:
    """Describe the prompts, the rewards and the policy over the updates, each line with its label."""
    return tuple(_lines(facts))


def _lines(facts: PolicyFacts) -> Iterator[tuple[str, str]]:
    curve, counts = facts.curve, facts.counts
    yield "prompts", _prompts(facts)
    if not curve:
        yield "rollouts", f"{counts.trained} samples in {counts.steps} updates"
        return
    yield (
        "rollouts",
        f"{counts.trained} samples in {counts.steps} updates, {counts.tokens} tokens; "
        f"{sum(each.truncated for each in curve)} truncated, {_unscored(curve)} could not be scored",
    )
    if facts.ended_early is not None:
        yield "ended early", facts.ended_early
    yield "mean reward", _over_updates([each.reward for each in curve], ".3f")
    yield "entropy", f"{_over_updates([each.entropy for each in curve], '.3f')} nats per token"
    yield (
        "groups with a gradient",
        f"{facts.informative} of {facts.groups} ({100 * facts.informative / max(1, facts.groups):.1f} %); "
        f"{facts.idle} of {len(curve)} updates had none",
    )
    yield "reward against entropy", _fit(curve)
    yield (
        "sampler against trainer",
        f"{_mean([each.logprob_difference for each in curve]):.5f} nats per token mean absolute difference of "
        f"log-probabilities, at most {max((each.largest_logprob_difference for each in curve), default=0.0):.3f}",
    )
    divergences = [each.divergence for each in curve]
    if any(each is not None for each in divergences):
        yield "divergence from the base model", f"{_over_updates(divergences, '.4f')} nats per token"
    yield "time", _time(curve)


def _prompts(facts: PolicyFacts) -> str:
    text = f"{facts.prompts} of the pool's {facts.pool_problems} problems"
    words = {"never": "never solved", "always": "always solved", "unscored": "not scored"}
    left = [f"{facts.left_out[name]} {said}" for name, said in words.items() if facts.left_out.get(name)]
    text += f"; left out by samples of the base model: {', '.join(left)}" if left else ""
    return text + (f"; {facts.dropped_too_long} were too long" if facts.dropped_too_long else "")


def _over_updates(values: Sequence[float | None], form: str) -> str:
    """A curve as the means of about five stretches of it."""
    known = [(number, value) for number, value in enumerate(values, start=1) if value is not None]
    if not known:
        return "none"
    width = max(1, -(-len(known) // _SHOWN))
    spans = [known[start : start + width] for start in range(0, len(known), width)]
    shown = (f"{_mean([value for _, value in span]):{form}} (to update {span[-1][0]})" for span in spans)
    return ", ".join(shown)


def _fit(curve: Sequence[RewardStep]) -> str:
    known = [(each.entropy, each.reward) for each in curve if each.reward is not None]
    fit = fit_entropy([entropy for entropy, _ in known], [reward for _, reward in known])
    if fit is None:
        return "not fitted: too few updates, or the reward did not vary"
    return (
        f"R = {fit.b:.3f} - {fit.a:.4f} exp(H) over {fit.points} updates, which explains "
        f"{100 * fit.explained:.0f} % of the variance; at an entropy of zero it gives {fit.ceiling:.3f}"
    )


def _time(curve: Sequence[RewardStep]) -> str:
    rollouts, rewards, updates = (
        sum(getattr(each, f"{part}_seconds") for each in curve) for part in ("rollout", "reward", "update")
    )
    return f"{rollouts:.0f} s of drawing samples, {rewards:.0f} s of running them, {updates:.0f} s of updating weights"


def _unscored(curve: Sequence[RewardStep]) -> int:
    return sum(group.unscored for update in curve for group in update.groups)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
