"""Measure the base model at every setting, and choose one without the optimism of having looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from passgap.arms.base import Candidate, Lab
from passgap.arms.decoding import NAME, stem
from passgap.decisions import DecodingChoice, select_decoding
from passgap.estimates import Counts
from passgap.ports import ModelReference
from passgap.records import Decoding, Insufficient, Measured
from passgap.stages import SamplingPlan, StageCost, sample
from passgap.stages.best_of import BestOf
from passgap.stages.evaluation import Evaluation, require_one_rule, run_samples


@dataclass(frozen=True)
class Sweep:
    """The base model at every setting, and what was chosen."""

    model: ModelReference
    production: str
    """The label of production decoding."""
    decodings: Mapping[str, Decoding]
    """By label, production decoding among them."""
    measured: Mapping[str, Evaluation]
    choice: DecodingChoice | Insufficient
    per_answer: Mapping[str, int] = field(default_factory=dict)
    """Samples of each answer by label, where they are more than one."""

    @property
    def lift(self) -> Measured:
        """pass@1 of the choice minus production decoding, on problems that it was not chosen on."""
        return self.choice if isinstance(self.choice, Insufficient) else self.choice.lift.delta

    @cached_property
    def runs(self) -> dict[str, Counts]:
        """The counts of every setting."""
        return {name: evaluation.counts for name, evaluation in self.measured.items()}

    @property
    def costs(self) -> tuple[StageCost, ...]:
        """The costs of the settings besides production decoding."""
        return tuple(cost for name, each in self.measured.items() if name != self.production for cost in each.costs)

    @property
    def at_production(self) -> bool:
        """Whether production decoding itself was chosen, at which the base model is measured anyway."""
        return not isinstance(self.choice, Insufficient) and self.choice.chosen == self.production

    @property
    def candidate(self) -> Candidate | None:
        """The base model at the chosen setting; None where nothing could be chosen."""
        choice = self.choice
        if isinstance(choice, Insufficient):
            return None
        return Candidate(
            arm=NAME,
            model=self.model,
            decoding=self.decodings[choice.chosen],
            compared_on=frozenset(choice.test_ids),
            costs=self.costs,
            choice=choice,
            evaluation=self.measured[choice.chosen],
            counts=choice.counts(self.runs),
            samples_per_call=self.per_answer.get(choice.chosen, 1),
        )


def sweep_decodings(
    lab: Lab, settings: Mapping[str, Decoding], samples: Mapping[str, int], per_answer: Mapping[str, int]
) -> Sweep:
    """Measure every setting and choose; what is on disk is not drawn or run again.

    The model is opened once for all settings, and closed before their samples are run.

    Args:
        lab: of the study.
        settings: by label, production decoding not among them: it is measured anyway.
        samples: answers to each problem, by label.
        per_answer: samples of each answer by label, where they are more than one.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    spec, problems, production = lab.spec, lab.splits.heldout.problems, lab.spec.production_decoding
    prompts = lab.splits.prompts(problems, chat=spec.model.chat)
    plans = {
        label: SamplingPlan(
            name=f"{stem(label)}-heldout",
            prompts=prompts,
            decoding=decoding,
            per_prompt=samples[label] * per_answer.get(label, 1),
            seed=spec.seed,
        )
        for label, decoding in settings.items()
    }
    with lab.sampler(lab.base_model()) as sampler:
        drawn = {label: sample(plan, sampler, lab.stage) for label, plan in plans.items()}
    measured = {production.label: lab.base}
    for label, each in drawn.items():
        ran = run_samples(plans[label].name, each, problems, dict(prompts), lab.executor, lab.stage)
        group = per_answer.get(label, 1)
        measured[label] = Evaluation((each,), (ran,)) if group == 1 else BestOf((each,), (ran,), group)
    require_one_rule(*measured.values())
    counts = {label: evaluation.counts for label, evaluation in measured.items()}
    choice = select_decoding(counts, production.label, level=lab.level)
    decodings = {production.label: production, **settings}
    return Sweep(lab.base_model(), production.label, decodings, measured, choice, per_answer)
