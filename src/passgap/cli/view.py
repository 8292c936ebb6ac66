"""``passgap view``: a study's report and explorer in a browser."""

from __future__ import annotations

from typing import Annotated

import typer

from passgap.cli.output import JsonOption, emit_json, stderr, stdout
from passgap.cli.study_options import StudyArgument

PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen on; 0 for a free one.")]


def view(study: StudyArgument, port: PortOption = 0, as_json: JsonOption = False) -> None:
    """Show a study's report and all its samples in a browser of this machine, until Ctrl-C.

    Serves what `passgap report` wrote (`report.html`, `explorer.html`, their data, `report.md`, `report.json`) on
    127.0.0.1 alone, and reads nothing else of the study; nothing is written. The pages also open without it, from the
    folder.

    With `--json`, prints one document with the address before it serves.

    Examples: `passgap view studies/autocomplete`, `passgap view studies/autocomplete --port 8800`
    """
    from passgap.report.explorer.server import address_of, serve_study  # noqa: PLC0415 - `--help` does not wait for it

    server = serve_study(study if study.is_dir() else study.parent, port)
    with server:
        address = address_of(server)
        if as_json:
            emit_json({"address": address})
        else:
            stdout.print(f"Report: {address}", markup=False)
            stderr.print("Ctrl-C stops.", markup=False)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
