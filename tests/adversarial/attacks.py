"""Attacks in plain files, by what they attack, and the tests on which each is tried.

A heading reads ``=== name | outcomes | task``. ``outcomes`` are those allowed, separated by spaces; ``task`` names the
tests in :data:`TASKS` and is ``add`` where it is left out. What stands before a file's first heading says what the
programs in it have in common.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from passgap.records import AssertTests, CheckTests, Limits, OutcomeKind, Tests

FOLDER = Path(__file__).parent / "attacks"
HEADING = "=== "
LIMITS = Limits(seconds=1.0, memory_bytes=512 << 20, processes=32)
"""Tighter than the default, so that programs which never end do not hold up the suite."""


def asserts(*statements: str, setup: str = "") -> AssertTests:
    return AssertTests(setup=setup, statements=statements)


def check(body: str, head: str = "") -> CheckTests:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return CheckTests(code=f"{head}\ndef check(candidate):\n{lines}")


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
    """Return the programs of one file, in order."""
    _, *sections = ("\n" + (FOLDER / f"{group}.txt").read_text(encoding="utf-8")).split("\n" + HEADING)
    return [_case(group, *section.split("\n", 1)) for section in sections]


def groups() -> Iterator[str]:
    """Yield the name of each file."""
    return (path.stem for path in sorted(FOLDER.glob("*.txt")))


def _case(group: str, heading: str, program: str) -> Case:
    name, outcomes, *task = (part.strip() for part in heading.split("|"))
    allowed = frozenset(OutcomeKind(outcome) for outcome in outcomes.split())
    return Case(group, name, program, allowed, task[0] if task else "add")
