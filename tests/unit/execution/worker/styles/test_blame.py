"""A fault of the tests leaves a sample unscored, whatever the program; a fault of the program never does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from passgap.records import Outcome, OutcomeKind

sys.path.insert(0, str(Path(__file__).parents[2]))
import plain_python

INC = "def inc(x): return x + 1\n"
WRONG = "def inc(x): return x + 2\n"
OF_TESTS = {
    "module": "import not_installed_module\nassert inc(1) == 2",
    "module, after an answer": "assert inc(1) == 2\ndef f():\n    import not_installed_module\nf()",
    "part of a module": "from os import not_there\nassert inc(1) == 2",
    "module, in check": "import not_installed_module\ndef check(candidate):\n    assert candidate(1) == 2",
    "module, in a function of check": (
        "def check(candidate):\n    assert candidate(1) == 2\n    import not_installed_module\n"
        "    assert candidate(2) == 3"
    ),
    "module, in pytest": (
        "import pytest, not_installed_module\nfrom solution import inc\ndef test():\n    assert inc(1) == 2"
    ),
    "module, in a test function": (
        "from solution import inc\ndef test():\n    import not_installed_module\n    assert inc(1) == 2"
    ),
    "syntax": "assert inc(1) ==",
    "an assertion of their own": "assert 1 + 1 == 3\nassert inc(1) == 2",
    "the end of the process": "import sys\nsys.exit(1)\nassert inc(1) == 2",
    "recursion": "def down(n):\n    return down(n + 1)\ndown(0)\nassert inc(1) == 2",
    "memory": "held = bytearray(1 << 45)\nassert inc(1) == 2",
    "set-up": (
        "import unittest\nfrom solution import inc\nclass T(unittest.TestCase):\n    def setUp(self):\n        1 / 0\n"
        "    def test(self):\n        self.assertEqual(inc(1), 2)"
    ),
    "an answer that is imported": "import importlib\nassert importlib.import_module(inc(1)) is None",
    "an answer that is a command": "import os\nassert os.system(inc(1)) == 0",
    "doctests": "import doctest, solution\nassert doctest.testmod(solution).failed == 0",
    "file": "cases = open('no-such-file.json').read()\nassert inc(1) == 2",
    "file, after an answer": "assert inc(1) == 2\nassert open('no-such-file.json').read() == ''",
    "file, in a test": (
        "from solution import inc\ndef test():\n    data = open('no-such-file.json')\n    assert inc(1) == 2"
    ),
    "key": "cases = {}\nexpected = cases['missing']\nassert inc(1) == expected",
    "division": "ratio = 1 / 0\nassert inc(1) == 2",
    "key, after an answer": "assert inc(1) == 2\nd = {}\nassert d['x'] == 1\nassert inc(2) == 3",
    "key, beside an answer": "assert inc(1) == 2\nd = {}\nassert d['x'] == inc(2)",
    "division, after an answer": "assert inc(1) == 2\nz = 1 / 0\nassert inc(2) == 3",
    "key, in check": "def check(candidate):\n    assert candidate(1) == 2\n    d = {}\n    assert d['x'] == 1",
    "key, in a test function": "from solution import inc\ndef test():\n    assert inc(1) == 2\n    d = {}\n    d['x']",
    "key, in a helper": (
        "from solution import inc\ndef data():\n    return {}['x']\ndef test():\n    assert inc(1) == 2\n    data()"
    ),
    "fixture": "import pytest\nfrom solution import inc\ndef test(no_such_fixture):\n    assert inc(1) == 2",
    "fixture that fails": (
        "import pytest\n@pytest.fixture\ndef data():\n    return {}['missing']\n"
        "def test(data):\n    from solution import inc\n    assert inc(1) == 2"
    ),
    "no test": "import unittest\nclass TestNothing(unittest.TestCase):\n    def helper(self): pass\n    test_none = 1\n"
    "    def tester(self): pass\ndef test(): pass\ndel test, TestNothing",
}
OF_PROGRAM = {
    "missing entry point": ("", "assert inc(1) == 2"),
    "missing entry point, in check": ("", "def check(candidate):\n    assert candidate(1) == 2"),
    "missing entry point, imported": ("", "from solution import inc\nassert inc(1) == 2"),
    "missing entry point, pytest": ("", "import pytest\nfrom solution import inc\ndef test():\n    assert inc(1) == 2"),
    "missing entry point, attribute": ("", "import solution\ndef test():\n    assert solution.inc(1) == 2"),
    "missing helper": ("def inc(x): return x", "assert inc(helper(1)) == 2"),
    "not a function": ("inc = 5", "assert inc(1) == 2"),
    "none": ("def inc(x): pass", "assert inc(1) + 1 == 3"),
    "none, in the setup": ("def inc(x): pass", "y = inc(1) + 1\nassert y == 3"),
    "a fixture by an answer": (
        "def inc(x): return 'nofix'",
        "import pytest\nfrom solution import inc\n# nofix\ndef test(request):\n"
        "    assert request.getfixturevalue(inc(1)) == 2",
    ),
    "key by an answer": ("def inc(x): return 9", "assert {2: 1}[inc(1)] == 1"),
    "key that the program took": ("def inc(d): d.clear()", "d = {'x': 1}\ninc(d)\nassert d['x'] == 1"),
    "key that the program took, by another name": (
        "def inc(d): d[0].clear()",
        "d = {'x': 1}\ne = [d]\ninc(e)\nassert d['x'] == 1",
    ),
    "in a branch that the program chose": ("def inc(x): return 9", "if inc(1) != 2:\n    {}['x']\nassert inc(1) == 2"),
    "in an operand that the program chose": ("def inc(x): return 9", "assert inc(1) == 2 or {}['x']"),
    "in the message": ("def inc(x): return 9", "assert inc(1) == 2, {}['x']"),
    "in a chained comparison": ("def inc(x): return 9", "assert 9 == inc(1) == {}['x']"),
    "after a return that the program prevented": (
        "def inc(x): return 9",
        "def check(candidate):\n    d = {}\n    if candidate(1) == 2:\n        return\n    d['x']",
    ),
    "of a callback that was not called": (
        "def inc(f): pass",
        "seen = []\ndef note(x):\n    seen.append(x)\ninc(note)\nassert seen[0] == 1",
    ),
    "of a class that the program changed": (
        "def inc(t): t.items.clear()",
        "class T:\n    items = [1]\nt = T()\ninc(t)\nassert T.items[0] == 1",
    ),
    "of what it printed": (
        "def inc(x): print('a')",
        "import io, contextlib\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    inc(1)\n"
        "assert out.getvalue().split()[3] == 'a'",
    ),
    "the module by another name": ("value = 1", "import solution as s\nassert s.value == 2"),
    "key of an answer": ("def inc(x): return {}", "assert inc(1)['a'] == 3"),
    "raises at once": ("raise ImportError('x', name='not_installed_module')", "assert inc(1) == 2"),
    "raises an import error": (
        "def inc(x): raise ImportError('x', name='not_installed_module')",
        "assert inc(1) == 2",
    ),
    "raises a module that is missing": ("def inc(x):\n    import not_installed_module", "assert inc(1) == 2"),
    "raises a file that is missing": (
        "def inc(x): raise FileNotFoundError(2, 'no', 'no-such-file')",
        "name = 'no-such-file'\nassert inc(1) == 2",
    ),
    "raises as the judge does": (
        "class TestsUnusable(Exception): pass\ndef inc(x): raise TestsUnusable('no')",
        "assert inc(1) == 2",
    ),
    "raises as pytest does": (
        "class FixtureLookupError(LookupError): pass\ndef inc(x): raise FixtureLookupError('no')",
        "import pytest\nfrom solution import inc\ndef test():\n    assert inc(1) == 2",
    ),
    "raises when it is imported by pytest": (
        "def __getattr__(name): raise ImportError(name)",
        "import pytest\nfrom solution import inc\ndef test():\n    assert inc(1) == 2",
    ),
    "names a file for the tests": ("def inc(x): return 'not-there'", "assert open(inc(1)).read() == ''"),
    "writes no file": ("def inc(x): pass", "inc('out.txt')\nassert open('out.txt').read() == ''"),
    "writes no file of a known name": ("def inc(): pass", "inc()\nassert open('out.txt').read() == ''"),
    "writes no file that is named twice": (
        "def inc(x): return 1",
        "name = 'a/b.txt'\nassert inc('a/b.txt') == 1\nassert open(name).read() == ''",
    ),
    "takes the tests away": (
        "inc = None",
        "import solution\nif callable(solution.inc):\n    def test():\n        assert solution.inc(1) == 2\n"
        "def test_more(): pass\ndel test_more",
    ),
    "skips": (
        "import unittest\ndef inc(x): raise unittest.SkipTest('no')",
        "import unittest\nfrom solution import inc\nclass TestInc(unittest.TestCase):\n"
        "    def test(self):\n        self.assertEqual(inc(1), 2)",
    ),
}


@pytest.fixture(scope="module")
def judged() -> dict[str, Outcome]:
    """The outcomes of all cases, by one pool."""
    of_tests = {
        f"{name}: {which}": (program, test, "inc")
        for name, test in OF_TESTS.items()
        for which, program in (("right", INC), ("wrong", WRONG))
    }
    of_program = {name: (f"{program}\n#", test, "inc") for name, (program, test) in OF_PROGRAM.items()}
    return plain_python.outcomes(of_tests | of_program)


@pytest.mark.parametrize("which", ["right", "wrong"])
@pytest.mark.parametrize("name", OF_TESTS)
def test_a_fault_of_the_tests_is_no_samples(name: str, which: str, judged: dict[str, Outcome]) -> None:
    outcome = judged[f"{name}: {which}"]
    if which == "right":
        assert outcome.kind is OutcomeKind.UNSCORED, outcome
        assert outcome.reason
    else:  # an earlier test may have failed, and its time run out
        assert outcome.kind in (OutcomeKind.UNSCORED, OutcomeKind.FAILED), outcome


@pytest.mark.parametrize("name", OF_PROGRAM)
def test_no_program_leads_to_unscored(name: str, judged: dict[str, Outcome]) -> None:
    assert judged[name].kind in (OutcomeKind.FAILED, OutcomeKind.OUT_OF_MEMORY, OutcomeKind.TIMEOUT), judged[name]
