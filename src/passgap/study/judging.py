"""The verdict on the base model, with all that it rests on."""

from __future__ import annotations

from passgap.arms import ARMS
from passgap.study.advising import advice_of
from passgap.study.base_verdict import Judged, judge_base
from passgap.study.context import StudyContext
from passgap.study.forecasting import foretell, named_by
from passgap.study.interim_analysis import evaluate_base
from passgap.study.lab import StudyLab
from passgap.study.notes import notes_on
from passgap.study.predicting import foretell_minimal
from passgap.study.run import begin, splits_of, sweep_decodings
from passgap.study.signal import find_signal


def judged(context: StudyContext) -> Judged:
    """Measure the base model and decide: the steps of :func:`passgap.study.run.run_study` up to the verdict."""
    splits = splits_of(context)
    begin(context, splits)
    measured = evaluate_base(context, splits)
    signal = find_signal(context, splits, measured.evaluation)
    sweep = sweep_decodings(StudyLab(context, measured.splits, measured.evaluation))
    told = foretell_minimal(context, measured, sweep.lift if sweep else None)
    verdict = judge_base(context, measured, signal.declared, signal.proposal, sweep, told)
    found = foretell(context, measured.splits, measured.evaluation, named_by(verdict))
    return Judged(
        verdict=verdict,
        table=measured.table,
        source=context.spec.model.name,
        decode_only=sweep.choice if sweep else None,
        notes=notes_on(context.spec, measured.evaluation),
        yields=tuple(found[name] for name in ARMS if name in found),
        advice=advice_of(context, verdict, found.values(), sweep.lift if sweep else None),
        currency=context.spec.budget.currency,
    )
