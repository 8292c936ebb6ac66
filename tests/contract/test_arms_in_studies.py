"""Every arm of the table runs in a study, on a scripted model."""

from __future__ import annotations

from typing import Any

import pytest

from arm_sections import OTHERS, SECTIONS
from passgap.arms import ARMS, Arm
from passgap.testing import ArmContract


class TestEveryArm(ArmContract):
    @pytest.fixture(scope="class", params=ARMS.names())
    @classmethod
    def arm(cls, request: pytest.FixtureRequest) -> Arm[Any]:
        return ARMS[request.param]

    def section(self, arm: Arm[Any]) -> dict[str, Any]:
        return SECTIONS.get(arm.name, {})

    def others(self, arm: Arm[Any]) -> dict[str, Any]:
        return OTHERS.get(arm.name, {})
