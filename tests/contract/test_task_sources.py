"""Every task source of the table keeps the contract."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from passgap.tasks.sources import SOURCES, Source
from passgap.testing import TaskSourceContract

LINE = {
    "task_id": "add",
    "prompt": "Write a function add(a, b) that adds.",
    "test": "assert add(1, 2) == 3",
    "reference": "def add(a, b):\n    return a + b\n",
}


class TestEverySource(TaskSourceContract):
    @pytest.fixture(params=SOURCES.names())
    def source(self, request: pytest.FixtureRequest) -> Source:
        return SOURCES[request.param]

    def file(self, source: Source, folder: Path) -> Path | None:
        if source.name == "mbpp":
            if "PASSGAP_MBPP" not in os.environ:
                pytest.skip("PASSGAP_MBPP does not name the file of MBPP")
            return Path(os.environ["PASSGAP_MBPP"])
        if source.name == "jsonl":
            written = folder / "tasks.jsonl"
            written.write_text(json.dumps(LINE) + "\n")
            return written
        return super().file(source, folder)
