"""The command line, called in this process: for tests that look at what one command says."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import NamedTuple

from passgap.cli import main


class Said(NamedTuple):
    """What a command left behind."""

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
