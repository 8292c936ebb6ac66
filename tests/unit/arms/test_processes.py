"""Processes that share updates: one rule for every arm that trains."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.study.checking import parse_study
from passgap.testing.scripted_study import study_text


@pytest.mark.parametrize(
    ("arm", "section", "size"),
    [
        ("sft-external", {"training": {"processes": 3}}, "training.batch_size"),
        ("dpo", {"training": {"processes": 3}}, "training.batch_size"),
        ("grpo", {"training": {"processes": 3}, "prompts_per_step": 2}, "prompts_per_step"),
    ],
)
def test_an_arm_whose_updates_the_declared_processes_cannot_share_is_refused_before_it_is_begun(
    arm: str, section: dict[str, Any], size: str
) -> None:
    with pytest.raises(StudyError, match="cannot share updates of 16 examples evenly") as caught:
        parse_study(study_text({arm: section}))
    assert f"Let `arms.{arm}.{size}` be a multiple of it" in str(caught.value)
