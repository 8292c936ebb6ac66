"""Compare the models of both rounds and the base model on the fresh held-out problems."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from passgap.arms import ARMS
from passgap.decisions import ArmPoint, Cost, ParetoOutcome, compare_pareto, judge_arm
from passgap.estimates import PassAtK, estimate_repeated
from passgap.formatting import stated
from passgap.report.second_round import Round2Report, RoundComparison, RoundSpending
from passgap.stages import StageCost
from passgap.study.candidates import MeasuredCandidate, battery_of, compare, lift
from passgap.study.context import StudyContext
from passgap.study.interim_analysis import thresholds_of

BASE_MODEL, FIRST, SECOND = "base", "round 1", "round 2"


@dataclass(frozen=True)
class MeasuredRounds:
    """The three models, each measured on the fresh problems."""

    base: MeasuredCandidate
    first: MeasuredCandidate
    second: MeasuredCandidate
    first_costs: tuple[StageCost, ...]
    """Of making the round-1 model."""
    measuring: tuple[StageCost, ...]
    """Of measuring the base model and round 1 on the fresh problems, and of probing them."""

    def by_name(self) -> dict[str, MeasuredCandidate]:
        """The models from the last to the first."""
        return {SECOND: self.second, FIRST: self.first, BASE_MODEL: self.base}


def compare_rounds(context: StudyContext, rounds: MeasuredRounds, *, gate: str, sets: tuple[int, int]) -> Round2Report:
    """Every model against every earlier one, round 2 against round 1 first.

    Args:
        context: of the second round.
        rounds: the models.
        gate: the hash of the gate's entry.
        sets: how many problems the pool and the held-out set have.
    """
    spec, second = context.spec, rounds.second
    models = rounds.by_name()
    comparisons = tuple(_comparison(context, models, *pair) for pair in combinations(models, 2))
    made = [cost for each in second.repetitions for cost in (*each.candidate.costs, *each.dose_costs)]
    measured = [cost for each in second.repetitions for cost in (*each.evaluation.costs, *each.answers.costs)]
    steps = {
        "measure the base model and round 1 on the fresh problems": rounds.measuring,
        "make round 2: samples of round 1's model, and the fine-tune": made,
        "measure round 2": measured,
    }
    hours = {name: sum(each.hours for each in costs) for name, costs in steps.items()}
    price, pool, heldout = spec.budget.price_per_hour, *sets
    registration = second.candidate.registration
    assert registration is not None, "a trained arm is registered"
    return Round2Report(
        study=spec.name,
        arm=second.arm,
        caption=ARMS[second.arm].caption,
        gate=gate,
        registration=registration,
        checkpoint=second.candidate.checkpoint.relative_to(context.folder.path).as_posix(),
        pool=pool,
        heldout=heldout,
        summary=_summary(comparisons),
        comparisons=comparisons,
        pareto=_pareto(context, rounds, sum(each.hours for each in made)),
        facts=second.candidate.facts,
        spending=tuple(RoundSpending(step=name, hours=each, money=each * price) for name, each in hours.items()),
        currency=spec.budget.currency,
        device=spec.budget.device,
        blocker=spec.failure_cost.blocker,
        rollback=spec.failure_cost.rollback,
    )


def _comparison(
    context: StudyContext, models: dict[str, MeasuredCandidate], later: str, earlier: str
) -> RoundComparison:
    spec, one, other = context.spec, models[later], models[earlier]
    compared, battery = compare(spec, one, other), battery_of(context, other, one)
    k = max(spec.diagnostics.k)
    return RoundComparison(
        later=later,
        earlier=earlier,
        judgement=judge_arm(
            lift(spec, one, other),
            battery,
            thresholds_of(spec),
            delta_k=(k, compared.paired(PassAtK(k))),
            rehearsal=spec.rehearsal,
            side=later,
            base=earlier,
        ),
        comparison=compared,
        battery=battery,
    )


def _pareto(context: StudyContext, rounds: MeasuredRounds, made: float) -> ParetoOutcome:
    """Round 2, which takes what both rounds took, against round 1 and the base model."""
    spec, models = context.spec, rounds.by_name()
    first = sum(each.hours for each in rounds.first_costs)
    hours = {SECOND: first + made, FIRST: first, BASE_MODEL: 0.0}
    points = []
    for name, one in models.items():
        tables = [each.counts for each in one.repetitions]
        accuracy = estimate_repeated(tables, (1,), level=spec.thresholds.level).overall[str(PassAtK(1))]
        cost = Cost(hours=hours[name], low=hours[name], high=hours[name])
        points.append(ArmPoint(arm=name, accuracy=accuracy, cost=cost))
    lifts = {(one, other): lift(spec, models[one], models[other]) for one, other in combinations(models, 2)}
    return compare_pareto(SECOND, points, lifts, margin=spec.thresholds.margin)


def _summary(comparisons: tuple[RoundComparison, ...]) -> str:
    """The outcome against round 1, and where round 2 stands against the base model."""
    first, whole = comparisons[0], comparisons[1]
    change = stated(whole.comparison.paired(PassAtK(1)).delta)
    return (
        f"Against round 1: {first.judgement.outcome.value}. {first.judgement.headline} Against the base model, on the "
        f"same fresh problems: {whole.judgement.outcome.value}, pass@1 changed by {change}."
    )
