"""The table of runners: every style of tests is judged by exactly one runner of each kind of toolchain."""

from __future__ import annotations

from types import SimpleNamespace
from typing import get_args

import pytest

from passgap.execution import SandboxExecutor, UnprotectedExecutor, selection
from passgap.execution.selection import NoRunner, runner_for
from passgap.execution.worker.runners import RUNNERS
from passgap.execution.worker.runners.base import (
    COMMANDS,
    INTERPRETER,
    OUTPUT_OUTSIDE,
    PROTOCOLS,
    TESTS_INSIDE,
    VALUES_OUTSIDE,
)
from passgap.languages import LANGUAGES, Toolchain
from passgap.languages.common.toolchain import NEVER_RUN, OWN_STYLES
from passgap.records import AssertTests, ExecutionJob, OutcomeKind, StdioCase, StdioTests, Tests

STYLES = {kind.model_fields["style"].default for kind in get_args(get_args(Tests)[0])}
TESTS = AssertTests(statements=("assert f() == 'ab'",))
PROGRAM = "from parts.first import a\ndef f():\n    with open('second.txt') as file:\n        return a + file.read()\n"
FILES = {"parts/first.py": "a = 'a'\n", "second.txt": "b"}


def test_every_runner_says_what_it_takes_and_what_decides() -> None:
    for name, runner in RUNNERS.items():
        assert runner.name == name
        assert runner.toolchain in (INTERPRETER, COMMANDS)
        assert runner.styles <= STYLES
        assert runner.protocol in PROTOCOLS


def test_no_two_runners_take_the_same() -> None:
    taken = [(runner.toolchain, style) for runner in RUNNERS.values() for style in runner.styles]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("style", sorted(STYLES - OWN_STYLES - NEVER_RUN))
def test_python_runs_with_tests_of_every_style(style: str) -> None:
    protocol = {"stdio": OUTPUT_OUTSIDE, "script": TESTS_INSIDE}.get(style, VALUES_OUTSIDE)
    assert runner_for("python", style).runner.protocol == protocol


@pytest.mark.parametrize(
    ("language", "style", "reason"),
    [
        ("klingon", "stdio", "does not know the language 'klingon'; it knows .*python"),
        ("read-only", "stdio", "Read-Only programs cannot be run: .* no toolchain"),
        (
            "compiled",
            "asserts",
            "Compiled programs cannot be run with tests of the style 'asserts', only with calls, embedded, repository, "
            "stdio",
        ),
        ("python", "proofs", "Python programs cannot be run with tests of the style 'proofs', only with asserts, "),
    ],
)
def test_what_no_runner_takes_is_said_for_people(
    language: str, style: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = Toolchain(file="main.c", build=(("cc", "main.c"),), run=("./a.out",))
    others = {
        "read-only": SimpleNamespace(title="Read-Only", toolchain=None),
        "compiled": SimpleNamespace(title="Compiled", toolchain=commands),
    }
    monkeypatch.setattr(selection, "LANGUAGES", {**LANGUAGES, **others})
    with pytest.raises(NoRunner, match=reason):
        runner_for(language, style)


def test_what_cannot_be_run_is_unscored_and_stops_nothing() -> None:
    jobs = [
        ExecutionJob(key="1", program=PROGRAM, files=FILES, tests=TESTS, language="klingon"),
        ExecutionJob(key="2", program=PROGRAM, files=FILES, tests=TESTS),
    ]
    with SandboxExecutor(workers=1) as executor:
        first, second = executor.run(jobs, ordered=True)
    assert first.outcome.kind is OutcomeKind.UNSCORED
    assert first.outcome.passed is None
    assert "klingon" in first.outcome.reason
    assert second.outcome.passed


def test_files_lie_beside_a_program_and_are_gone_with_it() -> None:
    tests = StdioTests(cases=(StdioCase(stdin="", stdout="ab"),))
    program = f"{PROGRAM}print(f())\n"
    jobs = [
        ExecutionJob(key="with", program=program, files=FILES, tests=tests),
        ExecutionJob(key="without", program=program, tests=tests),
        ExecutionJob(key="called", program=PROGRAM, files=FILES, tests=TESTS),
    ]
    with SandboxExecutor(workers=1) as executor:
        kinds = {result.key: result.outcome.kind for result in executor.run(jobs)}
    assert kinds == {"with": OutcomeKind.PASSED, "without": OutcomeKind.FAILED, "called": OutcomeKind.PASSED}


def test_files_count_towards_the_limit_of_a_program() -> None:
    job = ExecutionJob(key="1", program=PROGRAM, files={"large.txt": "x" * (1 << 20)}, tests=TESTS)
    with SandboxExecutor(workers=1) as executor:
        (result,) = executor.run([job])
    assert result.outcome.kind is OutcomeKind.REFUSED


def test_without_a_jail_no_files_are_written() -> None:
    job = ExecutionJob(key="1", program=PROGRAM, files=FILES, tests=TESTS)
    with UnprotectedExecutor(workers=1) as executor:
        (result,) = executor.run([job])
    assert result.outcome.kind is OutcomeKind.UNSCORED
    assert "jail" in result.outcome.reason


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.py", "a/../../up.py", "", ".", "x" * 300, "a\0b"])
def test_files_stay_below_the_programs_folder(path: str) -> None:
    with pytest.raises(ValueError, match="below the program's folder"):
        ExecutionJob(key="1", program="x", tests=TESTS, files={path: ""})


def test_a_file_is_no_folder() -> None:
    with pytest.raises(ValueError, match="lies below a file"):
        ExecutionJob(key="1", program="x", tests=TESTS, files={"a": "", "a/b": ""})


def test_languages_say_which_styles_of_tests_there_are_runners_for() -> None:
    styles = {style for runner in RUNNERS.values() for style in runner.styles}
    for name, language in LANGUAGES.items():
        for style in styles:
            try:
                runner_for(name, style)
            except NoRunner:
                assert not language.runs_with(style), (name, style)
            else:
                assert language.runs_with(style), (name, style)
