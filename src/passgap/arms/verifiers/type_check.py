"""Type check: whether mypy finds no type error in a sample, its untyped functions included.

mypy reads the samples as data and executes nothing of them. It runs inside the sandbox all the same: its parser is
given untrusted text, and the jail holds nothing but mypy, the samples and this machine's Python. Many samples are
checked in one call, one module a file, because starting mypy takes longer than checking a hundred small programs.

A sample cannot turn the check off. mypy gets the program's syntax tree written out again, so that comments such as
``# type: ignore`` and ``# mypy: ignore-errors`` are gone; it reads no configuration file, and without one no plugin.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from pydantic import JsonValue

from passgap.arms.base import DeclaredStudy, Lab, Work
from passgap.arms.self_training.selection import POOL
from passgap.arms.verifiers.base import Scores, Verifier
from passgap.languages import DEFAULT_LANGUAGE
from passgap.languages.python.syntax import tree_of
from passgap.records import AssertTests, ExecutionJob, Limits, Outcome, OutcomeKind, Result, SampleKey, SampleText

if TYPE_CHECKING:
    from passgap.arms.self_training.pool import PoolSamples
    from passgap.ports import Executor, Progress
    from passgap.stages.verification import Check

TOOL = "mypy"
OPTIONS = (
    "--check-untyped-defs",
    "--config-file=",
    "--no-site-packages",
    "--ignore-missing-imports",
    "--no-incremental",
    "--cache-dir=/dev/null",
    "--no-error-summary",
    "--hide-error-context",
    "--no-color-output",
)
"""Libraries that are not part of Python are unknown, and so are their types: a wrong call of one is not found."""
FILES_AT_ONCE = 400
"""Programs in one call; a call that fails leaves as many unchecked."""
BYTES_AT_ONCE = 8 << 20
LIMITS = Limits(seconds=600.0, memory_bytes=4 << 30, program_bytes=BYTES_AT_ONCE + (1 << 20))
"""Of one call: mypy takes about a second to start and some milliseconds a program."""

DRIVER = """
import re
from mypy import api

WHERE = re.compile(r"^(s\\d+\\.py):.*?: error: (INTERNAL ERROR)?", re.MULTILINE)
left, wrong, crashed = {names!r}, set(), set()
while left:
    out, errors, status = api.run([*{options!r}, *left])
    found = WHERE.findall(out + errors)
    wrong.update(name for name, internal in found if not internal)
    stopped = {{name for name, internal in found if internal}}
    crashed.update(stopped)
    if status != 2:
        break
    # An error such as a `return` outside of a function stops the whole call: the others are checked without that file.
    rest = [name for name in left if name not in wrong and name not in stopped]
    if len(rest) == len(left):
        raise RuntimeError(errors[-200:] or out[-200:])
    left = rest


def checked(name):
    return name not in crashed


def accepted(name):
    return name not in wrong
"""
"""Runs in the jail. Which files have an error goes out as the outcomes of its tests, one pair for each file."""


class TypeCheck(Verifier):
    """Runs mypy on every program."""

    name = "type-check"
    caption = "type check"
    position = 20.0
    source = "mypy"
    rule = f"1 where `{TOOL} --check-untyped-defs` reports no error for the program without its comments, else 0"

    def lacks(self, study: DeclaredStudy, at: str) -> Iterator[str]:
        """mypy has to be installed, and reads Python."""
        if not self.versions():
            yield (
                f"{at}: `{self.name}` needs mypy, which is not installed here. Install the extra that brings it: "
                f"`pip install 'passgap[verifiers]'`."
            )
        others = sorted({each.language for each in study.splits.pool.problems} - {DEFAULT_LANGUAGE})
        if others:
            yield f"{at}: `{self.name}` reads Python, and the pool has problems in {', '.join(others)}."

    def settings(self) -> dict[str, JsonValue]:
        """The options of mypy."""
        return {"options": list(OPTIONS)}

    def versions(self) -> dict[str, str]:
        """The version of mypy; empty where it is not installed."""
        try:
            return {TOOL: version(TOOL)}
        except PackageNotFoundError:
            return {}

    def work(self, sampling: Work) -> tuple[Work, ...]:
        """Every sample is checked once."""
        return (replace(sampling, results=f"{POOL}-{self.name}", run=True, draw=False, title="verify the pool"),)

    def verify(self, pool: PoolSamples, lab: Lab) -> Scores:
        """Check every program."""
        from passgap.stages import cost_of  # noqa: PLC0415 - a study is checked without these
        from passgap.stages.verification import VerificationPlan, verify  # noqa: PLC0415

        programs = dict(zip((each.key for each in pool.samples), pool.programs, strict=True))
        plan = VerificationPlan(
            name=f"{POOL}-{self.name}", inputs={"options": list(OPTIONS), "versions": dict(self.versions())}
        )
        ran = verify(plan, pool.artifact, lambda *_: _checking(programs), lab.stage)
        checked_with = ran.inputs.get("versions")
        versions = (
            {name: str(number) for name, number in checked_with.items()} if isinstance(checked_with, dict) else {}
        )
        return Scores(pool.shares_of(ran), (cost_of(ran),), versions)


VERIFIER = TypeCheck()


@contextmanager
def _checking(programs: Mapping[SampleKey, str]) -> Iterator[Check]:
    """Open a sandbox that holds mypy, apart from the one that programs are run in, which must not have it."""
    from passgap.execution import SandboxExecutor  # noqa: PLC0415 - a study is checked without it

    with SandboxExecutor(workers=1, packages=(TOOL,)) as executor:

        def check(samples: Sequence[SampleText], progress: Progress) -> Iterator[Result]:
            sources = [without_comments(programs[each.key]) for each in samples]
            unique = list(dict.fromkeys(each for each in sources if each is not None))
            found = check_types(unique, executor)
            for sample, source in zip(samples, sources, strict=True):
                outcome = _no_program(programs[sample.key]) if source is None else found[source]
                yield Result.of(sample.problem_id, sample.index, outcome, "")
            progress(len(samples))

        yield check


def without_comments(program: str) -> str | None:
    """The program as its syntax tree says it, without comments; None where it does not parse."""
    tree = tree_of(program)
    try:
        return ast.unparse(tree) if tree is not None and program.strip() else None
    except RecursionError:
        return None


def check_types(sources: Sequence[str], executor: Executor) -> dict[str, Outcome]:
    """Whether mypy accepts each of these programs.

    Args:
        sources: distinct programs, none of which is empty.
        executor: a sandbox in which mypy can be imported.

    Returns:
        the outcome by program; one that mypy itself failed on is ``unscored``.
    """
    found: dict[str, Outcome] = {}
    for batch in _batches(sources):
        found.update(zip(batch, _checked(batch, executor), strict=True))
    return found


def _checked(batch: Sequence[str], executor: Executor) -> Iterator[Outcome]:
    names = [f"s{number}.py" for number in range(len(batch))]
    statements = [f"assert {function}({name!r})" for name in names for function in ("checked", "accepted")]
    job = ExecutionJob(
        key="types",
        program=DRIVER.format(names=names, options=list(OPTIONS)),
        files=dict(zip(names, batch, strict=True)),
        tests=AssertTests(statements=tuple(statements)),
        limits=LIMITS,
    )
    [result] = executor.run([job])
    cases = (result.outcome.cases or "").ljust(len(statements), "?")
    each = result.outcome.seconds / len(batch)
    for number in range(len(batch)):
        known, accepted = cases[2 * number], cases[2 * number + 1]
        if known != "P" or accepted == "?":
            reason = "mypy failed on it" if known == "F" else f"mypy gave no answer: {result.outcome.reason}"
            yield Outcome(kind=OutcomeKind.UNSCORED, reason=reason, seconds=each)
        elif accepted == "P":
            yield Outcome(kind=OutcomeKind.PASSED, seconds=each, cases="P")
        else:
            yield Outcome(kind=OutcomeKind.FAILED, reason="mypy reports an error", seconds=each, cases="F")


def _batches(sources: Sequence[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    size = 0
    for source in sources:
        length = len(source.encode("utf-8", "surrogatepass"))
        if batch and (len(batch) == FILES_AT_ONCE or size + length > BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(source)
        size += length
    if batch:
        yield batch


def _no_program(program: str) -> Outcome:
    if not program.strip():
        return Outcome(kind=OutcomeKind.REFUSED, reason="there is no program", seconds=0.0)
    return Outcome(kind=OutcomeKind.FAILED, reason="the program does not parse", seconds=0.0, cases="F")
