"""MultiPL-E (Cassano et al. 2022, arXiv 2208.08227): HumanEval and MBPP in other languages, in its own format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from passgap.harnesses import HARNESSES
from passgap.languages import LANGUAGES
from passgap.records import CallTests, EmbeddedTests, Problem, PromptKind, Tests
from passgap.tasks.call_tests import Embedding, embedded, split_tests
from passgap.tasks.json_lines import JsonObject, read_json_lines
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
CLOSES = re.compile(r"\s*\}")
"""A brace that tests begin with, which ends the function that a completion leaves open."""
_NAMED = re.compile(
    r"candidate(?: :?= (?:method\(:)?|\(\) \{\s*|\(\.\.\.\$args\) \{\s*return )(\w+)|(?:assert|Assert)\((\w+)\("
)
"""Where tests name the function."""
_CLOSED = (r"\A\s*\}", "")
_EMBEDDED: Mapping[str, Embedding] = {
    "javascript": Embedding(replaced=((r"^test\(\);\s*$", ""),), call="test()"),
    "typescript": Embedding(replaced=((r"^(?:test\(\);|declare var require: any;)\s*$", ""),), call="test()"),
    "cpp": Embedding(replaced=(_CLOSED, (r"^int main\(\) \{", "void passgap_tests() {")), call="passgap_tests()"),
    "rust": Embedding(replaced=(_CLOSED, (r"^fn main\(\) \{", "fn passgap_tests() {")), call="passgap_tests()"),
    "go": Embedding(replaced=(), call="{}(&passgapTests{{}})", named=r"func (Test\w+)\("),
    "java": Embedding(
        replaced=(_CLOSED, (r"^(\s*)assert\(", r"\1check(")),
        call="PassgapTests.main(new String[0])",
        before="class PassgapTests extends Problem {\n"
        "    static void check(boolean holds) { if (!holds) throw new AssertionError(); }\n",
    ),
    "csharp": Embedding(
        replaced=(_CLOSED, (r"^(\s*)Debug\.Assert\(", r"\1Check("), (r"\bMain\(", "Run(")),
        call="PassgapTests.Run(new string[0])",
        before="class PassgapTests : Problem {\n"
        "    static void Check(bool holds) { if (!holds) throw new System.Exception(); }\n",
    ),
    "ruby": Embedding(
        replaced=((r"^require 'test/unit'\s*$", ""),),
        call="TestHumanEval.new.{}",
        named=r"def (test_\w+)",
        before="module Test; module Unit; class TestCase\n"
        "  def assert_equal(expected, value) = (raise 'not equal' unless expected == value)\nend; end; end\n",
    ),
    "php": Embedding(replaced=((r"^test\(\);\s*$", ""),), call="test()"),
    "bash": Embedding(
        replaced=(_CLOSED, (r"^run_test\s*$", ""), (r"^set -e\s*$", ""), (r"^(\s*\[\[.*\]\])\s*$", r"\1 || return 1")),
        call="run_test",
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

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the problems of a file.

        Raises:
            StudyError: the file is not there, or any line is no problem of the set, or in a language whose functions
                cannot be called here.
        """
        assert path is not None, "a file is required"
        problems = read_json_lines(path, _problem, "MultiPL-E's problems", lambda problem: problem.id)
        return task_set(NAME, problems)


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
