"""The report's part on the decode-only control: never without slices, battery, cost and baseline (R11)."""

from __future__ import annotations

from passgap.decisions import DecodingChoice, compare_pareto
from passgap.estimates import compare_all, estimate_pass_at_k
from passgap.recipes import Arm
from passgap.report.study_report import DecodeOnlyReport
from passgap.study.battery import ProbeAnswers, ask_probes, compare_decodings
from passgap.study.context import StudyContext
from passgap.study.decode_only import DecodeOnly, feasible_ks
from passgap.study.interim_analysis import verdict_level
from passgap.study.reporting import arm_point, cost_lines, extraction_counts, truncated_share


def decode_only_report(
    context: StudyContext, control: DecodeOnly, choice: DecodingChoice, production: ProbeAnswers
) -> DecodeOnlyReport:
    """Ask the battery's prompts at the chosen setting, and compare it with production decoding.

    Args:
        context: the study.
        control: the sweep.
        choice: what was chosen in it.
        production: the base model's answers to the battery's prompts at production decoding.

    Raises:
        EngineError: the prompts could not be asked.
    """
    spec, chosen = context.spec, control.measured[choice.chosen]
    answers = production
    if choice.chosen != choice.production:
        decoding = control.decodings[choice.chosen]
        answers = ask_probes(context, context.base_model(), Arm.DECODE_ONLY.value, decoding)
    asked = () if answers is production else (answers.cost,)
    costs = cost_lines(spec, Arm.DECODE_ONLY, (*control.costs, *asked))
    counts = choice.counts(control.runs)
    before = control.runs[choice.production].select(counts.ids)
    level = choice.method.level(verdict_level(spec))
    points = [
        arm_point(Arm.BASE, estimate_pass_at_k(before, 1, level=level), ()),
        arm_point(Arm.DECODE_ONLY, choice.test, costs),
    ]
    return DecodeOnlyReport(
        caption=Arm.DECODE_ONLY.caption,
        choice=choice,
        comparison=compare_all(before, counts, feasible_ks(spec, counts), level=level),
        battery=compare_decodings(
            context,
            (control.measured[choice.production], production),
            (chosen, answers),
            frozenset(choice.test_ids),
        ),
        truncated=truncated_share(spec, chosen),
        extraction=extraction_counts(chosen),
        costs=costs,
        pareto=compare_pareto(Arm.DECODE_ONLY.value, points, {(Arm.DECODE_ONLY.value, Arm.BASE.value): choice.lift}),
    )
