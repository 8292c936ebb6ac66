"""A model is measured at several decodings in one opening, resumes, and counts towards the stage that asks for it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from passgap.arms.development import Point, measure_points
from passgap.records import Decoding, Stage
from passgap.study.lab import StudyLab
from passgap.study.splits import load_splits
from passgap.testing.scripted_study import open_scripted_study


@pytest.fixture
def drawn() -> Counter[str]:
    return Counter()


@pytest.fixture
def lab(tmp_path: Path, drawn: Counter[str]) -> StudyLab:
    context = open_scripted_study(tmp_path, {}, drawn)._context
    return StudyLab(context, load_splits(context))


def decoding(temperature: float) -> Decoding:
    return Decoding(temperature=temperature, max_new_tokens=16)


def test_every_point_is_measured_once_and_charged_to_the_stage(lab: StudyLab, drawn: Counter[str]) -> None:
    problems = lab.splits.pool.problems[:3]
    points = [Point.at("a", decoding(0.8), 4), Point.at("b", decoding(0.0), 4)]
    assert points[1].samples == 1, "greedy decoding repeats its first sample"
    first, second = measure_points(lab.base_model(), points, problems, lab, stage=Stage.PROBES)
    assert first.counts.ids == second.counts.ids == tuple(sorted(problem.id for problem in problems))
    assert (first.counts.m, second.counts.m) == (4, 1)
    assert {cost.stage for cost in (*first.costs, *second.costs)} == {Stage.PROBES}
    assert drawn.total() == 3 * 5

    again = measure_points(lab.base_model(), points, problems, lab, stage=Stage.PROBES)
    assert drawn.total() == 3 * 5 and [each.counts.m for each in again] == [4, 1]
    [plain] = measure_points(lab.base_model(), [Point.at("c", decoding(0.8), 1)], problems, lab)
    assert [cost.stage for cost in plain.costs] == [Stage.SAMPLING, Stage.SCORING]
