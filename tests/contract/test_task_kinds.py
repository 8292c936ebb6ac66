"""Every kind of task of the table keeps the contract."""

from __future__ import annotations

import pytest

from passgap.tasks.kinds import KINDS, TaskKind
from passgap.testing import TaskKindContract


class TestEveryKind(TaskKindContract):
    @pytest.fixture(params=KINDS.names())
    def kind(self, request: pytest.FixtureRequest) -> TaskKind:
        return KINDS[request.param]
