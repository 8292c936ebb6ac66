"""The facts of a report in words: what was asked, compared, trained on and spent, and where it is written down."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version

from passgap.decisions import Look
from passgap.records import Decoding
from passgap.report.study_report import (
    Fact,
    SetupReport,
)
from passgap.spec import StudySpec
from passgap.spec.base_model import ReportedScore
from passgap.store import StudyFolder
from passgap.study.budget import spent_hours
from passgap.study.context import OVER_BUDGET, StudyContext
from passgap.study.cost_model import devices_of
from passgap.study.declared_arms import declared_arms
from passgap.tasks import ContaminationRule
from passgap.tasks.splits import Splits


def setup_report(context: StudyContext, splits: Splits, look: Look | None, before_verdict: float) -> SetupReport:
    """Describe what was asked, as the reader needs it to understand the answer.

    Args:
        context: the study.
        splits: its problems.
        look: the look that decided, where looks are declared.
        before_verdict: device-hours that were spent until the verdict.
    """
    spec = context.spec
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
            Fact(label="held-out", text=_heldout(splits, look)),
            Fact(label="pool", text=f"{len(splits.pool.problems)} problems of {splits.pool.name}"),
            Fact(label="production decoding", text=_decoding(spec.production_decoding)),
            *(
                Fact(label=label, text=text)
                for arm, section in declared_arms(spec)
                for label, text in arm.declared(section, spec)
            ),
            Fact(label="comparator", text=f"{spec.comparator.method}: {spec.comparator.why}"),
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
    late, unit = "in time" if days <= declared else "late", "day" if declared == 1 else "days"
    return f"the verdict, after {days:.2f} days of computing; declared: within {declared:g} {unit} ({late})"


def _heldout(splits: Splits, look: Look | None) -> str:
    whole = f"{len(splits.heldout.problems)} problems of {splits.heldout.name}"
    if splits.judged_inside:
        whole += f", {splits.judged_inside} of them with tests in the program's own process"
    return whole if look is None else f"{look.problems} of {whole}: interim analysis {look.number} of {look.of}"


def contamination_checked(context: StudyContext, splits: Splits) -> str:
    """Describe what was compared with what, and what came of it."""
    found = Counter(each.rule for each in splits.contamination.items)
    early, shown = found[ContaminationRule.BEFORE_CUTOFF], found[ContaminationRule.TESTS_SHOWN]
    mixed = splits.mix_removed + (len(splits.mix.examples) if splits.mix else 0)
    said = (
        f"{len(splits.heldout.problems)} held-out problems against "
        f"{len(splits.pool.problems) + splits.removed} pool problems"
        + (f" and {mixed} examples to mix in" if mixed else "")
        + f": {found.total() - early - shown} matches, {splits.removed} pool problems"
        + (f" and {splits.mix_removed} of these examples" if mixed else "")
        + " removed"
        + (f"; the prompts of {shown} held-out problems show their own tests, by design" if shown else "")
    )
    for name, external in splits.external.items():
        given = len(external.data.examples) + external.removed
        said += f"; against {given} examples of {name} ({external.data.name}): {external.removed} removed"
    if (cutoff := context.spec.model.cutoff) is None:
        return said
    dated = sum(each.date is not None for each in splits.heldout.problems) + splits.heldout_removed
    kept = "removed" if splits.heldout_removed else "kept"
    return f"{said}; of {dated} dated held-out problems {early} are from before the cutoff of {cutoff}, and {kept}"


def _spent(context: StudyContext) -> str:
    """Describe what all runs together spent of each part."""
    hours, budget = spent_hours(StudyFolder(context.folder.path)), context.spec.budget
    parts = ", ".join(
        f"{part.value} {spent:.2f} of {getattr(budget.hours, part.value):g}" for part, spent in hours.items()
    )
    return f"{parts} {budget.device}-hours, interrupted runs included"


def _over_budget(context: StudyContext) -> Iterator[Fact]:
    """Who let an arm or its second round begin that did not fit, when, and by how much."""
    for entry in context.folder.ledger.entries():
        if entry.kind.rpartition("/")[2] != OVER_BUDGET:
            continue
        payload = entry.payload if isinstance(entry.payload, dict) else {}
        yield Fact(
            label="over budget",
            text=f"{payload.get('arm')} was started over the budget by {entry.who}, {entry.time:%Y-%m-%d %H:%M} UTC: "
            f"{payload.get('over')}",
        )


def provenance(context: StudyContext) -> tuple[Fact, ...]:
    """Where everything is written down, what was spent, and which versions were at work."""
    entries = context.folder.ledger.entries()
    return (
        Fact(label="study digest", text=context.intake.spec.digest),
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
