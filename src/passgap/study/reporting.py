"""Assemble the report from what the steps gave; compute only what compares them (R11)."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version

from passgap.decisions import ArmPoint, Cost, DecodingChoice, Look, Verdict, compare_pareto, judge_arm
from passgap.estimates import (
    Comparison,
    LearningSignal,
    PairedDelta,
    Proposal,
    compare_all,
    estimate_pass_at_k,
    mean_interval,
    paired_delta,
)
from passgap.probes import BatteryOutcome
from passgap.recipes import TARGET_RULE, Arm, ExampleEnds
from passgap.records import Decoding, FinishReason, Measured
from passgap.report.content import (
    ArmReport,
    BaseReport,
    ContaminationLine,
    CostLine,
    DecodeOnlyReport,
    Fact,
    SetupReport,
    StudyReport,
)
from passgap.spec import StudySpec
from passgap.spec.sections import ReportedScore
from passgap.stages import StageCost
from passgap.stages.costs import Stage
from passgap.store import StudyFolder
from passgap.study.arms import TrainedArm, TrainingFacts
from passgap.study.budget import spent_hours
from passgap.study.context import OVER_BUDGET, StudyContext
from passgap.study.decode_only import DecodeOnly, feasible_ks
from passgap.study.judgement import modes_of
from passgap.study.looks import BaseMeasured, thresholds_of
from passgap.study.measurement import Measurement
from passgap.study.notes import notes_on
from passgap.study.prediction import devices_of
from passgap.study.preparation import Preparation
from passgap.tasks import ContaminationRule

LISTED_CONTAMINATION = 200


def setup_report(
    context: StudyContext, preparation: Preparation, look: Look | None, before_verdict: float
) -> SetupReport:
    """What was asked, as the reader needs it to understand the answer.

    Args:
        context: the study.
        preparation: its problems.
        look: the look that decided, where looks are declared.
        before_verdict: device-hours that were spent until the verdict.
    """
    spec = context.spec
    decoding, pool = spec.production_decoding, spec.pool_decoding
    return SetupReport(
        study=spec.name,
        model=spec.model.name,
        rehearsal=spec.rehearsal,
        flags=context.flags,
        currency=spec.budget.currency,
        device=spec.budget.device,
        facts=(
            Fact(label="model", text=f"{spec.model.name} ({spec.model.parameters:,} parameters, {spec.model.licence})"),
            *_published(spec),
            Fact(label="task family", text=_family(spec)),
            Fact(label="held-out", text=_heldout(preparation, look)),
            Fact(label="pool", text=f"{len(preparation.pool.problems)} problems of {preparation.pool.name}"),
            Fact(label="production decoding", text=_decoding(decoding)),
            *_swept(spec),
            Fact(label="training samples", text=f"{spec.sampling.per_prompt} a prompt, {_decoding(pool)}"),
            Fact(label="comparator", text=f"{spec.comparator.method.value}: {spec.comparator.why}"),
            Fact(label="first signal", text=_first_signal(spec, before_verdict)),
            Fact(label="release blocker", text=spec.failure_cost.blocker),
            Fact(label="rollback", text=spec.failure_cost.rollback),
            Fact(label="checkpoints kept", text=spec.failure_cost.checkpoints),
        ),
    )


def _family(spec: StudySpec) -> str:
    family = spec.task_family
    return f"{', '.join(family.languages)}, {', '.join(family.kinds)} problems: {family.surface}"


def _published(spec: StudySpec) -> Iterator[Fact]:
    """The scores that somebody else gave, each with where it comes from: they stand beside what is measured here."""
    known = spec.model.benchmark
    for name, score in (("pass@1", known.pass_at_1), ("pass@10", known.pass_at_10)):
        if isinstance(score, ReportedScore):
            text = f"{100 * score.value:.1f} %, as reported without an interval; source: {score.source}"
            yield Fact(label=f"reported {name} on {known.name}", text=text)


def _first_signal(spec: StudySpec, hours: float) -> str:
    declared = spec.budget.days_to_first_signal
    days = hours / devices_of(spec) / 24.0
    late = "in time" if days <= declared else "late"
    return f"the verdict, after {days:.2f} days of computing; declared: within {declared:g} days ({late})"


def _swept(spec: StudySpec) -> tuple[Fact, ...]:
    if spec.decode_only is None:
        return ()
    samples = f"{spec.decode_only.samples} samples a problem each, 1 where greedy"
    return (Fact(label="decode-only sweep", text=f"{'; '.join(spec.decode_sweep)}: {samples}"),)


def _heldout(preparation: Preparation, look: Look | None) -> str:
    whole = f"{len(preparation.heldout.problems)} problems of {preparation.heldout.name}"
    return whole if look is None else f"{look.problems} of {whole}: look {look.number} of {look.of}"


def base_report(
    spec: StudySpec,
    measured: BaseMeasured,
    verdict: Verdict,
    signal: LearningSignal | None,
    proposal: Proposal | None,
    extra_costs: tuple[StageCost, ...],
) -> BaseReport:
    """The base model's diagnostics beside the verdict on them."""
    measurement = measured.measurement
    return BaseReport(
        verdict=verdict,
        table=measured.table,
        modes=modes_of(spec, measurement),
        signal=signal,
        proposal=proposal,
        truncated=truncated_share(spec, measurement),
        outcomes=outcome_counts(measurement),
        extraction=extraction_counts(measurement),
        notes=notes_on(spec, measurement),
        costs=cost_lines(spec, Arm.BASE, (*measurement.costs, *extra_costs)),
    )


def arm_report(
    spec: StudySpec,
    trained: TrainedArm,
    base: Measurement,
    tuned: Measurement,
    battery: BatteryOutcome,
    extra_costs: tuple[StageCost, ...],
    control: tuple[DecodeOnly, DecodeOnlyReport] | None,
) -> ArmReport:
    """A trained arm against the base model, and against the decode-only control where there is one."""
    level = spec.thresholds.level
    delta = paired_delta(base.counts, tuned.counts, 1, level=level)
    k = max(spec.diagnostics.k)
    wide = (k, paired_delta(base.counts, tuned.counts, k, level=level))
    costs = cost_lines(spec, trained.arm, (*trained.costs, *tuned.costs, *extra_costs))
    points = [
        arm_point(Arm.BASE, estimate_pass_at_k(base.counts, 1, level=level), ()),
        arm_point(trained.arm, estimate_pass_at_k(tuned.counts, 1, level=level), costs),
    ]
    lifts = {(trained.arm.value, Arm.BASE.value): delta}
    against = None
    if control is not None:
        swept, told = control
        points.append(arm_point(Arm.DECODE_ONLY, told.choice.test, told.costs))
        against, lift = _against_control(spec, swept, told.choice, tuned)
        lifts[trained.arm.value, Arm.DECODE_ONLY.value] = lift
        lifts[Arm.DECODE_ONLY.value, Arm.BASE.value] = told.choice.lift
    return ArmReport(
        arm=trained.arm.value,
        caption=trained.arm.caption,
        judgement=judge_arm(delta, battery, thresholds_of(spec), delta_k=wide, rehearsal=spec.rehearsal),
        comparison=compare_all(base.counts, tuned.counts, spec.diagnostics.k, level=level),
        battery=battery,
        truncated=truncated_share(spec, tuned),
        extraction=extraction_counts(tuned),
        facts=_training_facts(trained),
        costs=costs,
        pareto=compare_pareto(trained.arm.value, points, lifts),
        against_decode_only=against,
    )


def _against_control(
    spec: StudySpec, control: DecodeOnly, choice: DecodingChoice, tuned: Measurement
) -> tuple[Comparison, PairedDelta]:
    """The tuned model at production decoding against the control, on the problems that the control was not chosen on.

    All declared k that the control's samples can give, and pass@1 alone for the Pareto table.
    """
    level = choice.method.level(spec.thresholds.level)
    decoded, trained = choice.counts(control.runs), tuned.counts.select(choice.test_ids)
    return (
        compare_all(decoded, trained, feasible_ks(spec, decoded), level=level),
        paired_delta(decoded, trained, 1, level=level),
    )


def arm_point(arm: Arm, accuracy: Measured, costs: tuple[CostLine, ...]) -> ArmPoint:
    """An arm on the plane of accuracy and device-hours, which were metered and so have no range."""
    spent = sum(line.hours for line in costs)
    return ArmPoint(arm=arm.value, accuracy=accuracy, cost=Cost(hours=spent, low=spent, high=spent))


def study_report(
    context: StudyContext,
    preparation: Preparation,
    base: BaseReport,
    decode_only: DecodeOnlyReport | None,
    arms: tuple[ArmReport, ...],
    not_produced: tuple[str, ...],
) -> StudyReport:
    """The whole report."""
    log = preparation.contamination
    return StudyReport(
        setup=setup_report(context, preparation, base.verdict.look, _before_verdict(base, decode_only)),
        base=base,
        decode_only=decode_only,
        arms=arms,
        contamination=tuple(
            ContaminationLine(item=each.item, matched=each.matched, rule=each.rule, score=each.score)
            for each in log.items[:LISTED_CONTAMINATION]
        ),
        contamination_checked=_checked(context, preparation),
        not_produced=not_produced,
        provenance=_provenance(context),
    )


def _checked(context: StudyContext, preparation: Preparation) -> str:
    """What was compared with what, and what came of it."""
    early = sum(each.rule is ContaminationRule.BEFORE_CUTOFF for each in preparation.contamination.items)
    mixed = preparation.mix_removed + (len(preparation.mix.examples) if preparation.mix else 0)
    said = (
        f"{len(preparation.heldout.problems)} held-out problems against "
        f"{len(preparation.pool.problems) + preparation.removed} pool problems"
        + (f" and {mixed} examples to mix in" if mixed else "")
        + f": {len(preparation.contamination.items) - early} matches, {preparation.removed} pool problems"
        + (f" and {preparation.mix_removed} of these examples" if mixed else "")
        + " removed"
    )
    if (cutoff := context.spec.model.cutoff) is None:
        return said
    dated = sum(each.date is not None for each in preparation.heldout.problems) + preparation.heldout_removed
    kept = "removed" if preparation.heldout_removed else "kept"
    return f"{said}; of {dated} dated held-out problems {early} are from before the cutoff of {cutoff}, and {kept}"


def _before_verdict(base: BaseReport, control: DecodeOnlyReport | None) -> float:
    """Device-hours until the verdict: probes are asked after it."""
    lines = (*base.costs, *(control.costs if control else ()))
    return sum(line.hours for line in lines if line.stage != Stage.PROBES)


def truncated_share(spec: StudySpec, measurement: Measurement) -> Measured:
    """The share of completions that were cut at the token limit."""
    by_problem = [samples for _, samples in sorted(measurement.by_problem().items())]
    shares = [sum(each.finish_reason is FinishReason.LENGTH for each in drawn) / len(drawn) for drawn in by_problem]
    return mean_interval(shares, m=min(map(len, by_problem)), level=spec.thresholds.level)


def outcome_counts(measurement: Measurement) -> dict[str, int]:
    """How many samples ended in which outcome."""
    return dict(sorted(Counter(result.outcome.value for result in measurement.outcomes).items()))


def extraction_counts(measurement: Measurement) -> dict[str, int]:
    """In how many completions each rule found a program, the most frequent first."""
    rules = Counter(result.extraction for result in measurement.outcomes if result.extraction is not None)
    return dict(sorted(rules.items(), key=lambda item: (-item[1], item[0])))


def cost_lines(spec: StudySpec, arm: Arm, costs: tuple[StageCost, ...]) -> tuple[CostLine, ...]:
    """What an arm took, with its price."""
    return tuple(
        CostLine(
            arm=arm.value,
            stage=cost.stage.value,
            step=cost.name,
            seconds=cost.seconds,
            hours=cost.hours,
            money=cost.hours * spec.budget.price_per_hour,
            samples=cost.samples,
            prompt_tokens=cost.prompt_tokens,
            tokens=cost.tokens,
            tokens_per_second=cost.tokens_per_second,
        )
        for cost in costs
    )


def _training_facts(trained: TrainedArm) -> tuple[Fact, ...]:
    facts = trained.facts
    first, last = facts.losses[0][1], facts.losses[-1][1]
    return (
        Fact(label="sampled", text=f"{facts.sampled} completions of the pool, {facts.truncated} truncated"),
        Fact(
            label="dropped",
            text=f"{_dropped(facts)}, {facts.dropped_too_long} too long",
        ),
        *_ends(facts.ends),
        *_mixed(facts),
        Fact(label="trained on", text=f"{facts.trained} examples, {facts.tokens} tokens, {facts.steps} steps"),
        Fact(
            label="loss",
            text=f"{first:.3f} at step {facts.losses[0][0]}, {last:.3f} at step {facts.losses[-1][0]}, nats a token",
        ),
    )


def _dropped(facts: TrainingFacts) -> str:
    if facts.dropped_empty is None or facts.dropped_stubs is None:
        return f"{facts.dropped} empty or stubs"
    return f"{facts.dropped_empty} empty, {facts.dropped_stubs} stubs"


def _ends(ends: ExampleEnds | None) -> Iterator[Fact]:
    if ends is None:
        yield Fact(label="what is learned", text="the text and the first stop string, by a rule of an earlier version")
        return
    yield Fact(label="what is learned", text=TARGET_RULE)
    counted = (
        (ends.stop_string, "a stop string"),
        (ends.end_token, "the end token"),
        (ends.token_limit, "the token limit"),
        (ends.unknown, "not known"),
    )
    yield Fact(
        label="what ended it", text=", ".join(f"{count} {name}" for count, name in counted if count) or "nothing"
    )
    if ends.from_text:
        text = (
            f"{ends.from_text} samples were kept without their tokens, by an earlier version: their text is encoded "
            f"again, and an end that is not known is taken for the prompt's stop string where it has only one"
        )
        yield Fact(label="encoded again", text=text)


def _mixed(facts: TrainingFacts) -> Iterator[Fact]:
    """What share of the training data is not the model's own: declared by examples, told by tokens too."""
    if not facts.mixed_examples:
        return
    text = (
        f"{facts.mixed_examples} of {facts.trained} examples ({100 * facts.mixed_examples / facts.trained:.2f} %) with "
        f"{facts.mixed_tokens} of {facts.pass_tokens} completion tokens "
        f"({100 * facts.mixed_tokens / facts.pass_tokens:.2f} %) are instruction data"
    )
    if facts.mixed_too_long:
        text += f"; {facts.mixed_too_long} examples were too long and passed over"
    yield Fact(label="mixed in", text=text)


def _spent(context: StudyContext) -> str:
    """What was spent of each part, by all runs."""
    hours, budget = spent_hours(StudyFolder(context.folder.path)), context.spec.budget
    parts = ", ".join(
        f"{part.value} {spent:.2f} of {getattr(budget.hours, part.value):g}" for part, spent in hours.items()
    )
    return f"{parts} {budget.device}-hours, killed runs included"


def _over_budget(context: StudyContext) -> Iterator[Fact]:
    """Who let an arm begin that did not fit, when, and by how much."""
    for entry in context.folder.ledger.of_kind(OVER_BUDGET):
        payload = entry.payload if isinstance(entry.payload, dict) else {}
        yield Fact(
            label="over budget",
            text=f"{payload.get('arm')} was let begin by {entry.who}, {entry.time:%Y-%m-%d %H:%M} UTC: "
            f"{payload.get('over')}",
        )


def _provenance(context: StudyContext) -> tuple[Fact, ...]:
    entries = context.folder.ledger.entries()
    return (
        Fact(label="study digest", text=context.spec.digest),
        Fact(label="seed", text=str(context.spec.seed)),
        Fact(label="budget", text=_spent(context)),
        *_over_budget(context),
        Fact(label="ledger", text=f"{len(entries)} entries, the last one {context.folder.ledger.head}"),
        *(
            Fact(label=f"entry {entry.sequence}", text=f"{entry.kind} by {entry.who}, {entry.time:%Y-%m-%d %H:%M} UTC")
            for entry in entries
        ),
        Fact(label="passgap", text=version("passgap")),
        Fact(label="python", text=platform.python_version()),
    )


def _decoding(decoding: Decoding) -> str:
    return f"{decoding.label}, at most {decoding.max_new_tokens} new tokens"
