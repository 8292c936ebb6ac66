"""``passgap serve``: the gateway between clients and model servers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stderr

if TYPE_CHECKING:
    from passgap.promotion.gateway.status import GatewayStatus

ServeArgument = Annotated[
    Path,
    typer.Argument(metavar="STUDY", help="The study's folder with `serve.yaml`, or that file.", show_default=False),
]


def serve(
    study: ServeArgument,
    check: Annotated[bool, typer.Option("--check", help="Check `serve.yaml` and its keys, and serve nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Serve checkpoints behind one address: mirror calls to a candidate, give it a share of the users, log every call.

    `serve.yaml` in the study's folder names the model servers, which of them is production (with `roles: registry`,
    `passgap promote` says it), and the candidate's shares.
    A change of it takes effect within a second and cuts no call; an invalid one leaves the old settings in force and
    says why. SIGTERM ends the gateway when the calls in flight have ended; what one that was killed
    left in flight, the next one writes the rows of. With `--json` every change of its state is
    printed as one document.

    Examples: `passgap serve studies/autocomplete`, `passgap serve studies/autocomplete --check`
    """
    from passgap.promotion.serve import serve as run  # noqa: PLC0415
    from passgap.promotion.serve import settings_path  # noqa: PLC0415

    if check:
        from passgap.promotion.checking import check_settings  # noqa: PLC0415

        settings = check_settings(settings_path(study))
        if as_json:
            emit_json(settings)
        else:
            stderr.print(f"{settings_path(study)} is valid; the hash of its settings is {settings.hash}.")
        return
    run(study, emit_json if as_json else _show)


def _show(status: GatewayStatus) -> None:
    stderr.print(
        f"passgap gateway at {status.address}: {status.production} ({status.checkpoint}) is production"
        + (" after a rollback" if status.rolled_back else "")
        + (
            f"; {status.candidate} gets {100 * status.canary_share:g} % of the users and copies of "
            f"{100 * status.shadow_share:g} % of the other calls"
            if status.candidate
            else ""
        )
        + f". Settings {status.config_hash}."
    )
    if status.refused:
        stderr.print(f"serve.yaml as it stands is not in force:\n{status.refused}")
