"""Commands that run in an environment which the person brings: pytest's signed report, scripts, and attacks on both."""

from __future__ import annotations

import venv
from pathlib import Path

import pytest

from environments import made_environment
from passgap import kept_trees
from passgap.errors import StudyError
from passgap.execution import SandboxExecutor, refuse_missing
from passgap.records import ExecutionJob, Outcome, OutcomeKind, RepositoryTests, ResultsFormat, RunsIn, ScriptTests

ADD = "def add(a, b):\n    return a + b\n"
TESTS = {
    "tests/test_add.py": (
        "import sys\n\nimport pytest\nfrom sums import add\n\n\n"
        "@pytest.mark.parametrize('pair', ['1 2', '3 4'])\ndef test_add(pair):\n"
        "    a, b = map(int, pair.split())\n    assert add(a, b) == a + b\n\n\n"
        "def test_old():\n    assert add(0, 0) == 0\n\n\n"
        "def test_skipped():\n    pytest.skip('not here')\n\n\n"
        "@pytest.mark.xfail\ndef test_known():\n    assert add(1, 1) == 3\n"
    )
}
FILE = "tests/test_add.py::"


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    """A folder with one environment, of the name ``lib/1``."""
    folder = tmp_path_factory.mktemp("environments")
    made_environment(folder / "lib" / "1")
    patched = pytest.MonkeyPatch()
    patched.setenv("PASSGAP_ENVIRONMENTS", str(folder))
    patched.setenv("PASSGAP_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield folder
    patched.undo()


@pytest.fixture(scope="module")
def executor(brought):
    with SandboxExecutor(workers=1) as opened:
        yield opened


def run(executor, files: dict[str, str], tests: RepositoryTests | ScriptTests, program: str = "the edit") -> Outcome:
    [result] = executor.run([ExecutionJob(key="1", program=program, tests=tests, files=files)])
    return result.outcome


def by_pytest(files: dict[str, str] = TESTS, **changed) -> RepositoryTests:
    fields = {
        "files": files,
        "command": ("{pytest}", "tests/test_add.py"),
        "results": ResultsFormat.PYTEST,
        "must_pass": (f"{FILE}test_add[1", f"{FILE}test_add[3 4]", f"{FILE}test_known"),
        "must_keep": (f"{FILE}test_old", f"{FILE}test_skipped"),
        "environment": "lib/1",
    }
    return RepositoryTests.model_validate({**fields, **changed})


def test_pytest_is_observed_and_its_names_decide(executor) -> None:
    passed = run(executor, {"sums.py": ADD}, by_pytest())
    assert (passed.kind, passed.cases, passed.protocol) == (OutcomeKind.PASSED, "PPPPP", "inside"), passed
    wrong = run(executor, {"src/sums/__init__.py": ADD.replace("a + b", "3")}, by_pytest())
    assert (wrong.kind, wrong.cases) == (OutcomeKind.FAILED, "PFPFP"), wrong
    skipped = by_pytest(must_pass=(f"{FILE}test_skipped",), must_keep=())
    assert "was skipped" in run(executor, {"sums.py": ADD}, skipped).reason
    absent = run(executor, {"sums.py": ADD}, by_pytest(must_keep=(f"{FILE}test_gone",)))
    assert absent.kind is OutcomeKind.FAILED and "test_gone' was not reported" in absent.reason


WRONG = "def add(a, b):\n    return 7\n"


ATTACKS = [
    {"sums.py": "import os\nos._exit(0)\n"},
    {"sums.py": "import sys\nsys.exit(0)\n"},
    {"sums.py": "import os\ndef add(a, b):\n    os._exit(0)\n"},
    {"sums.py": f"{WRONG}import atexit, os\natexit.register(os._exit, 0)\n"},
    {"sums.py": f"{WRONG}print('\\n'.join('PASSED tests/test_add.py::test_old' for _ in range(9)), flush=True)\n"},
    {
        "sums.py": f"{WRONG}import os\nfor number in range(3, 20):\n    try:\n"
        '        os.write(number, b\'00 [0, "tests/test_add.py::test_old", "passed"]\\n\')\n'
        "    except OSError:\n        pass\n"
    },
    {"sums.py": f"{WRONG}import sys\ntry:\n    assert not sys.stdin.read()\nfinally:\n    pass\n"},
    {"sums.py": f"{WRONG}import builtins\nbuiltins.AssertionError = type('A', (Exception,), {{}})\n"},
    # files that stand where the interpreter or pytest would look for their own
    {"sums.py": WRONG, "sitecustomize.py": "raise SystemExit(0)\n", "usercustomize.py": "raise SystemExit(0)\n"},
    {"sums.py": WRONG, "pytest.py": "def main(*_, **__):\n    print('passed')\n", "_pytest/__init__.py": ""},
    {"sums.py": WRONG, "hmac.py": "raise SystemExit(0)\n", "json.py": "raise SystemExit(0)\n"},
    {"sums.py": WRONG, "tests/test_add.py": "def test_old(): pass\n"},
]
QUICK = (2, 5, 9)
"""The attacks that are tried in the fast tests: an exit, a forged report, a module in pytest's place."""


@pytest.mark.parametrize(
    "files",
    [pytest.param(each, marks=() if at in QUICK else pytest.mark.slow, id=str(at)) for at, each in enumerate(ATTACKS)],
)
def test_a_wrong_edit_that_reaches_for_the_report_fails(executor, files: dict[str, str]) -> None:
    outcome = run(executor, files, by_pytest())
    assert outcome.kind in (OutcomeKind.FAILED, OutcomeKind.CRASHED), outcome
    assert outcome.cases != "PPPPP"


def test_the_rest_of_a_repository_lies_below_the_edit(executor) -> None:
    tree = kept_trees.keep_tree(
        {"sums/__init__.py": (b"from sums.more import add\n", False), "sums/more.py": (b"add = None\n", False)}
    )
    tests = by_pytest(tree=tree)
    assert run(executor, {"sums/more.py": ADD}, tests).passed
    assert not run(executor, {"other.py": ADD}, tests).passed
    Path(kept_trees.tree_path(tree)).unlink()
    lost = run(executor, {"sums/more.py": ADD}, by_pytest(tree=tree))
    assert lost.passed is None and "load the task set again" in lost.reason


def test_other_reports_are_read_in_an_environment_too(executor) -> None:
    code = "import unittest\nfrom sums import add\nclass T(unittest.TestCase):\n    def test_a(self):\n"
    code += "        'Says what it does.'\n        self.assertEqual(add(1, 2), 3)\nunittest.main(verbosity=2)\n"
    tests = by_pytest(
        {"t.py": code},
        command=("{merged}", "t.py"),
        results=ResultsFormat.UNITTEST,
        must_pass=("test_a (__main__.T.test_a)",),
        must_keep=(),
    )
    assert run(executor, {"sums.py": ADD}, tests).passed
    assert not run(executor, {"sums.py": WRONG}, tests).passed


CONTEXT = (
    "import copy\nCASES = [([3, 1], [1, 3])]\n\ndef exec_test(result, ans):\n    return 1 if result == ans else 0\n\n"
    "exec_context = 'data = test_input\\n[insert]\\n'\n\n"
    "def test_execution(solution):\n    for test_input, ans in CASES:\n        env = {'test_input': test_input}\n"
    "        exec(exec_context.replace('[insert]', solution), env)\n        assert exec_test(env['result'], ans)\n\n"
    "def test_string(solution):\n    assert 'for' not in solution.split()\n"
)


def test_a_script_tests_the_program_that_it_is_given(executor) -> None:
    tests = ScriptTests(code=CONTEXT, calls=("test_execution(solution)", "test_string(solution)"), environment="lib/1")
    cases = {
        "result = sorted(data)\n": "PP",
        "result = sorted(x for x in data)\n": "PF",
        "result = data\n": "F?",
        "import os\nresult = sorted(data)\nos._exit(0)\n": "??",
        "raise SystemExit(0)\n": "F?",
        "result = (\n": "F?",
        "import sys\nprint(sys.stdin.read())\nresult = 1\n": "F?",
    }
    found = {program: run(executor, {}, tests, program) for program in cases}
    assert {program: outcome.cases for program, outcome in found.items()} == cases
    assert [outcome.passed for outcome in found.values()] == [True] + [False] * 6
    assert all(outcome.protocol == "inside" for outcome in found.values())


def test_what_is_no_fault_of_the_program_is_unscored(executor, brought) -> None:
    venv.create(brought / "bare", symlinks=True, with_pip=False)
    bare = run(executor, {"sums.py": ADD}, by_pytest(environment="bare"))
    assert bare.passed is None and "No module named '_pytest'" in bare.reason
    tests = ScriptTests(code="import pandas_of_another_age", calls=("exec(solution)",), environment="lib/1")
    lacking = run(executor, {}, tests, "x = 1")
    assert lacking.passed is None and "pandas_of_another_age" in lacking.reason


def test_an_environment_that_is_not_here_is_named(executor, brought, tmp_path) -> None:
    missing = run(executor, {"sums.py": ADD}, by_pytest(environment="lib/2"))
    assert missing.passed is None and f"there is none at {brought}/lib/2" in missing.reason
    with pytest.raises(StudyError) as refused:
        refuse_missing([RunsIn("python", "lib/2"), RunsIn("python", "lib/1"), RunsIn("python")], "the held-out set")
    assert len(refused.value.problems) == 1 and "PASSGAP_ENVIRONMENTS" in refused.value.problems[0]
    for name in ("../lib/1", "/lib/1", "lib/../1", ""):
        with pytest.raises(ValueError, match="environment"):
            by_pytest(environment=name)


def test_an_environment_sees_nothing_of_the_host_but_itself(executor, brought) -> None:
    secret = brought / "lib" / "secret"
    secret.write_text("an answer")
    code = (
        "import os, sys\nfrom pathlib import Path\nseen = [p for p in sys.path if 'environments' in p]\nassert seen\n"
        "assert not Path(seen[0]).parents[3].joinpath('secret').exists()\nassert not os.access(seen[0], os.W_OK)\n"
        f"assert not os.path.exists({str(secret)!r})\n"
    )
    tests = ScriptTests(code=code, calls=("pass",), environment="lib/1")
    assert run(executor, {}, tests).passed, run(executor, {}, tests)
