"""Every arm of the table runs in a study, on a scripted model."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.arms import ARMS, Arm
from passgap.testing import ArmContract

SECTIONS: dict[str, dict[str, Any]] = {"decode-only": {"temperatures": [0.0, 0.4], "samples": 2}}
"""The blocks of arms whose defaults take long; others are declared without a field."""


class TestEveryArm(ArmContract):
    @pytest.fixture(scope="class", params=ARMS.names())
    @classmethod
    def arm(cls, request: pytest.FixtureRequest) -> Arm[Any]:
        return ARMS[request.param]

    def section(self, arm: Arm[Any]) -> dict[str, Any]:
        return SECTIONS.get(arm.name, {})
