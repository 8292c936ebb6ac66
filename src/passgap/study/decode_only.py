"""The decode-only control: the base model at every declared setting, on the problems that it was measured on (R8).

Production decoding joins the sweep with the base model's own samples. Where looks are declared, the sweep runs once,
on the problems of the look that ended the measuring, at the level of the looks: its lift is read by the same verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from passgap.decisions import DecodingChoice, select_decoding
from passgap.errors import StudyError
from passgap.estimates import Counts, EstimateTable, estimate_all
from passgap.recipes import Arm
from passgap.records import Decoding, Insufficient, Measured
from passgap.spec import StudySpec
from passgap.stages import StageCost, sample
from passgap.study.budget import require_budget, sweep_work
from passgap.study.context import StudyContext
from passgap.study.evaluation import Evaluation, heldout_plan, require_one_rule, run_samples
from passgap.study.interim_analysis import BaseMeasured, verdict_level


@dataclass(frozen=True)
class DecodeOnly:
    """The base model at every setting, and what was chosen."""

    production: str
    """The label of production decoding."""
    decodings: Mapping[str, Decoding]
    """By label, production decoding among them."""
    measured: Mapping[str, Evaluation]
    choice: DecodingChoice | Insufficient

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


def sweep_decoding(context: StudyContext, base: BaseMeasured) -> DecodeOnly | None:
    """Measure and choose; None where no sweep is declared. What is on disk is not drawn or run again.

    The model is opened once for all settings, and closed before their samples are run.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    spec = context.spec
    section, production = spec.decode_only, spec.production_decoding
    if section is None:
        return None
    sweep = spec.decode_sweep
    plans = {
        label: heldout_plan(context, base.splits, _name(label), decoding, section.samples_at(decoding))
        for label, decoding in sweep.items()
    }
    names = {f"{_name(label)}-heldout": section.samples_at(decoding) for label, decoding in sweep.items()}
    require_budget(context, Arm.DECODE_ONLY, sweep_work(len(base.splits.heldout.problems), names))
    with context.sampler(context.base_model()) as sampler:
        drawn = {label: sample(plan, sampler, context.stage) for label, plan in plans.items()}
    measured = {production.label: base.evaluation}
    for label, samples in drawn.items():
        measured[label] = run_samples(context, base.splits, samples, _name(label))
    require_one_rule(*measured.values())
    counts = {label: evaluation.counts for label, evaluation in measured.items()}
    choice = select_decoding(counts, production.label, level=verdict_level(spec))
    return DecodeOnly(production.label, {production.label: production, **sweep}, measured, choice)


def require_sweep(spec: StudySpec) -> None:
    """Refuse to speak of a control that the study does not declare.

    Raises:
        StudyError: there is no ``decode_only`` section.
    """
    if spec.decode_only is None:
        raise StudyError(
            "the study declares no decode-only sweep",
            [
                "decode_only: missing. It is declared before anything is measured, so a study that has begun needs a "
                "new folder for it. Example: `decode_only: {temperatures: [0, 0.2, 0.4, 0.6, 1.0], samples: 4}`."
            ],
        )


def table_of_choice(spec: StudySpec, control: DecodeOnly) -> EstimateTable:
    """pass@k of the control on the problems that it was not chosen on, for every declared k that its samples can give.

    Raises:
        StudyError: nothing could be chosen.
    """
    choice = control.choice
    if isinstance(choice, Insufficient):
        raise StudyError("no decoding could be chosen", [choice.insufficient])
    counts = choice.counts(control.runs)
    return estimate_all(counts, feasible_ks(spec, counts), level=choice.method.level(spec.thresholds.level))


def feasible_ks(spec: StudySpec, counts: Counts) -> tuple[int, ...]:
    """The declared k that every problem has samples for; 1 always is."""
    return tuple(k for k in spec.diagnostics.k if k <= max(1, counts.m))


def _name(label: str) -> str:
    """The name of a setting's artifacts: ``decode-only-temperature-0-4-top-k-off-top-p-0-95``."""
    return f"{Arm.DECODE_ONLY.value}-{re.sub(r'[^a-z0-9]+', '-', label.lower()).strip('-')}"
