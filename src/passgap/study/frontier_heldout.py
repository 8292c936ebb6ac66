"""Measure what a frontier chose on held-out problems: own best decodings, and the battery at matched diversity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from passgap.arms import BASE, Work
from passgap.decisions.frontier_report import MatchedBattery, RetunedRow
from passgap.estimates import PairedDelta, estimate_pass_at_k, paired_delta
from passgap.ports import ModelReference
from passgap.records import Decoding, Estimate, Insufficient, Measured
from passgap.stages import StageCost
from passgap.stages.evaluation import Evaluation
from passgap.study.battery_answers import ask_probes
from passgap.study.battery_compared import compare_decodings
from passgap.study.candidates import battery_of
from passgap.study.context import StudyContext
from passgap.study.evaluation import evaluate
from passgap.study.frontier_costs import best_work, matched_works, section_of
from passgap.study.frontier_models import SweptModel
from passgap.study.frontier_names import best_name, matched_name
from passgap.study.interim_analysis import BaseEvaluation

NEAR = 0.02
"""Temperatures that are this close to production's are taken for it: the interval of a matched one is far wider."""


@dataclass
class Heldout:
    """Measures on the held-out problems of a study, and remembers what that cost."""

    context: StudyContext
    measured: BaseEvaluation
    costs: list[StageCost] = field(default_factory=list)

    def evaluate(self, model: ModelReference, name: str, decoding: Decoding, samples: int) -> Evaluation:
        """Measure a model at a decoding; greedy decoding takes one sample."""
        found = evaluate(
            self.context,
            self.measured.splits,
            model,
            name,
            decoding=decoding,
            samples=1 if decoding.greedy else samples,
        )
        self.costs += found.costs
        return found


def choice_works(
    heldout: Heldout, models: Sequence[SweptModel], best: Mapping[str, str], temperatures: Mapping[str, Measured]
) -> tuple[Work, ...]:
    """The work of measuring the choices, less what is production decoding itself."""
    context, problems = heldout.context, len(heldout.measured.splits.heldout.problems)
    production = context.spec.production_decoding
    works = [best_work(context.spec, each.label, problems) for each in models if best[each.arm] != production.label]
    for each in models:
        temperature = temperatures.get(each.arm)
        if each.measured and isinstance(temperature, Estimate) and _at(temperature, production) != production:
            works += matched_works(context, each.label, problems)
    return tuple(works)


def retuned_rows(heldout: Heldout, models: Sequence[SweptModel], best: Mapping[str, str]) -> tuple[RetunedRow, ...]:
    """Every model at production decoding and, in a row of its own, at its best decoding on development problems.

    An arm at its own best is compared with the base model at its own best, which was chosen in the same way.
    """
    return tuple(_rows(heldout, models, best))


def _rows(heldout: Heldout, models: Sequence[SweptModel], best: Mapping[str, str]) -> Iterator[RetunedRow]:
    spec = heldout.context.spec
    production = spec.production_decoding
    decodings = {each.label: each for each in section_of(spec).decodings(production)}
    level = spec.thresholds.level
    for chosen in (False, True):
        base: Evaluation | None = None
        for each in models:
            label = best[each.arm] if chosen else production.label
            evaluation = each.evaluation
            if label != production.label:
                samples = evaluation.counts.m or spec.diagnostics.samples
                evaluation = heldout.evaluate(each.model, best_name(each.label), decodings[label], samples)
            against = None if base is None else _delta(base, evaluation, level)
            base = base or evaluation
            yield RetunedRow(
                arm=each.arm,
                caption=each.caption,
                chosen=chosen,
                decoding=label,
                pass_at_1=estimate_pass_at_k(evaluation.counts, 1, level=level),
                against_base=against,
            )


def _delta(base: Evaluation, arm: Evaluation, level: float) -> PairedDelta:
    return paired_delta(base.counts, arm.counts, 1, level=level)


def matched_batteries(
    heldout: Heldout, models: Sequence[SweptModel], temperatures: Mapping[str, Measured]
) -> tuple[MatchedBattery, ...]:
    """The battery of each arm at production decoding, and against the base model at the temperature that matches it."""
    base = models[0]
    return tuple(
        _battery(heldout, base, each, temperatures[each.arm])
        for each in models
        if each.arm != BASE and each.measured is not None
    )


def _battery(heldout: Heldout, base: SweptModel, arm: SweptModel, temperature: Measured) -> MatchedBattery:
    context, one = heldout.context, arm.measured
    assert one is not None and base.measured is not None
    first = MatchedBattery(
        arm=arm.arm, caption=arm.caption, production=battery_of(context, base.measured, replace(one, further=()))
    )
    if isinstance(temperature, Insufficient):
        return first.model_copy(update={"note": temperature.insufficient})
    decoding = _at(temperature, context.spec.production_decoding)
    if decoding == context.spec.production_decoding:
        said = (base.evaluation, base.measured.answers)
    else:
        name = matched_name(arm.label)
        evaluation = heldout.evaluate(base.model, name, decoding, context.spec.diagnostics.samples)
        answers = ask_probes(context, base.model, name, decoding)
        heldout.costs += answers.costs
        said = (evaluation, answers)
    problems = said[0].counts.ids
    matched = compare_decodings(context, arm.arm, said, (one.evaluation, one.answers), problems)
    return first.model_copy(update={"matched": matched, "base_decoding": decoding.label})


def _at(temperature: Estimate, production: Decoding) -> Decoding:
    """Production decoding at another temperature; production decoding itself where that is as good as the same."""
    if abs(temperature.value - production.temperature) < NEAR:
        return production
    return production.model_copy(update={"temperature": round(temperature.value, 2)})
