"""Every task source of the table keeps the contract."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from passgap.languages import LANGUAGES
from passgap.records import Problem
from passgap.tasks.sources import SOURCES, FileUse, Source
from passgap.testing import TaskSourceContract
from wire_rows import IN_REPOSITORIES, WIRE_ROWS, written_rows

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

    def runs(self, problem: Problem) -> bool:
        """Compilers take most of the time that references take, and are left to the slow tests."""
        toolchain = LANGUAGES[problem.language].toolchain
        return super().runs(problem) and not (toolchain is not None and toolchain.build)

    def file(self, source: Source, folder: Path) -> Path | None:
        """The file of a set that passgap does not ship is named by an environment variable, such as PASSGAP_MBPP; of
        most sets there are invented rows."""
        if source.name == "jsonl":
            written = folder / "tasks.jsonl"
            written.write_text(json.dumps(LINE) + "\n")
            return written
        named = os.environ.get(f"PASSGAP_{source.name.upper()}")
        if named is None and source.name in (*WIRE_ROWS, *IN_REPOSITORIES, "livecodebench"):
            return written_rows(source.name, folder)
        if named is None and (source.file is FileUse.REQUIRED or source.name == "mbpp"):
            pytest.skip(f"PASSGAP_{source.name.upper()} does not name the file of {source.name}")
        return None if named is None else Path(named)


@pytest.mark.slow
class TestEveryReference(TestEverySource):
    """References in languages that are compiled, too."""

    def runs(self, problem: Problem) -> bool:
        return TaskSourceContract.runs(self, problem)
