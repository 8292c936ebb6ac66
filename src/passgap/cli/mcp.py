"""``passgap mcp``: the tools for assistants, over the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import anyio
import typer

from passgap.assistants.folders import AllowedFolders
from passgap.cli.output import JsonOption, emit_json
from passgap.errors import StudyError
from passgap.lazy_imports import needed_for


def mcp(
    folders: Annotated[
        list[Path],
        typer.Argument(
            metavar="FOLDER...",
            help="The folders that tools may read: studies and results. Nothing outside them is opened.",
            show_default=False,
        ),
    ],
    as_json: JsonOption = False,
) -> None:
    """Serve tools for assistants over the Model Context Protocol (MCP) on standard input and output.

    The tools check an intake, read results of other harnesses, give the verdict, plan, yields and report of a study,
    and explain fields and words, with typed results. They read the named folders only; none runs a program, samples a
    model or trains. An assistant's configuration starts this command; with `--json` it prints the tools with their
    schemas instead, and ends. Needs the extra `mcp`: `pip install 'passgap[mcp]'`.

    Examples: `passgap mcp ~/studies`, `passgap mcp ~/studies ~/results --json`
    """
    allowed = AllowedFolders(folders)
    with needed_for("Serving assistants", "passgap[mcp]", StudyError):
        from passgap.assistants.server import build_server  # noqa: PLC0415 - an optional extra

        server = build_server(allowed)
    if as_json:
        tools = anyio.run(server.list_tools)
        emit_json([each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in tools])
        return
    server.run("stdio")
