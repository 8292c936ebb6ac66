"""Does the sampling setting that is declared for SSD carry a signal, and which one would carry more?"""

from __future__ import annotations

from dataclasses import dataclass

from passgap.arms.ssd import ARM as SSD
from passgap.estimates import LearningSignal, Proposal, propose_sampling, sweep_grid
from passgap.ports import LogitSource, TopLogprobSource
from passgap.spec import ServerEngine
from passgap.spec.decoding import decoding_of
from passgap.stages import StageCost, cost_of
from passgap.stages.evaluation import Evaluation
from passgap.stages.signal import SignalPlan, measure_signal, signal_artifact, signals_of
from passgap.store import SignalArtifact
from passgap.study.context import StudyContext
from passgap.tasks.splits import Splits

PROBLEMS = 24
POSITIONS = 48
"""Enough positions for the averages to settle, and few enough to cost less than a minute on a CPU."""


@dataclass(frozen=True)
class SignalFinding:
    """The declared setting's signal and the proposed setting; both None where the engine gives no logits."""

    declared: LearningSignal | None
    proposal: Proposal | None
    costs: tuple[StageCost, ...]


def find_signal(context: StudyContext, splits: Splits, base: Evaluation) -> SignalFinding:
    """Measure the declared setting and a small sweep on some of the base model's own samples."""
    plan = _plan(context, splits, base)
    engine = context.spec.engine
    known = engine.logprobs if isinstance(engine, ServerEngine) else None
    with context.sampler(context.base_model()) as sampler:
        artifact = signal_artifact(plan, sampler.identity.model_digest, context.folder, known=known)
        if not artifact.complete:
            if not isinstance(sampler, LogitSource | TopLogprobSource):
                return SignalFinding(declared=None, proposal=None, costs=())
            measure_signal(plan, sampler, artifact, context.stage, devices=sampler.devices)
    return _finding(context, artifact)


def _finding(context: StudyContext, artifact: SignalArtifact) -> SignalFinding:
    declared, *sweep = signals_of(artifact)
    return SignalFinding(
        declared=declared,
        proposal=propose_sampling(sweep, context.spec.production_decoding),
        costs=(cost_of(artifact),),
    )


def _plan(context: StudyContext, splits: Splits, base: Evaluation) -> SignalPlan:
    """The first sample of evenly spaced problems, under the declared setting and the settings of the sweep."""
    spec, sampling = context.spec, SSD.section_of(context.spec).sampling
    prompts = dict(splits.prompts(splits.heldout.problems, chat=spec.model.chat))
    by_problem = base.by_problem
    names = sorted(by_problem)
    chosen = names[:: max(1, len(names) // PROBLEMS)][:PROBLEMS]
    return SignalPlan(
        contexts=tuple((name, prompts[name], by_problem[name][0].completion) for name in chosen),
        settings=(decoding_of(sampling), *sweep_grid(sampling.max_new_tokens)),
        positions=POSITIONS,
        level=spec.thresholds.level,
    )
