"""The yield of each arm, forecast before it costs anything, and what becomes of an arm that would starve.

A forecast goes into the ledger before its arm begins, so that the report can set it against what came. It rests on the
base model's held-out samples, or on the pool's own where they were run; the pool's problems are taken to be as hard as
the measured ones, and samples at an arm's own decoding to pass as often.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from passgap.arms import ARMS, Arm, Work
from passgap.arms.self_training.selection import POOL
from passgap.decisions import Verdict
from passgap.decisions.starving import Supply, shortage, supply_of
from passgap.decisions.study_plan import Throughput
from passgap.errors import StarvedArmError, StudyError
from passgap.estimates import Counts, counts_from_results
from passgap.estimates.yields import scaled
from passgap.logs import ImportedLog
from passgap.records import Estimate, digest_of
from passgap.records.yields import Minimum, YieldForecast
from passgap.spec import StudySpec
from passgap.spec.arm_section import ArmSection
from passgap.spec.budget import Part
from passgap.spec.section import Section
from passgap.stages.evaluation import Evaluation
from passgap.store import ResultsArtifact, StudyFolder, select
from passgap.study.base_verdict import Judged
from passgap.study.budget import remaining_hours, throughput_on_disk
from passgap.study.context import StudyContext
from passgap.study.cost_model import BASE_SAMPLES, throughput_of, with_training_speed
from passgap.study.declared_arms import DeclaredProblems
from passgap.study.recorded_forecasts import has_begun, record_forecasts, recorded_forecasts
from passgap.study.splits import load_splits
from passgap.tasks.splits import Splits

POOL_SAMPLES = "the pool's own samples"

DECLARED_WORK = "the declared work at the measured speed, which is taken as known"
BY_EXAMPLES = "the work at the measured speed, which is taken as known, with the forecast number of examples"


@dataclass(frozen=True)
class Basis:
    """The counts that forecasts rest on."""

    counts: Counts
    source: str
    """Of which samples, in words."""

    @property
    def said(self) -> str:
        """The source with its sizes."""
        return f"{self.source} (n = {self.counts.measured().n} problems, m = {self.counts.measured().m} samples each)"


def forecast_arms(
    spec: StudySpec,
    splits: Splits,
    basis: Basis,
    throughput: Throughput,
    *,
    named: Iterable[str] = (),
    own: Mapping[str, StudyFolder] | None = None,
) -> tuple[YieldForecast, ...]:
    """Forecast every declared arm, and those that a verdict names and the study does not declare, at their defaults.

    Args:
        spec: the study.
        splits: its problems.
        basis: the counts.
        throughput: how fast the model is sampled, its samples are run, and it is trained.
        named: the arms that the verdict names.
        own: the folder in which the pool's own results are looked for, which then count instead, by the arms for which
            they are.
    """
    return tuple(_forecasts(spec, splits, basis, throughput, frozenset(named), own or {}))


def _forecasts(
    spec: StudySpec,
    splits: Splits,
    basis: Basis,
    throughput: Throughput,
    named: frozenset[str],
    own: Mapping[str, StudyFolder],
) -> Iterator[YieldForecast]:
    for name, arm in ARMS.items():
        section = spec.arms.get(name)
        if section is not None:
            study = DeclaredProblems(spec, splits)
            of_pool = pool_basis(arm.work_in(section, study), own[name]) if name in own else None
            yield forecast_arm(arm, section, study, of_pool or basis, throughput)
        elif name in named:
            try:
                section = arm.Section()
            except ValidationError:
                continue  # it has no defaults: somebody has to say what it is made of
            yield forecast_arm(arm, section, DeclaredProblems(spec, splits), basis, throughput, declared=False)


def pool_basis(works: Sequence[Work], folder: StudyFolder) -> Basis | None:
    """The results of the pool's own samples, drawn as these works draw them; None where they were not all run."""
    index = folder.index()
    for work in works:
        if work.name != POOL or not work.made_from:
            continue
        for drawn in reversed(select(index, f"{POOL}-samples", work.made_from)):
            ran = select(index, f"{POOL}-results", {"samples": digest_of(drawn.inputs)})
            if ran:
                results = folder.artifact(ran[-1].name, ran[-1].inputs, ResultsArtifact)
                return Basis(counts_from_results(results.results()), POOL_SAMPLES)
    return None


def forecast_arm(
    arm: Arm[Any],
    section: Section,
    study: DeclaredProblems,
    basis: Basis,
    throughput: Throughput,
    *,
    declared: bool = True,
) -> YieldForecast:
    """Forecast one arm, with the hours and the money of making it and with its minimum."""
    found = arm.forecast(section, study, basis.counts) or YieldForecast(arm=arm.name)
    works = arm.work_in(section, study) if declared else _assumed_work(arm, section, study)
    hours = _hours(works, study.spec, found, throughput, basis.counts)
    return found.model_copy(
        update={
            "declared": declared,
            "hours": hours,
            "money": scaled(hours, study.spec.budget.price_per_hour, "money"),
            "minimum": minimum_of(arm, section),
            "basis": basis.said,
        }
    )


def minimum_of(arm: Arm[Any], section: Section) -> Minimum | None:
    """The least that an arm needs: as its section has it, else its own."""
    declared = section.minimum_yield if isinstance(section, ArmSection) else None
    if arm.minimum is None or declared is None:
        return arm.minimum
    return Minimum(of=arm.minimum.of, amount=declared, why="the study declares it as `minimum_yield`")


def _answers(found: YieldForecast) -> Estimate | None:
    """The answers that an update goes through: examples, or both sides of pairs; None where neither is forecast."""
    if isinstance(found.examples, Estimate):
        return found.examples
    return scaled(found.pairs, 2.0, "count") if isinstance(found.pairs, Estimate) else None


def _assumed_work(arm: Arm[Any], section: Section, study: DeclaredProblems) -> tuple[Work, ...]:
    """The work of an arm that the study does not declare, so that no data of its own are loaded."""
    return arm.work(section, study.spec, len(study.splits.heldout.problems), len(study.splits.pool.problems))


def _hours(
    works: Sequence[Work], spec: StudySpec, found: YieldForecast, throughput: Throughput, counts: Counts
) -> Estimate:
    """Device-hours of making the candidate: a fine-tune is priced by the forecast number of its examples."""
    fixed = 0.0
    by_examples = dict.fromkeys(("value", "low", "high"), 0.0)
    examples = _answers(found)
    for work in works:
        hours = remaining_hours(spec, work, throughput, ())
        if work.part is Part.TRAINING and examples is not None and work.samples:
            for end in by_examples:
                by_examples[end] += hours * min(1.0, getattr(examples, end) / work.samples)
        else:
            fixed += hours
    measured = counts.measured()
    return Estimate(
        **{end: fixed + more for end, more in by_examples.items()},
        level=spec.thresholds.level,
        n=max(1, measured.n),
        m=max(1, measured.m),
        method=BY_EXAMPLES if examples is not None else DECLARED_WORK,
        unit="hours",
    )


def forecast_from_log(context: StudyContext, log: ImportedLog, judged: Judged) -> dict[str, Any]:
    """The forecasts that somebody else's results give, as fields of a verdict; with the reason where they give none.

    Args:
        context: the study; nothing is measured, and nothing put into its ledger.
        log: the results.
        judged: the verdict on them.
    """
    spec = context.spec
    try:
        splits = load_splits(context)
    except StudyError as error:
        why = f"what the arms will have to learn from is not forecast: {error.summary}"
        return {"notes": (*judged.notes, why)}
    basis = Basis(log.counts, judged.source)
    throughput = throughput_on_disk(context.folder, spec)
    found = forecast_arms(spec, splits, basis, throughput, named=named_by(judged.verdict))
    return {"yields": found, "currency": spec.budget.currency}


def named_by(verdict: Verdict) -> tuple[str, ...]:
    """The arms that a verdict names."""
    return tuple(move.value for move in verdict.moves if move.value in ARMS)


def require_yield(context: StudyContext, name: str, forecast: YieldForecast | None) -> None:
    """Let an arm begin if it will not starve, if the study says to run it all the same, or if it has begun already.

    A rehearsal is too small for anything, so its arms begin and are labelled.

    Raises:
        StarvedArmError: it would starve; the forecast and the minimum are named.
    """
    section = context.spec.arms.get(name)
    asked = isinstance(section, ArmSection) and section.run_starved
    if context.read_only or forecast is None or supply_of(forecast) is not Supply.STARVED:
        return
    if asked:
        context.note(f"{name} is run although it starves: {shortage(forecast)}")
        return
    if context.spec.rehearsal or has_begun(context, name):
        return
    at = context.spec.at(name, "run_starved")
    raise StarvedArmError(
        f"the arm `{name}` would have too little to learn from, so it was not begun",
        [
            f"arms.{name}: {shortage(forecast)} Draw more samples per prompt, name a larger pool, or set "
            f"`{at}: true` to run it all the same; the report then labels it as starved."
        ],
    )


def foretell(
    context: StudyContext,
    splits: Splits,
    measured: Evaluation | None,
    named: Iterable[str] = (),
    *,
    beginning: str | None = None,
) -> dict[str, YieldForecast]:
    """The forecast of each arm, on record: from the base model's held-out samples, before any arm begins.

    Args:
        context: the study.
        splits: its problems.
        measured: the base model; None where it was not measured.
        named: the arms that the verdict names.
        beginning: the arm that is about to begin: if the pool's own samples were run by now, they count for it.
    """
    recorded = recorded_forecasts(context)
    if context.read_only or measured is None or not measured.sampling.samples:
        return recorded
    throughput = with_training_speed(throughput_of(measured), context.folder)
    from_pool = {name for name, each in recorded.items() if each.basis.startswith(POOL_SAMPLES)}
    made = forecast_arms(
        context.spec,
        splits,
        Basis(measured.counts, BASE_SAMPLES),
        throughput,
        named=named,
        own=dict.fromkeys(from_pool | ({beginning} if beginning else set()), context.folder),
    )
    return record_forecasts(context, made, beginning)
