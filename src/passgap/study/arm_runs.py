"""The arms of a run, one after the other: one that fails is named with its reason, and the others are carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from passgap.arms import BASE, Work, arm_of
from passgap.errors import NotOnDiskError, PassgapError, StudyError
from passgap.probes import ProbeResolution
from passgap.records import Problem
from passgap.records.yields import YieldForecast
from passgap.stages.evaluation import require_one_rule
from passgap.store import TracedFolder
from passgap.study.battery import answers_asked
from passgap.study.budget import evaluating, making, probing, require_budget, shortfalls, throughput_on_disk
from passgap.study.candidates import MeasuredCandidate, evaluate_candidate, probe_candidate
from passgap.study.context import FAILURE, StudyContext
from passgap.study.declared_doses import measuring
from passgap.study.dose_curve import development_of, measure_doses
from passgap.study.elsewhere import with_declared_hours
from passgap.study.forecasting import foretell, require_yield
from passgap.study.lab import StudyLab
from passgap.study.pilot.running import run_pilot
from passgap.study.preregistration import is_registered, pipeline_spec, register
from passgap.study.race.declared import racing
from passgap.study.race.running import run_race
from passgap.study.repetitions import Repetition, repetitions_of
from passgap.study.resolution import measured_resolutions


@dataclass(frozen=True)
class FailedArm:
    """An arm that gave no candidate, and why."""

    arm: str
    error: PassgapError

    @property
    def told(self) -> str:
        """The arm and the reason, for a report and for the message at the end of a run."""
        return _told(self.arm, self.error.summary, self.error.problems)


def measure_arms(
    lab: StudyLab, names: Sequence[str], forecasts: dict[str, YieldForecast]
) -> tuple[list[MeasuredCandidate], list[FailedArm]]:
    """Register and measure each arm, if it has enough to learn from and fits into the budget.

    A recipe for which a search is declared is searched first.

    An arm that cannot be registered, paid for, made or measured does not keep the others from being carried out; the
    ledger says why it gave nothing. What it did is kept, and the next run goes on from there.

    Args:
        lab: of the study.
        names: of the arms.
        forecasts: of each arm; brought up to date where an arm before it ran the pool's samples.

    Raises:
        NotOnDiskError: the study is only read, and something of an arm is not there.
        StudyError: the study is only read, and an arm was changed since it was registered.
    """
    context = lab.context
    measured: list[MeasuredCandidate] = []
    failed: dict[str, FailedArm] = {}

    def carried_out(name: str, step: Callable[[], object]) -> bool:
        """Whether a step of an arm was carried out; if not, the arm gave nothing."""
        try:
            step()
        except NotOnDiskError:
            raise
        except PassgapError as error:
            if context.read_only:
                raise
            failed[name] = FailedArm(name, error)
            context.note(f"not produced: {failed[name].told}")
            context.record_once(FAILURE, {"arm": name, "summary": error.summary, "problems": list(error.problems)})
        return name not in failed

    def begin(name: str) -> None:
        _begin(lab, name, forecasts)

    def measure(name: str) -> None:
        measured.append(measure_arm(lab, name))

    raced = racing(context, names)
    race = run_race(lab, raced, begin, carried_out, partial(works_of_arm, lab)) if raced else None
    for name in names:
        if name in failed or (race is not None and name in race.out):
            continue
        if carried_out(name, partial(begin, name)):
            carried_out(name, partial(measure, name))
    return measured, list(failed.values())


def _begin(lab: StudyLab, name: str, forecasts: dict[str, YieldForecast]) -> None:
    """Search an arm's recipe where a search is declared, forecast its yield, and register it.

    Raises:
        PassgapError: it may not begin.
    """
    context = lab.context
    if spec_searches(context, name):
        run_pilot(lab)
    forecasts |= foretell(context, lab.splits, lab.base, beginning=name)
    require_yield(context, name, forecasts.get(name))
    if arm_of(name).preregistered:
        entry = register(context, pipeline_spec(context, lab.splits, name), _resolutions(lab, name))
        context.note(f"registered {name} as ledger entry {entry.sequence}, hash {entry.hash[:12]}")


def _resolutions(lab: StudyLab, name: str) -> tuple[ProbeResolution, ...] | None:
    """The resolution of the battery on an arm that is not registered yet, where there is time to ask the base model."""
    context = lab.context
    if context.read_only or not context.battery.judged_together or is_registered(context, name):
        return None
    asked = probing(answers_asked(context.battery), BASE)
    if shortfalls(lab.spec, asked, throughput_on_disk(context.folder, lab.spec), context.folder):
        return None
    return measured_resolutions(context, lab.base, len(repetitions_of(lab.spec, name)))


def raise_failures(failed: Sequence[FailedArm]) -> None:
    """End a run of which some arms gave nothing: with the one error, or with one that names them all.

    Raises:
        PassgapError: some did.
    """
    if len(failed) == 1:
        raise failed[0].error
    if failed:
        names = ", ".join(each.arm for each in failed)
        raise StudyError(f"{len(failed)} arms were not run to the end: {names}", [each.told for each in failed])


def failures_on_record(context: StudyContext, produced: Sequence[str]) -> Iterator[str]:
    """Yield why arms gave nothing when they were last tried, of a study that is only read."""
    last = {}
    for entry in context.folder.ledger.of_kind(FAILURE):
        if isinstance(entry.payload, dict):
            last[str(entry.payload.get("arm"))] = entry.payload
    for arm, payload in last.items():
        problems = payload.get("problems")
        if arm not in produced and isinstance(problems, list):
            yield _told(arm, str(payload.get("summary")), list(map(str, problems)))


def measure_arm(lab: StudyLab, name: str) -> MeasuredCandidate:
    """A candidate for each of the arm's seeds, with its evaluation and its answers to the battery's prompts.

    Raises:
        BudgetError: all of it together does not fit into what is left of the budget; nothing is begun.
    """
    context = lab.context
    repetitions, development = repetitions_of(lab.spec, name), development_of(lab, name)
    require_budget(context, name, works_of_arm(lab, name))
    first, *further = (_measure_repetition(lab, each, development) for each in repetitions)
    return replace(first, further=tuple(further))


def works_of_arm(lab: StudyLab, name: str) -> tuple[Work, ...]:
    """The work of making an arm's candidates, of their dose curves, and of measuring and probing them."""
    context, spec = lab.context, lab.spec
    return (
        *making(spec, lab.splits, name),
        *measuring(spec, name, len(development_of(lab, name))),
        *evaluating(spec, lab.splits, name),
        *probing(answers_asked(context.battery), BASE, *(each.name for each in repetitions_of(spec, name))),
    )


def spec_searches(context: StudyContext, name: str) -> bool:
    """Whether a declared search for an arm's recipe has to be carried out first."""
    searched = context.spec.pilot is not None and context.spec.pilot.arm == name
    return searched and not context.read_only and name not in context.chosen


def _measure_repetition(lab: StudyLab, repetition: Repetition, development: tuple[Problem, ...]) -> MeasuredCandidate:
    """Make, evaluate and probe the candidate of one seed, with its dose curve; what is on disk is not done again."""
    arm = arm_of(repetition.arm)
    section, own = arm.section_of(lab.spec), replace(lab, repetition=repetition)
    traced = TracedFolder(lab.context.folder, repetition.name, writes=not lab.context.read_only)
    try:
        tracing = replace(own, traced=traced)
        candidate = with_declared_hours(arm.produce(section, tracing))
        doses, costs = measure_doses(tracing, candidate, repetition, development)
    finally:
        if not lab.context.read_only:
            traced.keep()
    evaluation = evaluate_candidate(lab.context, lab.splits, candidate, repetition)
    require_one_rule(lab.base, evaluation)
    candidate = replace(candidate, facts=(*candidate.facts, *arm.findings(section, own, evaluation)))
    answers = probe_candidate(lab.context, candidate, repetition)
    return MeasuredCandidate(candidate, evaluation, answers, repetition, traced.used, doses, costs)


def _told(arm: str, summary: str, problems: Sequence[str]) -> str:
    named = summary if arm in summary else f"{arm}: {summary}"
    return " ".join((f"{named}:" if problems else f"{named}.", *problems))
