"""Small versions of the simulations behind the decoding frontier: its error rate, its power, and the paper's toy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from passgap.decisions.frontier import Standing, standing_of
from passgap.estimates.frontier import draw_curves, estimate_distance, mean_distance

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import frontier
import toy

STUDIES = 40
MOST = 4
"""More false ones than this of 40 come in one of 500 runs where the rate is 2.5 %; the seed is fixed."""


def found(world: str, matching: str = "pass@k") -> frontier.Found:
    return frontier.simulate(
        frontier.WORLDS[world],
        studies=STUDIES,
        problems=100,
        samples=8,
        k=8,
        matching=matching,
        draws=200,
        truth=0.0,
        temperatures=(0.0, 0.2, 0.5, 0.8, 1.1),
    )


@pytest.mark.parametrize("world", ["cooler (x 0.5)", "hotter (x 1.4)"])
def test_the_base_model_at_another_temperature_is_hardly_ever_more_than_that(world: str) -> None:
    assert found(world).more * STUDIES <= MOST
    assert abs(found(world).mean) < 0.006


def test_a_model_that_has_learned_something_is_found_although_it_is_cooler_too() -> None:
    seen = found("learned", "diversity")
    assert seen.more > 0.8 and seen.cooler < 0.05


def test_a_collapsed_model_is_not_more_than_a_cooler_one() -> None:
    assert found("forgot").more * STUDIES <= MOST


def percent(probability: float) -> float:
    return round(100.0 * probability, 1)


def test_the_toy_has_the_papers_teacher_and_student() -> None:
    student = toy.STUDENT
    assert (percent(student.lock[0]), percent(student.lock[1])) == (94.8, 5.2)
    assert (student.fork > 0).sum() == 5 and (percent(student.fork[1]), percent(student.fork[0])) == (34.4, 16.9)
    assert (student.root > 0).sum() == 4 and percent(student.root[2]) == 40.6


@pytest.mark.parametrize(
    ("machine", "temperature", "printed"), [(toy.TEACHER, 0.639, 8.32), (toy.STUDENT, 2.091, 13.77)]
)
def test_the_toys_best_decodings_are_as_printed(machine: toy.Machine, temperature: float, printed: float) -> None:
    rounding = np.arange(temperature - 0.0005, temperature + 0.0005, 0.0001)
    assert printed in {round(100.0 * machine.at(float(each)).success, 2) for each in rounding}
    highest, where = toy.best(machine)
    assert highest == pytest.approx(printed / 100.0, abs=1e-4) and where == pytest.approx(temperature, abs=0.004)


def test_on_the_toy_the_student_is_more_than_a_cooler_teacher() -> None:
    rng = np.random.default_rng(3)
    for diversity in (False, True):
        swept = [toy.sampled_points(each, 100, 16, 8, rng, diversity=diversity) for each in (toy.STUDENT, toy.TEACHER)]
        distance = estimate_distance(*swept, m=16, level=0.95, draws=300)
        assert standing_of(distance, 0.02) is Standing.MORE
        exact = [draw_curves(each, np.full((1, 100), 0.01)) for each in swept]
        assert mean_distance(*exact)[0] > 0.02
