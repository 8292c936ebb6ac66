"""Whole programs, tested by what they print for what they read."""

from __future__ import annotations

from passgap.languages import LANGUAGES
from passgap.records import NoTests, Problem, StdioTests
from passgap.tasks.kinds.base import TaskKind


class Stdio(TaskKind):
    """A program that reads standard input and writes standard output, as in programming contests.

    It has to define nothing, unless the problem names an entry point.
    """

    name = "stdio"
    caption = "whole programs, tested by what they print"
    tests = (StdioTests, NoTests)

    def stops(self, problem: Problem) -> tuple[str, ...]:
        language = LANGUAGES[problem.language]
        return language.stops if problem.entry_point else language.program_stops

    def infers(self, problem: Problem) -> bool:
        return isinstance(problem.tests, StdioTests)


KIND = Stdio()
