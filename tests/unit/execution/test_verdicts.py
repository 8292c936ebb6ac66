"""The sandbox says of honest programs what plain CPython says: cases of each kind of test, program and state."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

from passgap.records import Outcome, OutcomeKind

sys.path.insert(0, str(Path(__file__).parent))
import plain_python

from parts import chosen, one_in

FOLDER = Path(__file__).parent / "verdicts"


def read() -> dict[str, tuple[str, str, str]]:
    """Return (program, test, verdict of plain CPython) by name."""
    cases = {}
    for path in sorted(FOLDER.glob("*.txt")):
        _, *sections = ("\n" + path.read_text(encoding="utf-8")).split("\n=== ")
        for section in sections:
            heading, _, body = section.partition("\n")
            name, _, verdict = heading.partition(" >>> ")
            program, _, test = body.partition("\n---\n")
            cases[f"{path.stem}: {name}"] = (program + "\n", test, verdict.strip())
    return cases


CASES = {
    name: case
    for name, case in read().items()
    if "numpy" not in case[0] + case[1] or importlib.util.find_spec("numpy") is not None
}


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> dict[str, Outcome]:
    names = chosen(request, "name")
    jobs = {name: (program, test, None) for name, (program, test, _) in CASES.items() if name in names}
    return plain_python.outcomes(jobs)


@pytest.mark.parametrize("name", one_in(3, CASES))
def test_the_sandbox_agrees_with_plain_python(name: str, judged: dict[str, Outcome]) -> None:
    program, test, verdict = CASES[name]
    assert plain_python.passes(program, test) is (verdict == "passed")
    assert judged[name].kind.value == verdict, judged[name].reason
    assert judged[name].kind in (OutcomeKind.PASSED, OutcomeKind.FAILED)
