"""Fixtures of pytest that look at what the program prints, and decide what it reads and what its environment is."""

from __future__ import annotations

import ast

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.worker.inside.streams import PRINTED_BYTES, Printed, Read
from passgap.execution.worker.session.shared_process import sharing_of
from passgap.records import ExecutionJob, PytestTests

CASES = {
    "capsys": (
        "import sys\ndef f(n):\n    print('out', n)\n    print('err', n, file=sys.stderr)\n",
        "from solution import f\ndef test(capsys):\n    f(3)\n    seen = capsys.readouterr()\n"
        "    assert (seen.out, seen.err) == ('out 3\\n', 'err 3\\n')\n    assert capsys.readouterr().out == ''\n",
        "passed",
    ),
    "capsys, wrong": (
        "def f(n):\n    print('out')\n",
        "from solution import f\ndef test(capsys):\n    f(3)\n    assert capsys.readouterr().out == 'out 3\\n'\n",
        "failed",
    ),
    "capfd": (
        "def f(n):\n    print('out', n)\n",
        "from solution import f\ndef test(capfd):\n    f(3)\n    assert capfd.readouterr().out == 'out 3\\n'\n",
        "passed",
    ),
    "input": (
        "def f():\n    return int(input('n? ')) + 1\n",
        "from solution import f\ndef test(monkeypatch, capsys):\n"
        "    monkeypatch.setattr('builtins.input', lambda prompt='': '5')\n    assert f() == 6\n",
        "passed",
    ),
    "standard input": (
        "import sys\ndef f():\n    return sys.stdin.read(3), sys.stdin.readline(), sys.stdin.readlines()\n",
        "import io\nfrom solution import f\ndef test(monkeypatch):\n"
        "    monkeypatch.setattr('sys.stdin', io.StringIO('a b\\nc\\nd'))\n"
        "    assert f() == ('a b', '\\n', ['c\\n', 'd'])\n",
        "passed",
    ),
    "environment": (
        "import os\ndef f():\n    return os.environ.get('APP_HOME')\n",
        "from solution import f\ndef test_set(monkeypatch):\n    monkeypatch.setenv('APP_HOME', 'x')\n"
        "    assert f() == 'x'\ndef test_unset():\n    assert f() is None\n",
        "passed",
    ),
    "what is printed is no verdict": (
        "def f(n):\n    print('1 passed')\n    return 0\n",
        "from solution import f\ndef test(capsys):\n    assert f(3) == 1\n",
        "failed",
    ),
    "a flood": (
        "def f(n):\n    for _ in range(3000):\n        print('x' * 1000)\n",
        "from solution import f\ndef test(capsys):\n    f(3)\n    assert len(capsys.readouterr().out) == 3003000\n",
        "failed",
    ),
}


def test_tests_share_the_process_with_the_program() -> None:
    with SandboxExecutor(workers=1) as executor:
        jobs = [
            ExecutionJob(key=name, program=program, tests=PytestTests(code=tests))
            for name, (program, tests, _) in CASES.items()
        ]
        seen = {result.key: result.outcome for result in executor.run(jobs)}
    assert {name: outcome.kind.value for name, outcome in seen.items()} == {
        name: case[2] for name, case in CASES.items()
    }


@pytest.mark.parametrize(
    ("code", "streams", "environment"),
    [
        ("assert f(1) == 2", False, False),
        ("def test(capsys):\n    pass", True, False),
        ("with patch('builtins.input'):\n    pass", True, False),
        ("sys.stdout = io.StringIO()", True, False),
        ("from contextlib import redirect_stdout", True, False),
        ("os.environ['A'] = 'b'", False, True),
        ("monkeypatch.setenv('A', 'b')", False, True),
    ],
)
def test_what_tests_share_is_read_from_their_code(code: str, streams: bool, environment: bool) -> None:
    sharing = sharing_of([ast.parse(code)])
    assert (sharing.streams, sharing.environment) == (streams, environment)
    assert bool(sharing) == (streams or environment)


def test_what_is_printed_is_kept_up_to_a_limit() -> None:
    printed = Printed()
    assert printed.write(b"ab") == 2
    assert printed.take() == "ab"
    assert printed.write(b"x" * PRINTED_BYTES) == PRINTED_BYTES
    assert len(printed.take()) == PRINTED_BYTES - 2


def test_a_standard_input_is_read_in_every_way() -> None:
    lines = iter(["ab\n", "cd\n", "ef"])
    stdin = Read()
    assert stdin.readline() == ""
    stdin.next_line = lambda: next(lines, "")
    assert stdin.read(1) == "a"
    assert stdin.readline() == "b\n"
    assert stdin.read(4) == "cd\ne"
    assert stdin.read() == "f"
    assert list(stdin) == []
