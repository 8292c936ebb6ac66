"""The dose curves of an arm as its report shows them."""

from __future__ import annotations

from collections.abc import Iterator

from passgap.estimates import PASS_AT_1, estimate_pass_at_k, paired_delta
from passgap.report.dose import DosePass, DoseReport
from passgap.spec import StudySpec
from passgap.study.candidates import MeasuredCandidate


def dose_report(spec: StudySpec, one: MeasuredCandidate) -> DoseReport | None:
    """The dose curves of an arm; None where it declares none, or nothing of them is on disk."""
    points = tuple(_points(spec, one))
    if len(points) < 2:
        return None
    first = next(each for each in one.repetitions if each.doses).doses[0].counts
    return DoseReport(points=points, problems=first.n, samples=first.m, summary=_summary(one, first.n, first.m))


def _points(spec: StudySpec, one: MeasuredCandidate) -> Iterator[DosePass]:
    level = spec.thresholds.level
    for each in one.repetitions:
        base = next((dose.counts for dose in each.doses if dose.share == 0.0), None)
        for dose in each.doses:
            compared = base is not None and dose.share > 0.0
            yield DosePass(
                seed=each.repetition.seed if one.further and each.repetition else None,
                share=dose.share,
                updates=dose.updates,
                pass_at_1=estimate_pass_at_k(dose.counts, PASS_AT_1.k, level=level),
                delta=paired_delta(base, dose.counts, PASS_AT_1.k, level=level).delta if base and compared else None,
            )


def _summary(one: MeasuredCandidate, problems: int, samples: int) -> str:
    kept = sum(0.0 < each.share < 1.0 for each in one.doses)
    said = (
        f"Measured on {problems} development problems with {samples} samples each, at production decoding. Nothing was "
        f"chosen by it: the model after the last update is the arm's. The intervals are about each model alone, and "
        f"neighbours share problems and most of their updates."
    )
    if not kept:
        said += " No model between the first and the last update was kept: the fine-tune was run elsewhere or ended."
    return said
