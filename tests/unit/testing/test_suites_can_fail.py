"""Every conformance suite fails for an implementation that breaks its contract, in the test that is about it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import passgap.testing
from loaded import module_at

HERE = Path(__file__).parent

RUN = """
import json, sys
import pytest

class Collector:
    def __init__(self):
        self.outcomes = {}
    def pytest_runtest_logreport(self, report):
        name = report.nodeid.partition("::")[2].partition("[")[0]
        if report.failed or report.when == "call":
            self.outcomes.setdefault(name, []).append([report.when, report.outcome, str(report.longrepr or "")])

collector = Collector()
pytest.main(sys.argv[2:], plugins=[collector])
open(sys.argv[1], "w").write(json.dumps(collector.outcomes))
"""


def _broken() -> dict[str, type[Any]]:
    """The broken implementations by the id of the test that must fail, with their classes."""
    found = {}
    for path in sorted(HERE.glob("broken_*.py")):
        for name, each in vars(module_at(path, path.stem)).items():
            if name.startswith("Broken"):
                found[f"{path.name}::{name}::{each.fails}"] = each
    return found


BROKEN = _broken()


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[list[str]]]:
    """The outcomes of the tests that must fail, run by pytest as a third party would run them."""
    written = tmp_path_factory.mktemp("outcomes") / "outcomes.json"
    chosen = [str(HERE / test) for test in BROKEN]
    options = ["-q", "-p", "no:cacheprovider", "-o", "python_classes=Broken*", "-o", "python_files=broken_*.py"]
    ran = subprocess.run(
        [sys.executable, "-c", RUN, str(written), *options, *chosen], capture_output=True, text=True, check=False
    )
    assert written.exists(), ran.stdout + ran.stderr
    found: dict[str, list[list[str]]] = json.loads(written.read_text())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("test", BROKEN)
def test_a_broken_implementation_is_found(test: str, outcomes: dict[str, list[list[str]]]) -> None:
    reports = outcomes[test.partition("::")[2]]
    failed = [when for when, outcome, _ in reports if outcome == "failed"]
    assert failed, f"{test} passed"
    assert failed[0] == "call", reports


def test_every_suite_has_a_broken_implementation() -> None:
    suites = {name for name in passgap.testing.__all__ if name.endswith("Contract")}
    broken = {base.__name__ for each in BROKEN.values() for base in each.__mro__}
    assert suites - broken == set()
