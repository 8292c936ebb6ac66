"""Every arm of the table runs in a study, on a scripted model."""

from __future__ import annotations

from typing import Any

import pytest

from arm_sections import OTHERS, SECTIONS
from passgap.arms import ARMS, Arm
from passgap.testing import ArmContract
from short_battery import few_prompts

__all__ = ["few_prompts"]

VARIANTS = ("ipo", "ssd-placebo-ended")
"""Arms that are another one with a single difference, which their own tests have: run with the slow tests."""
NAMES = [pytest.param(name, marks=[pytest.mark.slow] if name in VARIANTS else []) for name in ARMS.names()]


class TestEveryArm(ArmContract):
    @pytest.fixture(scope="class", params=NAMES)
    @classmethod
    def arm(cls, request: pytest.FixtureRequest) -> Arm[Any]:
        return ARMS[request.param]

    def section(self, arm: Arm[Any]) -> dict[str, Any]:
        return SECTIONS.get(arm.name, {})

    def others(self, arm: Arm[Any]) -> dict[str, Any]:
        return OTHERS.get(arm.name, {})
