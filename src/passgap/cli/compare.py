"""``passgap compare``: paired deltas of two models from results that exist already."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.results_options import KOption, LevelOption, parse_ks, print_notes
from passgap.errors import together
from passgap.estimates import DEFAULT_LEVEL, compare_all, customary_ks
from passgap.logs import read_log
from passgap.report.tables import deltas_summary
from passgap.report.terminal import print_blocks


def compare(
    base: Annotated[Path, typer.Argument(metavar="BASE.jsonl", help="Results of the base model.")],
    tuned: Annotated[
        Path, typer.Argument(metavar="TUNED.jsonl", help="Results of the other model on the same problems.")
    ],
    k: KOption = None,
    level: LevelOption = DEFAULT_LEVEL,
    as_json: JsonOption = False,
) -> None:
    """Compare two models problem by problem: paired deltas with intervals and p-values.

    Both must have been measured on the same problems; none is dropped silently. A delta without the battery says
    nothing about collapse: `passgap run` measures both.

    Example: `passgap compare base.jsonl tuned.jsonl`
    """
    read = [partial(read_log, path, samples=False) for path in (base, tuned)]
    before, after = together("neither file could be read", read)
    ks = parse_ks(k) or customary_ks(before.counts, after.counts)
    print_notes(before, after)
    comparison = compare_all(before.counts, after.counts, ks, level=level)
    if as_json:
        emit_json(comparison)
    else:
        print_blocks(stdout, deltas_summary(f"{tuned.name} - {base.name}, on the same problems", comparison))
