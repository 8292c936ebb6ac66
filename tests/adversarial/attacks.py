"""Attacks in plain files, by what they attack, and the tests on which each is tried.

A heading reads ``=== name | outcomes | task``. ``outcomes`` are those allowed, separated by spaces; ``task`` names the
tests in :data:`TASKS` and is ``add`` where it is left out. What stands before a file's first heading says what the
programs in it have in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from passgap.records import AssertTests, CheckTests, Limits, OutcomeKind, PytestTests, Tests

FOLDER = Path(__file__).parent / "attacks"
HEADING = "=== "
LIMITS = Limits(seconds=0.3, memory_bytes=512 << 20, processes=32)
"""Tighter than the default, so that programs which never end do not hold up the suite."""
AMPLE = Limits(seconds=60.0)
"""For programs that end by themselves, on however slow a machine."""
GREEDY = Limits(seconds=60.0, memory_bytes=256 << 20)
"""For programs that end where memory does, which takes them ten seconds of 2 GiB."""


def limits_of(case: Case) -> Limits:
    """The limits under which a program is tried."""
    if OutcomeKind.TIMEOUT in case.allowed:
        return LIMITS
    return GREEDY if OutcomeKind.OUT_OF_MEMORY in case.allowed else AMPLE


def asserts(*statements: str, setup: str = "") -> AssertTests:
    return AssertTests(setup=setup, statements=statements)


def check(body: str, head: str = "") -> CheckTests:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return CheckTests(code=f"{head}\ndef check(candidate):\n{lines}")


def pytest_style(code: str) -> PytestTests:
    return PytestTests(code=code)


BOX = """
class Box:
    def __init__(self):
        self.items = []

    def is_full(self):
        return [item * 2 for item in self.items] == [2, 4, 6]
"""
TASKS: dict[str, tuple[Tests, ...]] = {
    "add": (
        asserts("assert add(2, 3) == 5", "assert add(-7, 4) == -3", "assert add(0, 0) == 0 and add(1, 1) == 2"),
        check("assert candidate(2, 3) == 5\nassert candidate(-7, 4) == -3"),
        check("for a in range(3):\n    assert candidate(a, 7) == a + 7, 'wrong'"),
    ),
    "pair": (
        asserts("assert pair(1, 2) == [1, 2]", "assert sorted(pair(5, 4)) == [4, 5]"),
        check("assert list(candidate(1, 2)) == [1, 2]"),
    ),
    "half": (
        asserts("assert abs(half(5) - 2.5) < 1e-6", "assert math.isclose(half(3), 1.5)", setup="import math"),
        check("import math\nfor n in range(1, 4):\n    assert math.isclose(candidate(n), n / 2, rel_tol=1e-6)"),
    ),
    "text": (
        asserts("assert text(3) == 'three'", "assert text(4).upper() == 'FOUR'", "assert 'five' in text(5)"),
        check("assert candidate(3) == 'three'"),
    ),
    "mutated": (
        asserts("items = [3, 1, 2]; mutated(items); assert items == [1, 2, 3]"),
        check("items = [3, 1, 2]\ncandidate(items)\nassert items == [1, 2, 3]"),
    ),
    "applied": (
        asserts("assert applied(lambda n: n + 1, 4) == 5"),
        check("def more(n):\n    return n + 1\nassert candidate(more, 4) == 5"),
    ),
    "refused": (
        check("try:\n    candidate(1)\nexcept:\n    pass\nelse:\n    assert False"),
        PytestTests(
            code="import pytest\nfrom solution import refused\n"
            "def test():\n    pytest.raises(BaseException, refused, 1)"
        ),
    ),
    "raises": (
        check("try:\n    candidate(1)\nexcept Exception:\n    pass\nelse:\n    assert False"),
        PytestTests(
            code="import pytest\nfrom solution import raises\ndef test():\n    pytest.raises(Exception, raises, 1)"
        ),
    ),
    "skips": (
        PytestTests(
            code="import pytest\nfrom solution import skips\n@pytest.mark.parametrize('value', [0, 1])\n"
            "def test(value):\n    assert skips(value) == value"
        ),
    ),
    "steered": (
        asserts("assert all(value == 2 for value in map(steered, [iter([1]), iter([2])]))"),
        pytest_style("from solution import steered\n\ndef test_all():\n    assert all(map(steered, [iter([1])]))"),
    ),
    "root": (
        asserts("assert abs(Root().of(2.0) - 1.41421) < 1e-4"),
        pytest_style(
            "from solution import Root, root\n\ndef test_made():\n    assert Root() is not None\n\n"
            "def test_root():\n    assert abs(root(2.0) - 1.41421) < 1e-4\n"
        ),
        pytest_style(
            "from solution import Root, made\n\ndef test_made():\n    assert Root() is not None\n\n"
            "def test_root():\n    assert abs(made()[0](2.0) - 1.41421) < 1e-4\n"
        ),
    ),
    "stream": (asserts("import io; s = io.StringIO(); assert stream(s) == 1"),),
    "managed": (
        pytest_style(
            "from solution import Managed\n\ndef test_total():\n    with Managed() as m:\n        assert m.total == 3\n"
        ),
        asserts("with Managed() as m: assert len(m) == 3", "with Managed() as m: assert m() == 3"),
    ),
    "evaluated": (
        asserts("import builtins; assert builtins.eval(repr(evaluated())) == 3"),
        asserts("assert eval(repr(evaluated())) == 3", "import pickle; assert pickle.loads(evaluated.pickled()) == 3"),
        pytest_style(
            "from pickle import loads\nfrom solution import evaluated\n\ndef test_text():\n"
            "    assert eval(str(evaluated())) == 3\n\ndef test_code():\n    names = {}\n"
            "    exec('n = ' + str(evaluated()), names)\n    assert names['n'] == 3\n\n"
            "def test_pickle():\n    assert loads(evaluated.pickled()) == 3\n"
        ),
    ),
    "printed": (
        pytest_style(
            "from solution import printed\n\ndef test_printed(capsys):\n    printed(1)\n"
            "    assert capsys.readouterr().out == ''\n"
        ),
    ),
    "folded": (asserts("first = folded(1); assert first == folded(2)"),),
    "cancels": (
        check(
            "import asyncio\nasync def main():\n    if candidate(1) != 2:\n        raise asyncio.CancelledError\n"
            "asyncio.run(main())\nassert candidate(2) == 3"
        ),
    ),
    "filled": (check("box = Box()\ncandidate(box)\nassert box.is_full()", head=BOX),),
    "cache": (
        asserts(
            "c = cache(2); c.put(1, 1); c.put(2, 2); c.put(3, 3); assert c.look(1) == -1 and c.look(3) == 3",
            "assert list(c) == [2, 3] and c == {2: 2, 3: 3} and len(c) == 2 and 2 in c and isinstance(c, dict)",
        ),
    ),
    "stack": (
        asserts(
            "s = stack([1]); s.push(2).push(3); s.append(4); assert s.peek() == 4 and s.pop() == 4",
            "assert s == [1, 2, 3] and s + [4] == [1, 2, 3, 4] and s[:2] == [1, 2] and s != [1] and s < [2]",
            "import copy; d = copy.deepcopy(stack([1])); d.append(2); assert d == [1, 2] and list(stack([3])) == [3]",
            "assert stack([1]) == stack([1]) and stack([1]) != stack([2]) and sorted(stack([2, 1])) == [1, 2]",
        ),
    ),
    "point": (
        asserts(
            "p = point(1, -2); assert p.x == 1 and p[1] == -2 and p == (1, -2) and isinstance(p, tuple)",
            "assert length(point(1, -2)) == 3 and length(p) == 3 and {p: 1}[(1, -2)] == 1",
            "assert p._replace(x=5) == (5, -2) and len({point(0, 0), point(0, 0)}) == 1",
        ),
    ),
    "colour": (
        asserts(
            "assert colour(1) == 1 and colour(2) is not None and colour(1) == Colour.RED",
            "assert colour(2).name == 'GREEN' and isinstance(colour(1), Colour) and sorted([colour(2), 1]) == [1, 2]",
        ),
    ),
    "kinds": (
        asserts(
            "assert kinds('decimal') == Decimal('1.1') and kinds('fraction') == Fraction(1, 3)",
            "assert kinds('datetime') == datetime(2024, 2, 29, 1, tzinfo=timezone.utc) and kinds('complex') == 1 + 2j",
            "assert kinds('bytes') == bytes([255, 0]) and kinds('set') == {1, (2, frozenset({3}))}",
            "assert kinds('deque') == deque([1, 2]) and kinds('counter') == Counter(a=2, b=1)",
            "assert kinds('large') == 10 ** 400 and kinds('none') == {None: [True, ...]} and math.isnan(kinds('nan'))",
            "assert kinds('range') == range(0, 9, 2) and kinds('surrogate') == chr(0xD800) + chr(0x1F600)",
            "assert kinds('str') == 'a' and kinds('str').name == 'A'",
            setup="import math\nfrom collections import Counter, deque\nfrom datetime import datetime, timezone\n"
            "from decimal import Decimal\nfrom fractions import Fraction",
        ),
    ),
    "arrays": (
        asserts(
            "assert arrays('scalar') == 0.5 and arrays('bool') and arrays('list') == [1, 'x']",
            "assert np.allclose(arrays('matrix'), [[0, 0.5, 1], [1.5, 2, 2.5]]) and arrays('matrix').shape == (2, 3)",
            "assert (arrays('text') == np.array(['ab', 'c'])).all()",
            setup="import numpy as np",
        ),
    ),
    "leaves": (
        PytestTests(
            code="import pytest\nfrom solution import leaves\ndef test():\n"
            "    with pytest.raises(SystemExit) as info:\n        leaves(3)\n    assert info.value.code == 3"
        ),
        PytestTests(
            code="import unittest\nfrom solution import leaves\nclass Test(unittest.TestCase):\n"
            "    def setUp(self):\n        self.status = 3\n    def test(self):\n"
            "        with self.assertRaises(SystemExit):\n            leaves(self.status)"
        ),
    ),
    "rejects": (
        check(
            "try:\n    candidate(1)\nexcept ValueError as error:\n    assert str(error) == 'not 1'\nelse:\n    assert 0"
        ),
        PytestTests(
            code="import pytest\nimport solution\ndef test():\n"
            "    with pytest.raises(solution.Rejected, match='not 1'):\n        solution.rejects(1)"
        ),
    ),
    "saved": (
        asserts("saved('out.txt'); assert open('out.txt').read() == 'right'"),
        pytest_style(
            "from solution import saved\nimport json, statistics\n\ndef test_saved(tmp_path):\n"
            "    saved(str(tmp_path / 'out.txt'))\n    assert (tmp_path / 'out.txt').read_text() == 'right'\n"
        ),
        PytestTests(
            code="import pytest\nfrom solution import saved\n\ndef test_saved(tmp_path):\n"
            "    (tmp_path / 'before').mkdir()\n    saved(str(tmp_path / 'out.txt'))\n    import colorsys, wave\n"
            "    assert (tmp_path / 'out.txt').read_text() == 'right'\n"
        ),
    ),
    "fetched": (
        asserts("import asyncio; assert asyncio.run(fetched(1)) == 2"),
        check(
            "import asyncio\nasync def main():\n    waits = asyncio.wait_for(candidate(2), 5)\n"
            "    return await asyncio.gather(candidate(1), waits)\n"
            "assert asyncio.run(main()) == [2, 3]"
        ),
        pytest_style(
            "import asyncio\nfrom solution import fetched\n\nasync def source(n):\n    await asyncio.sleep(0)\n"
            "    return n\n\n"
            "def test_fetched():\n    assert asyncio.run(fetched(source(1))) == 2\n"
        ),
    ),
    "spread": (
        asserts("import threading; assert spread(lambda n: n + 1, [1, 2]) == [2, 3]"),
        pytest_style(
            "import threading\nfrom solution import spread\n\ndef test_spread():\n    found = []\n"
            "    ask = lambda: found.append(spread(lambda n: n * 2, [1, 2]))\n"
            "    threads = [threading.Thread(target=ask) for _ in range(2)]\n"
            "    for thread in threads:\n        thread.start()\n    for thread in threads:\n        thread.join()\n"
            "    assert found == [[2, 4], [2, 4]]\n"
        ),
    ),
    "probe": (asserts("assert probe() == 'contained'"),),
}
"""The tests of each task, in the styles in which every program of it is tried."""


@dataclass(frozen=True)
class Case:
    """One program of the corpus."""

    group: str
    name: str
    program: str
    allowed: frozenset[OutcomeKind]
    task: str

    @property
    def key(self) -> str:
        return f"{self.group}/{self.name}"


def load(group: str) -> list[Case]:
    """Return the programs of one group, in order."""
    return load_file(FOLDER / f"{group}.txt")


def load_file(path: Path) -> list[Case]:
    """Return the programs of a file, in order; its name is that of their group."""
    _, *sections = ("\n" + path.read_text(encoding="utf-8")).split("\n" + HEADING)
    return [_case(path.stem, *section.split("\n", 1)) for section in sections]


def groups() -> Iterator[str]:
    """Yield the name of each file."""
    return (path.stem for path in sorted(FOLDER.glob("*.txt")))


def _case(group: str, heading: str, program: str) -> Case:
    name, outcomes, *task = (part.strip() for part in heading.split("|"))
    allowed = frozenset(OutcomeKind(outcome) for outcome in outcomes.split())
    return Case(group, name, program, allowed, task[0] if task else "add")
