"""Verdicts of plain CPython, to compare the sandbox's with: program and tests run in one name space."""

from __future__ import annotations

import contextlib
import io
import random
import sys
import tempfile
import types
from typing import Any

from passgap.cli.execute import in_its_style
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, Limits, Outcome

SOLUTION = "solution"


def passes(program: str, test: str | list[str], entry_point: str | None = None) -> bool:
    """Whether a program passes a test, both of them run here. Only for programs that are known to be harmless."""
    module = types.ModuleType(SOLUTION)
    known = {name: sys.modules.get(name) for name in (SOLUTION, "__main__")}
    sys.modules[SOLUTION] = sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace["__name__"] = "__main__"
    code = "\n".join(test) if isinstance(test, list) else test
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            tempfile.TemporaryDirectory() as folder,
            contextlib.chdir(folder),
        ):
            exec(program, namespace)
            random.seed(0)
            exec(code, namespace)
            run_functions(namespace, in_its_style(code).style, entry_point)
    except (Exception, SystemExit):  # noqa: BLE001 - whatever a test or a program raises
        return False
    finally:
        for name, before in known.items():
            if before is not None:
                sys.modules[name] = before
            else:
                sys.modules.pop(name, None)
    return True


def run_functions(namespace: dict[str, Any], style: str, entry_point: str | None) -> None:
    """Call what tests of a style only define."""
    if style == "check":
        candidate = namespace[entry_point] if entry_point else None
        if candidate is not None:
            namespace["check"](candidate)
    if style == "pytest":
        for name, value in list(namespace.items()):
            if name.startswith("test") and callable(value):
                value()


def outcomes(jobs: dict[str, tuple[str, str | list[str], str | None]], workers: int = 2) -> dict[str, Outcome]:
    """The sandbox's verdict on each (program, test, entry point)."""
    with SandboxExecutor(workers=workers) as executor:
        made = [
            ExecutionJob(
                key=key,
                program=program,
                tests=in_its_style(test),
                entry_point=entry_point,
                limits=Limits(seconds=30.0),
            )
            for key, (program, test, entry_point) in jobs.items()
        ]
        return {result.key: result.outcome for result in executor.run(made)}
