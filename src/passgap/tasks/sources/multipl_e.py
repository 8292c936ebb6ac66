"""MultiPL-E (Cassano et al. 2022, arXiv 2208.08227): HumanEval and MBPP in other languages, in its own format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from passgap.harnesses import HARNESSES
from passgap.languages import LANGUAGES
from passgap.records import CallTests, EmbeddedTests, Problem, PromptKind, Tests
from passgap.tasks.call_tests import Embedding, embedded, split_tests, unembedded, written_calls
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "multipl-e"
LANGUAGE_OF = {
    "js": "javascript",
    "ts": "typescript",
    "cpp": "cpp",
    "rs": "rust",
    "go_test.go": "go",
    "go": "go",
    "java": "java",
    "sh": "bash",
    "cs": "csharp",
    "rb": "ruby",
    "php": "php",
    "lua": "lua",
    "py": "python",
}
"""The names of languages by those of the set."""
_STATED = {language: stated for stated, language in reversed(LANGUAGE_OF.items())}
CLOSES = re.compile(r"\s*\}")
"""A brace that tests begin with, which ends the function that a completion leaves open."""
_NAMED = re.compile(
    r"candidate(?: :?= (?:method\(:)?|\(\) \{\s*|\(\.\.\.\$args\) \{\s*return )(\w+)|(?:assert|Assert)\((\w+)\("
)
"""Where tests name the function."""
_CLOSED = (r"\A\s*\}", "")
_RUN = (r"\Z", "test();")
_EMBEDDED: Mapping[str, Embedding] = {
    "javascript": Embedding(replaced=((r"^test\(\);\s*$", ""),), call="test()", restored=(_RUN,)),
    "typescript": Embedding(
        replaced=((r"^(?:test\(\);|declare var require: any;)\s*$", ""),),
        call="test()",
        restored=((r"\A", "declare var require: any;"), _RUN),
    ),
    "cpp": Embedding(
        replaced=(_CLOSED, (r"^int main\(\) \{", "void passgap_tests() {")),
        call="passgap_tests()",
        restored=((r"^void passgap_tests\(\) \{", "int main() {"),),
    ),
    "rust": Embedding(
        replaced=(_CLOSED, (r"^fn main\(\) \{", "fn passgap_tests() {")),
        call="passgap_tests()",
        restored=((r"^fn passgap_tests\(\) \{", "fn main() {"),),
    ),
    "go": Embedding(replaced=(), call="{}(&passgapTests{{}})", named=r"func (Test\w+)\("),
    "java": Embedding(
        replaced=(_CLOSED, (r"^(\s*)assert\(", r"\1check(")),
        call="PassgapTests.main(new String[0])",
        before="class PassgapTests extends Problem {\n"
        "    static void check(boolean holds) { if (!holds) throw new AssertionError(); }\n",
        restored=((r"^(\s*)check\(", r"\1assert("),),
    ),
    "csharp": Embedding(
        replaced=(_CLOSED, (r"^(\s*)Debug\.Assert\(", r"\1Check("), (r"\bMain\(", "Run(")),
        call="PassgapTests.Run(new string[0])",
        before="class PassgapTests : Problem {\n"
        "    static void Check(bool holds) { if (!holds) throw new System.Exception(); }\n",
        restored=((r"^(\s*)Check\(", r"\1Debug.Assert("), (r"\bRun\(", "Main(")),
    ),
    "ruby": Embedding(
        replaced=((r"^require 'test/unit'\s*$", ""),),
        call="TestHumanEval.new.{}",
        named=r"def (test_\w+)",
        before="module Test; module Unit; class TestCase\n"
        "  def assert_equal(expected, value) = (raise 'not equal' unless expected == value)\nend; end; end\n",
        restored=((r"\A", "require 'test/unit'"),),
    ),
    "php": Embedding(replaced=((r"^test\(\);\s*$", ""),), call="test()", restored=(_RUN,)),
    "bash": Embedding(
        replaced=(_CLOSED, (r"^run_test\s*$", ""), (r"^set -e\s*$", ""), (r"^(\s*\[\[.*\]\])\s*$", r"\1 || return 1")),
        call="run_test",
        restored=(
            (r"\n\n(?=run_test\(\) \{)", "\nset -e\n"),
            (r" \|\| return 1$", ""),
            (r"\Z", "run_test"),
        ),
    ),
}
"""How a language's tests are run beside a program that was whole before them."""


class MultiplE(Source):
    """A file of the set, for one language or several, as JSON lines."""

    name = NAME
    position = 5
    caption = "MultiPL-E: HumanEval and MBPP in other languages than Python (arXiv 2208.08227)"
    licence = "BSD-3-Clause, not to be used as training data"
    trains = False
    difficulty = "none stated"
    dates = "none stated; published in August 2022, after HumanEval of July 2021"
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any line is no problem of the set, or in a language whose functions
                cannot be called here.
        """
        assert path is not None, "a file is required"
        problems = read_rows(path, _problem, "MultiPL-E's problems", name=lambda problem: problem.id)
        return task_set(NAME, problems)

    def row_of(self, problem: Problem) -> dict[str, Any]:
        """The tests are written as the set writes them, each case on a line of its own."""
        language, _, name = problem.id.removeprefix(f"{NAME}/").partition("/")
        row = {
            "name": name,
            "language": _STATED.get(language, language),
            "prompt": problem.prompt,
            "tests": _written(problem),
        }
        return as_read(problem, row, _problem)


SOURCE = MultiplE()


def _problem(row: JsonObject) -> Problem:
    stated = str(row["language"])
    language = LANGUAGE_OF.get(stated, stated)
    if language not in LANGUAGES or language not in HARNESSES:
        known = ", ".join(name for name in HARNESSES if name in LANGUAGES)
        raise ValueError(f"functions in the language `{stated}` cannot be called; known: {known}")
    name, prompt = str(row["name"]), str(row["prompt"])
    tests, function = tests_of(language, prompt, str(row["tests"]))
    return Problem(
        id=f"{NAME}/{language}/{name}",
        prompt=prompt,
        prompt_kind=PromptKind.CODE,
        entry_point=function,
        tests=tests,
        source=NAME,
        language=language,
    )


def tests_of(language: str, prompt: str, tests: str) -> tuple[Tests, str]:
    """A problem's tests, split where they can be, and the name of the function that they call.

    Raises:
        ValueError: they are of a form that the set does not have.
    """
    begun = CLOSES.match(tests)
    closing = begun[0] if begun else ""
    if language in ("java", "csharp"):
        closing = f"{closing}\n}}\n"
    split = split_tests(language, tests)
    if split is not None and not (language == "cpp" and re.search(r"^union \w+\{", prompt, re.MULTILINE)):
        head = prompt.rstrip().removesuffix("}").rstrip()
        calls = CallTests(function=split.called, cases=split.cases, head=head + "\n", closing=closing)
        return calls, split.function
    code, call = embedded(_EMBEDDED.get(language), tests)
    named = _NAMED.search(tests)
    if named is None:
        raise ValueError("`tests` name no function")
    return EmbeddedTests(code=code, calls=(call,), head=prompt, closing=closing), next(filter(None, named.groups()))


def _written(problem: Problem) -> str:
    """The tests as the set writes them: what closes the program, and the tests themselves.

    Raises:
        ValueError: they are of a form that the set does not have.
    """
    tests, language = problem.tests, problem.language
    if not isinstance(tests, CallTests | EmbeddedTests) or problem.entry_point is None:
        raise ValueError(f"{problem.id}: tests of the style `{tests.style}` are none of the set")
    closed = tests.closing.removesuffix("\n}\n") if language in ("java", "csharp") else tests.closing
    try:
        if isinstance(tests, CallTests):
            return closed + written_calls(language, tests, problem.entry_point)
        return closed + unembedded(_EMBEDDED.get(language), tests.code)
    except ValueError as error:
        raise ValueError(f"{problem.id}: {error}") from error
