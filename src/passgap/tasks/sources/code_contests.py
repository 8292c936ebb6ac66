"""CodeContests (Li et al. 2022, arXiv 2203.07814): contest problems with many tests, in Python, C++ or Java."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passgap.records import Problem, ProblemLimits, StdioCase, StdioTests
from passgap.tasks.contest_prompts import asked, stated
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "code-contests"
LANGUAGES_OF = {"python": 3, "cpp": 2, "java": 4}
"""The number by which the set names the language of a solution."""
TESTS = ("public_tests", "private_tests", "generated_tests")


class CodeContests(Source):
    """Rows as JSON lines or Parquet; a split is the language that is asked for.

    Words are compared in lower case and numbers within 1e-5, as by the set's own scorer. It has no checkers: where
    several answers are right, all but one fail, and some generated tests are wrong.
    """

    name = NAME
    position = 13
    caption = "CodeContests: contest problems with many tests (arXiv 2203.07814)"
    licence = "CC-BY-4.0, statements under the licences of their sources"
    difficulty = "the number of the set's own scale"
    dates = "none stated; published in February 2022"
    splits = tuple(LANGUAGES_OF)
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file, to be solved in one language.

        Raises:
            StudyError: the file is not there, or any row is no problem with tests.
        """
        assert path is not None and split is not None, "a file is required, and there are splits"
        return task_set(f"{NAME}/{split}", read_rows(path, lambda row: _problem(row, split), "CodeContests' problems"))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """All tests stand among the private ones."""
        name, tests = number_of(problem, StdioTests)
        limits = problem.limits or ProblemLimits()
        seconds, nanos = divmod(round((limits.seconds or 0) * 1e9), 10**9)
        solved = [] if problem.reference is None else [(LANGUAGES_OF[problem.language], problem.reference)]
        row = {
            "name": name,
            "description": stated(problem.prompt)[0],
            "private_tests": {
                "input": [case.stdin for case in tests.cases],
                "output": [case.stdout for case in tests.cases],
            },
            "difficulty": problem.difficulty,
            "time_limit": {"seconds": seconds, "nanos": nanos} if limits.seconds else None,
            "memory_limit_bytes": limits.memory_bytes,
            "solutions": {"language": [one for one, _ in solved], "solution": [text for _, text in solved]},
        }
        return as_read(problem, row, lambda read: _problem(read, problem.language))


SOURCE = CodeContests()


def _problem(row: JsonObject, language: str) -> Problem:
    cases = [case for field in TESTS for case in _cases(row.get(field))]
    limit, memory = row.get("time_limit"), row.get("memory_limit_bytes")
    seconds = float(limit.get("seconds") or 0) + float(limit.get("nanos") or 0) / 1e9 if limit else None
    return Problem(
        id=f"{NAME}/{row['name']}",
        prompt=asked(str(row["description"])),
        tests=StdioTests(cases=tuple(cases), comparison="tokens-lower-1e-5"),
        reference=_solution(row.get("solutions"), LANGUAGES_OF[language]),
        difficulty=str(row.get("difficulty", "unspecified")),
        source=NAME,
        language=language,
        limits=ProblemLimits(seconds=seconds or None, memory_bytes=memory or None),
    )


def _cases(tests: Mapping[str, Any] | list[Mapping[str, Any]] | None) -> list[StdioCase]:
    """The tests of a field: an object of lists, as on the hub, or a list of objects."""
    if not tests:
        return []
    if isinstance(tests, list):
        return [StdioCase(stdin=each["input"], stdout=each["output"]) for each in tests]
    return [
        StdioCase(stdin=given, stdout=wanted) for given, wanted in zip(tests["input"], tests["output"], strict=True)
    ]


def _solution(solutions: Mapping[str, Any] | None, language: int) -> str | None:
    """The first right solution in a language; None where there is none."""
    if not solutions:
        return None
    pairs = zip(solutions["language"], solutions["solution"], strict=True)
    return next((str(text) for number, text in pairs if number == language), None)
