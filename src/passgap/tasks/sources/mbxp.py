"""MBXP (Athiwaratkun et al. 2023, arXiv 2210.14868): MBPP in other languages, in its own format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passgap.harnesses import HARNESSES
from passgap.languages import LANGUAGES
from passgap.records import CallCase, CallTests, CheckTests, Problem, PromptKind, Tests
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, behind, read_rows
from passgap.tasks.sources._mbxp_rows import stated_prompt, written_tests
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "mbxp"
PYTHON = "python"
_PREFIXES = {
    "python": "MBPP",
    "cpp": "MBCPP",
    "csharp": "MBCSP",
    "go": "MBGP",
    "java": "MBJP",
    "javascript": "MBJSP",
    "php": "MBPHP",
    "ruby": "MBRBP",
    "typescript": "MBTSP",
}
"""The beginnings of ids, by language."""
_CASES: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "java": r"\bx(\d+) = ([\w.]+)\((.*?)\);\n[^\n=]*? v\1 = (.*?);\n\s*if",
        "javascript": r"\bx(\d+) = ([\w.]+)\((.*?)\);\n\s*\w* ?v\1 = (.*?);\n\s*if",
        "php": r"\$x(\d+) = (\w+)\((.*?)\);\n\$v\1 = (.*?);\nif",
        "ruby": r"\bx(\d+) = (\w+[?!]?)\((.*?)\)\nv\1 = (.*?)\nif",
        "cpp": r"\bx(\d+) = (\w+)\((.*?)\);\n\s*if \(!\(compare\(x\1, (.*?)\)\)\) \{\n",
        "csharp": r"\bactual(\d+) = (\w+)\((.*?)\);\n\s*var expected\1 = (.*?);\n\s*var result",
        "go": r"\bactual_(\d+) := (\w+)\((.*?)\)\n\s*expected_\1 := (.*?)\n\s*deepCompare\(",
        "typescript": r"\bactual_(\d+) = (\w+)\((.*?)\);\nlet expected_\1 = (.*?);\nassert",
    }.items()
}
"""A call of a language's tests and its expected value: the number, the function, the arguments and the value."""
_CALL = re.compile(r"\b(?:x|actual_?)\d+ :?= \w")
_ARGUMENT = re.compile(r"(?m)^[ \t]*(?:var )?\$?(arg\d+) = (.*?);?\n(?=[ \t]*(?:var )?\$?(?:arg|x)\d+ = )", re.DOTALL)
_CLOSING = {"csharp": "\n    }\n}\n"}
"""The text by which the set's tests end the program, before they begin."""
_NOT_HERE = re.compile(
    r"^(?:using KellermanSoftware\.[^\n]*\n|import \(\n\t\"encoding/json\"\n\t\"reflect\"\n\)\n"
    r"|\t\"encoding/json\"\n\t\"reflect\"\n)",
    re.MULTILINE,
)
"""Imports of what the set's own tests compare by, in C# and Go: programs have no use for them, and Go refuses them."""


class Mbxp(Source):
    """The file of one language, as JSON lines.

    Functions are called and their values compared outside the jail, strictly where PHP's tests compare loosely. The
    set's own scorer runs tests and program together. Its solutions are MBPP's in Python alone: those in other languages
    were written by a model, and many do not do what is asked.
    """

    name = NAME
    position = 21
    caption = "MBXP: MBPP in other languages (arXiv 2210.14868)"
    licence = "Apache-2.0"
    difficulty = "none stated"
    dates = "none stated; published in October 2022, after MBPP of August 2021"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any line is no problem of the set, or in a language whose functions
                cannot be called here.
        """
        assert path is not None, "a file is required"
        return task_set(NAME, read_rows(path, _problem, "MBXP's problems", name=lambda problem: problem.id))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """Solutions are kept in Python alone; the types that tests in C++ and Java declare are not."""
        language, tests = problem.language, problem.tests
        number = problem.id.rpartition("/")[2]
        if language not in _PREFIXES or not isinstance(tests, CallTests | CheckTests):
            raise ValueError(f"{problem.id}: its language or the style of its tests is none of the set")
        try:
            test = tests.code if isinstance(tests, CheckTests) else written_tests(language, tests)
        except ValueError as error:
            raise ValueError(f"{problem.id}: {error}") from error
        row = {
            "task_id": f"{_PREFIXES[language]}/{int(number)}",
            "language": language,
            "prompt": stated_prompt(language, problem.prompt),
            "entry_point": problem.entry_point,
            "test": test,
            "description": "",
            "canonical_solution": None if problem.reference is None else behind(problem, problem.prompt),
        }
        return as_read(problem, row, _problem)


SOURCE = Mbxp()


def _problem(row: JsonObject) -> Problem:
    language, function, prompt = str(row["language"]), str(row["entry_point"]), str(row["prompt"])
    if language != PYTHON and (language not in _CASES or language not in LANGUAGES or language not in HARNESSES):
        known = ", ".join(name for name in (PYTHON, *_CASES) if name in LANGUAGES)
        raise ValueError(f"functions in the language `{language}` cannot be called; known: {known}")
    head = _NOT_HERE.sub("", prompt)
    tests = _tests(language, head, str(row["test"]))
    rest = row.get("canonical_solution") if language == PYTHON else None  # in others it is a model's, and often wrong
    return Problem(
        id=f"{NAME}/{language}/{int(str(row['task_id']).rpartition('/')[2]):03d}",
        prompt=head,
        prompt_kind=PromptKind.CODE,
        entry_point=function,
        tests=tests,
        reference=head + str(rest) if rest else None,
        source=NAME,
        language=language,
    )


def _tests(language: str, head: str, tests: str) -> Tests:
    """The tests as calls; in Python as they are.

    Raises:
        ValueError: they are of a form that the set does not have.
    """
    if language == PYTHON:
        return CheckTests(code=tests)
    found = _CASES[language].findall(tests)
    if not found or len(found) != len(_CALL.findall(tests)):
        raise ValueError("`test` should call the function and compare each value with the expected one")
    values = dict(_ARGUMENT.findall(tests)) if language in ("javascript", "php", "ruby") else {}
    cases = tuple(
        CallCase(arguments=_substituted(arguments, values), expected=expected) for _, _, arguments, expected in found
    )
    called = str(found[0][1])
    if language == "csharp":
        called = f"Solution.Program.{called}"
    return CallTests(function=called, cases=cases, head=f"{head.rstrip()}\n", closing=_CLOSING.get(language, ""))


def _substituted(arguments: str, values: Mapping[str, str]) -> str:
    """The arguments of a call with the variables that hold them written out."""
    names = [each.strip().removeprefix("$") for each in arguments.split(",")]
    if not values or not all(name in values for name in names if name):
        return arguments
    return ", ".join(values[name] for name in names if name)
