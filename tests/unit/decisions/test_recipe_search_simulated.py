"""The search on many simulated studies: optimistic where it chose, unbiased elsewhere, better than random search."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from loaded import module_at

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "pilot.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The script that simulates the search."""
    return module_at(SCRIPT, "simulated_pilot")


@pytest.mark.slow
def test_the_choice_is_unbiased_on_held_out_problems_and_beats_random_search(benchmark: ModuleType) -> None:
    noisy = next(world for world in benchmark.WORLDS if world.name == "noisy")
    found = benchmark.simulate(noisy, studies=70, seed=5)
    assert found["development_optimism"] > 3 * found["development_optimism_se"]
    assert found["development_pass_optimism"] > 2 * found["development_pass_optimism_se"]
    for figure in ("heldout_optimism", "heldout_pass_optimism"):
        assert abs(found[figure]) < 3 * found[f"{figure}_se"], figure
    assert found["covered"] >= 0.88, "of intervals that hold the true change at a level of 0.95"
    assert found["vetoed"] < 0.02
    usual = next(world for world in benchmark.WORLDS if world.name == "usual")
    found = benchmark.simulate(usual, studies=40, seed=5)
    assert found["near"] > found["random_near"]
    assert found["regret"] < found["random_regret"]
