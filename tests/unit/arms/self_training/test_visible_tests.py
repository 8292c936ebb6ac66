"""Arms that learn from the visible tests of the pool: what they take, what audits them, and when that is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from passgap.arms import ARMS
from passgap.arms.self_training.pool_tests import HIDDEN_RULE
from passgap.errors import StudyError
from passgap.ports import RewardJob, RewardResult
from passgap.study import Study
from passgap.study.declared_arms import DeclaredProblems
from passgap.study.lab import StudyLab
from passgap.testing.scripted_study import SCRIPTED_TRAINERS, ScriptedRewardTrainer

RIGHT = "    y = x + {n}\n    return y\n"
WRONG = "    y = x - 7\n    return y\n"
HARD_CODED = "    y = x + {n} if x in (1, 2) else 0\n    return y\n"
"""Passes the two of three tests that are visible."""
JUDGED = ["rejection-sampling", "dpo", "ipo", "grpo"]

Open = Callable[..., Study]


def section_of(arm: str, tests: str, **more: Any) -> dict[str, Any]:
    own = {"steps": 2, "prompts_per_step": 2, "group_size": 4} if arm == "grpo" else {}
    return {"tests": tests, "sampling": {"per_prompt": 3}, "run_starved": True, **own, **more}


@pytest.mark.parametrize(
    "arm", ["grpo", *(pytest.param(name, marks=pytest.mark.slow) for name in ("rejection-sampling", "dpo", "ipo"))]
)
def test_what_passes_the_visible_tests_is_learned_and_audited_before_and_after(
    arm: str, with_three_tests: Open, samples_that_are: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    samples_that_are(HARD_CODED, WRONG, WRONG)
    jobs: list[RewardJob] = []

    class Kept(ScriptedRewardTrainer):
        def train(self, job: RewardJob, **options: Any) -> RewardResult:
            jobs.append(job)
            return super().train(job, **options)

    monkeypatch.setitem(SCRIPTED_TRAINERS, "reward", Kept)
    [report] = with_three_tests(section_of(arm, "visible"), arm=arm).run([arm]).arms
    facts = {fact.label: fact.text for fact in report.facts}
    assert facts["audit of the pool before training"].startswith("pass@visible - pass@hidden = +33.3 pp")
    assert "change +0.0 pp" in facts["audit on held-out problems"]
    assert all(len(each.problem.tests.statements) == 2 for job in jobs for each in job.prompts)  # type: ignore[union-attr]
    assert bool(jobs) == (arm == "grpo")


@pytest.mark.parametrize("arm", JUDGED)
def test_the_rule_is_registered_and_nothing_changes_where_all_tests_judge(
    arm: str, with_three_tests: Open, lab_of: Callable[[Study], StudyLab]
) -> None:
    lab = lab_of(with_three_tests(section_of(arm, "all"), arm=arm))
    declared, made = DeclaredProblems(lab.spec, lab.splits), ARMS[arm]
    everything = made.registered(made.section_of(lab.spec), declared)
    visible = made.section_of(lab.spec).model_copy(update={"tests": "visible"})
    hiding = made.registered(visible, declared)
    assert "hidden_tests" not in everything.settings and hiding.settings["hidden_tests"] == HIDDEN_RULE
    assert "all visible tests" in str([hiding.selection, hiding.settings])
    assert "visible" not in str([everything.selection, everything.settings])


def test_a_pool_of_single_tests_has_nothing_to_hide(with_three_tests: Open) -> None:
    opened = with_three_tests(section_of("dpo", "visible"), arm="dpo", test="assert True")
    with pytest.raises(StudyError) as caught:
        opened.run(["dpo"])
    assert "arms.dpo.tests: no problem of the pool has a second test" in str(caught.value)
