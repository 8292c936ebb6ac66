"""Edited repositories in Python, whose tests import modules and call them: values are compared outside."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from ..processes.jail import Jail
from ..processes.sample_result import SampleResult
from ..styles import plan_for
from ..styles.repository_source import merged, program_of
from ..styles.tests_plan import Plan
from ..styles.unusable import TestsUnusable
from .base import INTERPRETER, VALUES_OUTSIDE, Runner
from .python_values import RUNNER as VALUES


@dataclass
class RepositoryPlan:
    """The tests as a pytest-style file, and the modules that they use."""

    tests: Plan
    modules: list[str]

    @property
    def imported(self) -> frozenset[str]:
        return self.tests.imported


class RepositoryRunner(Runner[RepositoryPlan, Jail]):
    """Lays the edited tree out beside a program that stands for its modules, and tests that program."""

    name = "python-repository"
    toolchain = INTERPRETER
    styles = frozenset({"repository"})
    protocol = VALUES_OUTSIDE

    def plan(self, tests: dict[str, Any], entry_point: str | None) -> RepositoryPlan:
        """Read the tests, and import what they import beside the repository's modules."""
        if tests["command"]:
            raise TestsUnusable("Python tests are run outside the jail: a command of their own is not")
        try:
            code = ast.unparse(merged(tests["files"], tests["modules"]))
        except (SyntaxError, ValueError, RecursionError) as error:
            raise TestsUnusable(f"the tests cannot be compiled: {type(error).__name__}: {error}") from error
        return RepositoryPlan(plan_for({"style": "pytest", "code": code}, entry_point), tests["modules"])

    def run(self, place: Jail, plan: RepositoryPlan, job: dict[str, Any]) -> SampleResult:
        """Judge the program that stands for the modules of an edited tree."""
        program = program_of(job["files"], plan.modules)
        return VALUES.run(place, plan.tests, {**job, "program": program})


RUNNER = RepositoryRunner()
