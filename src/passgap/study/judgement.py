"""From measurements to the verdict: gather the evidence, decide, and put the decision into the ledger (R4)."""

from __future__ import annotations

from pydantic import JsonValue

from passgap.decisions import Alternatives, BudgetFacts, Evidence, Thresholds, Verdict, decide_verdict
from passgap.estimates import (
    EstimateTable,
    LearningSignal,
    Proposal,
    estimate_all,
    mode_bounds,
    mode_correctness,
)
from passgap.logs import ImportedLog
from passgap.records import Record
from passgap.spec import StudySpec
from passgap.stages import StageCost
from passgap.study.context import VERDICT, StudyContext
from passgap.study.measurement import Measurement
from passgap.study.preparation import Preparation


class Judged(Record):
    """A verdict with the estimates that it rests on, and where they come from."""

    verdict: Verdict
    table: EstimateTable
    source: str


def thresholds_of(spec: StudySpec) -> Thresholds:
    """What a study declared that its decisions compare with."""
    return Thresholds(gap=spec.thresholds.gap, level=spec.thresholds.level, lift=spec.thresholds.round2_lift)


def table_of(spec: StudySpec, measurement: Measurement) -> EstimateTable:
    """pass@k and gaps of a measurement at the declared k and level."""
    return estimate_all(measurement.counts, spec.diagnostics.k, level=spec.thresholds.level)


def judge_base(
    context: StudyContext,
    preparation: Preparation,
    measurement: Measurement,
    signal: LearningSignal | None,
    proposal: Proposal | None,
) -> Verdict:
    """Decide on what was measured of the base model, and record the verdict once."""
    spec = context.spec
    evidence = Evidence(
        table=table_of(spec, measurement),
        modes=mode_correctness(measurement.outcomes, spec.diagnostics.k, level=spec.thresholds.level),
        signal=signal,
        proposal=proposal,
        alternatives=alternatives_of(spec),
        comparator=spec.comparator.method.value,
        budget=budget_facts(spec, preparation, measurement.costs[0]),
        contamination_checked=True,
        rehearsal=spec.rehearsal,
    )
    verdict = decide_verdict(evidence, thresholds_of(spec))
    _record_once(context, verdict, measurement)
    return verdict


def judge_log(spec: StudySpec, log: ImportedLog, source: str) -> Judged:
    """Decide on results that another harness measured: no model is at hand, nothing is sampled."""
    ks, level = spec.diagnostics.k, spec.thresholds.level
    table = estimate_all(log.counts, ks, level=level)
    modes = (
        mode_correctness(log.results, ks, programs=log.programs, level=level)
        if log.results
        else mode_bounds(log.counts, ks, level=level)
    )
    evidence = Evidence(
        table=table,
        source=source,
        modes=modes,
        alternatives=alternatives_of(spec),
        comparator=spec.comparator.method.value,
        rehearsal=spec.rehearsal,
    )
    return Judged(verdict=decide_verdict(evidence, thresholds_of(spec)), table=table, source=source)


def alternatives_of(spec: StudySpec) -> Alternatives:
    """What else a study says it could do."""
    return Alternatives(verifier=spec.alternatives.verifier, curated_examples=spec.alternatives.curated_examples)


def budget_facts(spec: StudySpec, preparation: Preparation, sampling: StageCost) -> BudgetFacts:
    """Predict the minimal arm's device-hours from the base model's measured throughput.

    Evaluation repeats what the base took. Pool samples are as long as held-out samples and come as fast. Training is
    taken to run at the speed of sampling over as many tokens as were sampled, which is near the truth for a full
    fine-tune of one epoch on a CPU and cautious on a GPU.
    """
    hours = spec.budget.hours
    available = hours.sampling + hours.training + hours.evaluation
    if not sampling.samples:
        return BudgetFacts(available_hours=available)
    pool_samples = len(preparation.pool.problems) * spec.sampling.per_prompt
    share = pool_samples / sampling.samples
    return BudgetFacts(
        available_hours=available, needed_hours=sampling.hours * (1.0 + share + share * spec.training.epochs)
    )


def _record_once(context: StudyContext, verdict: Verdict, measurement: Measurement) -> None:
    payload: dict[str, JsonValue] = {
        "verdict": verdict.verdict.value,
        "other": verdict.other.value if verdict.other else None,
        "justification": verdict.justification,
        "results": measurement.results.digest,
    }
    if not any(entry.payload == payload for entry in context.folder.ledger.of_kind(VERDICT)):
        context.record(VERDICT, payload)
