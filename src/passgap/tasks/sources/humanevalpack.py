"""HumanEvalPack (Muennighoff et al. 2023, arXiv 2308.07124): HumanEval in six languages, with a bug in each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.languages import LANGUAGES
from passgap.records import CallTests, CheckTests, EmbeddedTests, Problem, PromptKind, Tests
from passgap.tasks.call_tests import embedded_assertions, split_assertions
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, read_rows
from passgap.tasks.sources import _pack_rows as rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "humanevalpack"
SIZE = 164
FIX, SYNTHESIZE, FIX_DOCS, FIX_TESTS = "fix", "synthesize", "fixdocs", "fixtests"
LANGUAGE_OF = {
    "Python": "python",
    "JavaScript": "javascript",
    "CPP": "cpp",
    "Rust": "rust",
    "Go": "go",
    "Java": "java",
}
"""The names of languages by those of the set."""
GO_IMPORTS = "import (\n{}\n)\n".format(
    "\n".join(f'    "{each}"' for each in ("bytes", "fmt", "math", "math/rand", "sort", "strconv", "strings", "time"))
)
"""Packages of Go that a program may use without an import: the set's own scorer adds what is missing."""
_TYPE = re.compile(r"\b(?:enum|struct|class|type) (\w+)")
"""A type that a solution defines: where the function returns it, a program without a solution cannot name it."""


class HumanEvalPack(Source):
    """The file of one language, as JSON lines: to fix the bug in each function, or to write the function."""

    name = NAME
    position = 4
    caption = "HumanEvalPack, six languages: fix the bug in a function, or write it (arXiv 2308.07124)"
    licence = "MIT"
    difficulty = "the type of the bug, in the split `fix`"
    dates = "none stated; published in August 2023, after HumanEval of July 2021"
    splits = (FIX, SYNTHESIZE, FIX_DOCS, FIX_TESTS)
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split.

        Raises:
            StudyError: the file is not there, or not the whole of the set in one language.
        """
        assert path is not None, "a file is required"
        build = _BUILDERS[split or FIX]
        problems = read_rows(path, build, "HumanEvalPack's problems", name=lambda problem: problem.id)
        languages = {problem.language for problem in problems}
        if len(problems) != SIZE or len(languages) != 1:
            raise StudyError(
                f"{path} is not the whole of HumanEvalPack in one language",
                [f"It holds {len(problems)} of {SIZE} problems, in {len(languages)} languages."],
            )
        return task_set(f"{NAME}/{split}", problems)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """A split decides what of a row is kept; the tests are written as the set writes them."""
        split = problem.id.removeprefix(f"{NAME}/").partition("/")[0]
        if split not in _BUILDERS or problem.language not in _STATED or problem.entry_point is None:
            raise ValueError(f"{problem.id}: its id, language or entry point is none of the set")
        parts = rows.parts_of(problem, GO_IMPORTS)
        buggy = _buggy(problem, split)
        begun = parts.begun
        if begun is None:
            documented = split != FIX_TESTS
            whole = problem.prompt if split == SYNTHESIZE else ""
            begun = whole or rows.python_head(
                problem.reference or "", buggy, problem.entry_point, documented=documented
            )
        row = {
            **rows.common_fields(problem, _STATED[problem.language], parts, begun),
            **({"prompt": problem.prompt} if split == SYNTHESIZE else {}),
            "buggy_solution": buggy[len(begun) :],
            "bug_type": "" if split == SYNTHESIZE else problem.difficulty,
            "entry_point": problem.entry_point,
            **({"declaration": begun} if split == FIX_TESTS and parts.begun is None else {}),
            "signature": f"{problem.entry_point}()",
        }
        return as_read(problem, row, _BUILDERS[split])


SOURCE = HumanEvalPack()


def _to_fix(row: JsonObject) -> Problem:
    name, buggy = function_of(row), begun_of(row) + row["buggy_solution"]
    request = f"Fix the bug in `{name}`. Answer with the whole corrected code, its imports included."
    return Problem(
        id=_id(row, FIX),
        prompt=f"{request}\n\n{buggy.strip()}",
        entry_point=name,
        tests=tests_of(row),
        reference=begun_of(row) + row["canonical_solution"],
        difficulty=row["bug_type"],
        source=NAME,
        language=language_of(row),
    )


def _bug(row: JsonObject, split: str) -> Problem:
    """The problem as one of the kind ``bug-fix``, with its docstring or, as the set's own scorer asks it, its tests."""
    shown = split == FIX_TESTS
    begun = str(row["declaration"]) if shown and language_of(row) == "python" else begun_of(row)
    return Problem(
        id=_id(row, split),
        prompt=f"Fix the bug in `{function_of(row)}`.",
        entry_point=function_of(row),
        tests=tests_of(row),
        reference=begun + row["canonical_solution"],
        difficulty=row["bug_type"],
        source=NAME,
        language=language_of(row),
        kind="bug-fix",
        body={"buggy": begun + row["buggy_solution"], "tests_shown": shown},
    )


def _to_write(row: JsonObject) -> Problem:
    return Problem(
        id=_id(row, SYNTHESIZE),
        prompt=row["prompt"],
        prompt_kind=PromptKind.CODE,
        entry_point=function_of(row),
        tests=tests_of(row),
        reference=begun_of(row) + row["canonical_solution"],
        source=NAME,
        language=language_of(row),
    )


_BUILDERS: Mapping[str, Callable[[JsonObject], Problem]] = {
    FIX: _to_fix,
    SYNTHESIZE: _to_write,
    FIX_DOCS: lambda row: _bug(row, FIX_DOCS),
    FIX_TESTS: lambda row: _bug(row, FIX_TESTS),
}


_STATED = rows.inverse(LANGUAGE_OF)


def _buggy(problem: Problem, split: str) -> str:
    """The buggy program that a problem shows; where it is stripped, it begins as the reference does."""
    if split == SYNTHESIZE:
        return ""
    if split != FIX:
        return str((problem.body or {})["buggy"])
    reference = problem.reference or ""
    shown = problem.prompt.partition("\n\n")[2]
    return f"{reference[: len(reference) - len(reference.lstrip())]}{shown}\n"


def _id(row: JsonObject, split: str) -> str:
    stated, _, number = str(row["task_id"]).partition("/")
    language = language_of(row)
    return f"{NAME}/{split}/{int(number)}" if stated == "Python" else f"{NAME}/{split}/{language}/{int(number)}"


def language_of(row: JsonObject) -> str:
    """The language of a row, by its id.

    Raises:
        ValueError: it is none of the set's.
    """
    stated = str(row["task_id"]).partition("/")[0]
    language = LANGUAGE_OF.get(stated, "")
    if language not in LANGUAGES:
        raise ValueError(f"`task_id` is {row['task_id']}: known are {', '.join(LANGUAGE_OF)}")
    return language


def function_of(row: JsonObject) -> str:
    """The function that a row asks for: some entry points are another language's, which the program does not define."""
    name = str(row["entry_point"])
    if language_of(row) == "python" or re.search(rf"\b{re.escape(name)}\b", str(row["declaration"])):
        return name
    signed = re.search(r"(\w+)\s*(?:=\s*)?\(", str(row.get("signature", "")))
    return signed[1] if signed else name


def begun_of(row: JsonObject) -> str:
    """The program up to the open body: with the documentation in Python, where a prompt is a program, else without."""
    language = language_of(row)
    if language == "python":
        return str(row["prompt"])
    return f"package main\n\n{row['prompt']}" if language == "go" else str(row["declaration"])


def tests_of(row: JsonObject) -> Tests:
    """The tests of a row, split into calls and values where they can be."""
    language, code, name = language_of(row), str(row["test"]), function_of(row)
    if language == "python":
        return _check(code, name)
    head, setup = begun_of(row), ""
    if language == "go":
        setup = str(row["test_setup"]).replace(rows.TESTIFY, "")
        head = f"{setup}\n{GO_IMPORTS}\n{row['prompt']}"
    split = split_assertions(language, code, name)
    own = {each for each in _TYPE.findall(str(row["canonical_solution"])) if re.search(rf"\b{each}\b", head)}
    if split is not None and not own:
        return CallTests(function=split.called, setup=split.setup, cases=split.cases, head=head.rstrip() + "\n")
    code, call = embedded_assertions(language, code)
    return EmbeddedTests(code=f"{setup}\n{code}" if setup else code, calls=(call,), head=head)


def _check(code: str, name: str) -> CheckTests:
    """The check function without its call at the end: the sandbox calls it with the program's function."""
    call = f"check({name})"
    definition, found, after = code.rpartition(call)
    if not found or after.strip():
        raise ValueError(f"`test` should end in `{call}`")
    return CheckTests(code=definition)
