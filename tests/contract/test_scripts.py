"""A program in the jail prints and exits as ``python solution.py`` does with the same file and input."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from parts import chosen, one_in
from passgap.execution import SandboxExecutor
from passgap.records import ExecutionJob, Limits, Outcome, OutcomeKind, StdioCase, StdioTests

STDIN = "3 4\nhi \u00fc\r\n\n-7\nlast"

NAMED = re.split(
    r"^# === (.+)\n", Path(__file__).with_name("scripts.txt").read_text(encoding="utf-8"), flags=re.MULTILINE
)
PROGRAMS: dict[str, str] = {
    **dict(zip(NAMED[1::2], NAMED[2::2], strict=True)),
    "null byte": "print(1)\x00",
    "bom": "\ufeffprint(1)",
    "crlf": "x = '''a\r\nb'''\r\nprint(ascii(x))\r\n",
    "form feed": "x = 1\n\x0c\nprint(x)",
}


@pytest.fixture(scope="module")
def programs(request: pytest.FixtureRequest) -> dict[str, str]:
    """The programs that are tried."""
    names = chosen(request, "name")
    return {name: source for name, source in PROGRAMS.items() if name in names}


@pytest.fixture(scope="module")
def real(programs: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, int]]:
    """Output and exit status of each program when the interpreter runs it by hand."""
    found = {}
    for number, (name, source) in enumerate(programs.items()):
        folder = tmp_path_factory.mktemp(f"program-{number}")
        (folder / "solution.py").write_bytes(source.encode())
        (folder / "input").write_bytes(STDIN.encode())
        with (folder / "input").open("rb") as stdin:
            run = subprocess.run(
                [sys.executable, "solution.py"],
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # ignored below a shell's `&`
                cwd=folder,
                stdin=stdin,
                capture_output=True,
                check=False,
                env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
            )
        found[name] = run.stdout, run.returncode
    return found


@pytest.fixture(scope="module")
def jailed(programs: dict[str, str], real: dict[str, tuple[bytes, int]]) -> Iterator[dict[str, Outcome]]:
    """The outcome of each program in the jail, where it should print what it really printed."""
    jobs = [
        ExecutionJob(
            key=name,
            program=source,
            tests=StdioTests(cases=(StdioCase(stdin=STDIN, stdout=real[name][0].decode("utf-8", "replace")),)),
            limits=Limits(seconds=30.0),
        )
        for name, source in programs.items()
    ]
    with SandboxExecutor(workers=2) as executor:
        yield {result.key: result.outcome for result in executor.run(jobs)}


@pytest.mark.parametrize("name", one_in(3, PROGRAMS))
def test_the_jail_is_a_plain_interpreter(
    name: str, real: dict[str, tuple[bytes, int]], jailed: dict[str, Outcome]
) -> None:
    status = real[name][1] if real[name][1] >= 0 else 128 - real[name][1]
    outcome = jailed[name]
    if status == 0:
        assert (outcome.kind, outcome.reason) == (OutcomeKind.PASSED, "")
    else:
        assert (outcome.kind, outcome.reason) == (OutcomeKind.FAILED, f"run 1: exit status {status}")
