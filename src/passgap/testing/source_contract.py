"""The contract of a task source (:class:`passgap.tasks.sources.Source`)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from passgap.errors import PassgapError
from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, found_environment, found_toolchain
from passgap.languages import LANGUAGES
from passgap.ports import Executor
from passgap.records import Problem
from passgap.tasks.jobs import execution_job
from passgap.tasks.kinds import kind_of
from passgap.tasks.loading import can_be_run, faults_of
from passgap.tasks.sources import FileUse, Source

REFERENCES = 10
"""References of each split that are run."""


class TaskSourceContract:
    """Holds a task source to its contract. Subclass it in a test module and implement :meth:`make`::

        class TestMyTasks(TaskSourceContract):
            def make(self):
                return SOURCE

    A source that is read from a file also overrides :meth:`file`.
    """

    def make(self) -> Source:
        """The source under test."""
        raise NotImplementedError("implement `make`, or override the fixture `source`")

    def file(self, source: Source, folder: Path) -> Path | None:
        """The file that the source is read from; None if it needs none. ``folder`` is empty and may be written to."""
        del folder
        assert source.file is not FileUse.REQUIRED, "the source needs a file: override `file`"
        return None

    @pytest.fixture
    def source(self) -> Source:
        """The source under test."""
        return self.make()

    def runs(self, problem: Problem) -> bool:
        """Whether the reference of a problem is run; by default wherever what it takes is on this machine."""
        return _can_be_run_here(problem)

    @pytest.fixture(scope="class")
    @staticmethod
    def executor() -> Iterator[Executor]:
        """The sandbox that runs references, one for all sources of a class."""
        with SandboxExecutor() as made:
            yield made

    @pytest.fixture
    def path(self, source: Source, tmp_path: Path) -> Path | None:
        """The file that it is read from."""
        return self.file(source, tmp_path)

    def test_it_describes_itself(self, source: Source) -> None:
        assert source.name
        assert source.name == source.name.lower().strip()
        assert all((source.caption, source.licence, source.difficulty, source.dates))
        assert source.position > 0
        assert len(set(source.splits)) == len(source.splits)

    def test_every_problem_can_be_used(self, source: Source, path: Path | None) -> None:
        for split in source.splits or (None,):
            tasks = source.load(split, path)
            assert tasks.problems
            assert [fault for problem in tasks.problems for fault in faults_of(problem)] == []
            assert all(problem.source for problem in tasks.problems)

    def test_the_same_problems_are_loaded_twice(self, source: Source, path: Path | None) -> None:
        for split in source.splits or (None,):
            assert source.load(split, path).digest == source.load(split, path).digest

    def test_a_missing_file_is_refused(self, source: Source, tmp_path: Path) -> None:
        if source.file is FileUse.NONE:
            pytest.skip("the source is read from no file")
        with pytest.raises(PassgapError):
            source.load(next(iter(source.splits), None), tmp_path / "missing.jsonl")

    @pytest.mark.parametrize("content", ["", "{", "not a problem\n", '{"task_id": 1}\n'])
    def test_a_damaged_file_is_refused(self, source: Source, tmp_path: Path, content: str) -> None:
        if source.file is FileUse.NONE:
            pytest.skip("the source is read from no file")
        damaged = tmp_path / "damaged.jsonl"
        damaged.write_text(content)
        with pytest.raises(PassgapError):
            source.load(next(iter(source.splits), None), damaged)

    def test_references_pass_their_tests(self, source: Source, path: Path | None, executor: Executor) -> None:
        for split in source.splits or (None,):
            runnable = (
                problem
                for problem in source.load(split, path).problems
                if kind_of(problem).reference_submission(problem) is not None and self.runs(problem)
            )
            jobs = [
                execution_job(problem.id, problem, submitted)
                for problem in islice(runnable, REFERENCES)
                if (submitted := kind_of(problem).reference_submission(problem)) is not None
            ]
            outcomes = {result.key: result.outcome for result in executor.run(jobs)}
            assert {key: outcome for key, outcome in outcomes.items() if not outcome.passed} == {}


def _can_be_run_here(problem: Problem) -> bool:
    """Whether there is a toolchain or an environment for the problem, and it is on this machine."""
    if not can_be_run(problem):
        return False
    if (environment := problem.runs_in.environment) is not None:
        try:
            found_environment(problem.language, environment)
        except MissingToolchain:
            return False
        return True
    toolchain = LANGUAGES[problem.language].toolchain
    if toolchain is not None and toolchain.needs_commands:
        try:
            found_toolchain(problem.language)
        except MissingToolchain:
            return False
    return True
