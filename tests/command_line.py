"""The command line, called in this process, for tests of the output of single commands."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from passgap.cli import main


class Said(NamedTuple):
    """The exit code and output of a command."""

    code: int
    stdout: str
    stderr: str


def invoke(*arguments: str) -> Said:
    """Run a command with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return Said(code, out.getvalue(), err.getvalue())
