"""The pool's samples are run once, and every arm reads the same outcomes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from passgap.arms.rejection_sampling import ARM
from passgap.arms.self_training.pool import PoolSamples, sample_pool
from passgap.arms.self_training.scored_pool import score_pool
from passgap.execution import SandboxExecutor
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import POOL, open_scripted_study


@pytest.fixture
def sampled(tmp_path: Path) -> tuple[StudyLab, PoolSamples]:
    context = open_scripted_study(tmp_path, {"rejection-sampling": {}}, Counter())._context
    lab = StudyLab(context, splits_of(context))
    return lab, sample_pool(lab, ARM.registered(ARM.section_of(context.spec), lab))


def test_outcomes_are_told_by_position_and_by_problem(sampled: tuple[StudyLab, PoolSamples]) -> None:
    lab, pool = sampled
    scored = score_pool(pool, lab)
    for positions in scored.by_problem().values():
        assert [scored.outcome(each) for each in positions] == [True, False, True, False]
        right, wrong, again, other = (scored.behaviour(each) for each in positions)
        assert right == again and len({right, wrong, other}) == 3 and None not in (right, wrong, other)
    assert list(scored.by_problem()) == list(dict.fromkeys(each.problem_id for each in pool.samples))
    assert scored.counts.n == POOL and scored.counts.correct.tolist() == [2] * POOL
    assert scored.cost.stage == "scoring" and scored.cost.samples == len(pool.samples)


def test_a_second_arm_runs_nothing(sampled: tuple[StudyLab, PoolSamples], monkeypatch: pytest.MonkeyPatch) -> None:
    lab, pool = sampled
    first = score_pool(pool, lab)
    monkeypatch.setattr(SandboxExecutor, "run", None)
    again = score_pool(pool, lab)
    assert again.artifact.digest == first.artifact.digest and again.results == first.results
