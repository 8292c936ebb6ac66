"""The search on many simulated studies: optimistic where it chose, unbiased elsewhere, better than random search."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "pilot.py"


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The script that simulates the search."""
    spec = importlib.util.spec_from_file_location("simulated_pilot", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # for its dataclasses
    spec.loader.exec_module(module)
    return module


def test_the_choice_is_unbiased_on_held_out_problems_and_beats_random_search(benchmark: ModuleType) -> None:
    noisy = next(world for world in benchmark.WORLDS if world.name == "noisy")
    found = benchmark.simulate(noisy, studies=250, seed=5)
    assert found["development_optimism"] > 4 * found["development_optimism_se"]
    assert abs(found["heldout_optimism"]) < 4 * found["heldout_optimism_se"]
    usual = next(world for world in benchmark.WORLDS if world.name == "usual")
    found = benchmark.simulate(usual, studies=100, seed=5)
    assert found["near"] > found["random_near"]
    assert found["regret"] < found["random_regret"]
