"""The seeds of an arm side by side: what each gave, and how far they lie apart."""

from __future__ import annotations

from passgap.estimates import paired_delta, spread_of_seeds
from passgap.formatting import stated
from passgap.records import Estimate, Insufficient
from passgap.report.study_report import SeedLine, SeedsReport
from passgap.spec import StudySpec
from passgap.spec.repetitions import RepeatedSection
from passgap.study.candidates import MeasuredCandidate

ONE_CHECKPOINT = (
    "One seed: the intervals are about this one checkpoint. How far another draw of the training samples would move it "
    "is not in them."
)


def seeds_report(spec: StudySpec, base: MeasuredCandidate, one: MeasuredCandidate) -> SeedsReport | None:
    """The result of each seed of an arm; None where the study declares none for it."""
    section = spec.arms.get(one.arm)
    if not isinstance(section, RepeatedSection) or not section.seeds:
        return None
    level = spec.thresholds.level
    lines = []
    for seed, each in zip(section.seeds, one.repetitions, strict=True):
        found = paired_delta(base.counts, each.counts, 1, level=level)
        lines.append(SeedLine(seed=seed, pass_at_1=found.tuned, delta=found.delta, p_value=found.p_value))
    deltas = [each.delta.value for each in lines if isinstance(each.delta, Estimate)]
    spread = spread_of_seeds(deltas, n=base.counts.n, level=level)
    return SeedsReport(lines=tuple(lines), spread=spread, summary=_summary(lines, spread))


def _summary(lines: list[SeedLine], spread: Estimate | Insufficient) -> str:
    if len(lines) == 1:
        return ONE_CHECKPOINT
    return (
        f"{len(lines)} seeds: the values are means over them, and the intervals hold the spread between checkpoints. "
        f"Standard deviation of the change of pass@1 between seeds: {stated(spread)}. Of each probe of the battery, "
        f"the worst seed is shown. The checkpoint of the first seed, {lines[0].seed}, would be served, not the best."
    )
