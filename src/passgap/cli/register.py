"""``passgap register``: pre-registration of one arm."""

from __future__ import annotations

from passgap.cli.arm_option import ArmOption
from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.study_options import StudyArgument, open_for_command


def register(study: StudyArgument, arm: ArmOption = "ssd", as_json: JsonOption = False) -> None:
    """Write an arm's recipe, battery and evaluation into the ledger; no weights or prompts change without that.

    Examples: `passgap register studies/autocomplete`, `passgap register studies/autocomplete --arm retrieval`
    """
    entry = open_for_command(study, as_json=as_json).register(arm)
    if as_json:
        emit_json(entry)
    else:
        stdout.print(
            f"Registered `{arm}` as entry {entry.sequence} by {entry.who} on {entry.time:%Y-%m-%d %H:%M} UTC, "
            f"hash {entry.hash}",
            markup=False,
        )
