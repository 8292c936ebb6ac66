"""Whole programs in every language that try to pass without an answer, to outlive their run, or to harm the host."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from passgap.execution import SandboxExecutor
from passgap.execution.toolchains import MissingToolchain, finding, found_toolchain, message
from passgap.languages import LANGUAGES, BuildLimits, needs_commands
from passgap.records import ExecutionJob, Limits, OutcomeKind, StdioCase, StdioTests

sys.path.insert(0, str(Path(__file__).parent))

from attacked_host import SECRET, Host, attacked_host
from attacks import load_file

FOLDER = Path(__file__).parent / "toolchains"
QUICK = ("bash", "javascript")
"""Languages that are tried in the fast tests."""
LIMITS = Limits(seconds=2.0, memory_bytes=512 << 20, processes=32)
BUILD_SECONDS = 4.0
TESTS = StdioTests(cases=(StdioCase(stdin="41\n", stdout=f"{SECRET}\n"),))
"""The expected output, which is nowhere in the jail."""


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    with tempfile.TemporaryDirectory() as folder, attacked_host(Path(folder), monkeypatch) as one:
        yield one


@pytest.mark.parametrize(
    "language", [pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow,)) for name in LANGUAGES]
)
def test_no_program_passes_stays_or_harms_the_host(language: str, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    if not needs_commands(language):
        pytest.skip("its programs have a corpus of their own")
    try:
        _ = found_toolchain(language).cache
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    shorten_builds(language, monkeypatch)
    toolchain = LANGUAGES[language].toolchain
    assert toolchain is not None
    cases = {case.name: case for case in load_file(FOLDER / f"{language}.txt")}
    jobs = [
        ExecutionJob(key=name, program=host.fill(case.program), tests=TESTS, language=language, limits=LIMITS)
        for name, case in cases.items()
    ]
    honest = StdioTests(cases=(StdioCase(stdin="a\n", stdout="a\n"),))
    jobs += [ExecutionJob(key="honest", program=toolchain.proof, tests=honest, language=language)]
    with SandboxExecutor(workers=1) as executor:
        results = {result.key: result.outcome for result in executor.run(jobs, ordered=True)}
        marks = host.marks()
    wrong = [
        f"{name}: {results[name].kind} ({results[name].reason})"
        for name, case in cases.items()
        if results[name].kind not in case.allowed
    ]
    assert not wrong, "\n".join(wrong)
    assert results["honest"].passed, results["honest"]
    assert not marks


def shorten_builds(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a build take seconds rather than a minute, since some never end."""
    found = found_toolchain(language)
    limits = BuildLimits(seconds=BUILD_SECONDS, memory_bytes=1 << 30)
    short = replace(found, toolchain=replace(found.toolchain, limits=limits))
    monkeypatch.setattr(finding, "_looked_for", lambda _: short)
    monkeypatch.setattr(message, "_parts_of", message._parts_of.__wrapped__)


def test_every_language_with_a_toolchain_has_a_corpus_in_which_nothing_may_pass() -> None:
    for language in LANGUAGES:
        if needs_commands(language):
            cases = load_file(FOLDER / f"{language}.txt")
            assert cases, language
            assert all(OutcomeKind.PASSED not in case.allowed for case in cases)
