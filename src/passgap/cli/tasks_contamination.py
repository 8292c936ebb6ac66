"""``passgap tasks contamination``: the pool problems that are too close to the held-out set."""

from __future__ import annotations

from rich import box
from rich.table import Table

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command


def tasks_contamination(study: StudyArgument, as_json: JsonOption = False) -> None:
    """List every pool problem that is too close to a held-out problem, with the rule that matched.

    Example: `passgap tasks contamination studies/autocomplete`
    """
    log = open_for_command(study, as_json=as_json).contamination()
    if as_json:
        emit_json(log)
        return
    table = Table("item", "matched", "rule", "similarity, 0 to 1", title=f"{len(log.items)} matches", box=box.SIMPLE)
    for each in log.items:
        table.add_row(each.item, each.matched, each.rule, f"{each.score:.2f}")
    stdout.print(table)
