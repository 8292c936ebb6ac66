"""``passgap rollback``: every call to base."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stdout
from passgap.cli.serve import ServeArgument


def rollback(
    study: ServeArgument,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason, for the ledger.")] = "not given",
    force: Annotated[
        bool, typer.Option("--force", help="Go to base even if it does not answer: production may be worse.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="End an earlier rollback.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Send every call to base within a second: no call is dropped, and those in flight end where they began.

    Base is asked before it takes over; where it does not answer, nothing changes. The rollback holds over restarts of
    the gateway until `--undo`, and stands in the ledger. Every gateway of the study's folder takes it, and with
    `telemetry.store` those of all machines; where the store cannot be reached, it is done here, the exit code is 2, and
    a gateway here tells the others later. The same is done on one machine by `rollback: true` in `serve.yaml`.

    Examples: `passgap rollback studies/autocomplete --why "refusals doubled"`,
    `passgap rollback studies/autocomplete --undo`
    """
    from passgap.promotion.rollback import roll_back  # noqa: PLC0415
    from passgap.wiring import user_name  # noqa: PLC0415

    report = roll_back(study, who=user_name(), why=why, force=force, undo=undo)
    if as_json:
        emit_json(report)
        return
    done = "Rolled back" if report.rolled_back else "The rollback is undone"
    where = (
        f"{len(report.gateways)} gateway(s) took it in {report.seconds:.2f} s"
        if report.gateways
        else "no gateway runs; the next one that starts takes it"
    )
    stdout.print(f"{done}: production is {report.production}; {where}.")
