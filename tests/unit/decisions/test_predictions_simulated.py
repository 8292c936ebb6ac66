"""The diagnostics on many simulated studies: intervals that cover, and a verdict that is not misled by a bad one."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from loaded import module_at

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "predictions.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The script that simulates the diagnostics."""
    return module_at(SCRIPT, "simulated_predictions")


def test_intervals_of_the_diagnostics_cover(benchmark: ModuleType) -> None:
    world = next(each for each in benchmark.WORLDS if each.name == "able model")
    benchmark.exact.cache_clear()
    found = benchmark.coverage(world, problems=60, studies=120, seed=3)
    # Of 120 studies, 95 % with four standard errors: 0.87.
    assert {name for name, row in found.items() if row["covered"] < 0.87} == set()


def test_a_record_helps_where_it_is_deserved_and_nothing_is_done_without_one(benchmark: ModuleType) -> None:
    unknown = benchmark.advice(0.95, past=0, studies=60, seed=3)
    assert unknown["wrong"] == unknown["wrong_without"] and unknown["not_ssd"] == 0.0
    good = benchmark.advice(0.95, past=30, studies=60, seed=3)
    assert good["wrong"] < 0.6 * good["wrong_without"]
    assert good["withheld"] <= 0.05
    useless = benchmark.advice(0.0, past=30, studies=60, seed=3)
    assert useless["not_ssd"] <= 0.05
