"""Run programs against plain asserts and say which held: ``python -m starter_proof.worker < jobs > results``.

Each line of standard input is a :class:`Job`, each line of standard output its :class:`Answer`. These are our own
programs and their mutants, so an alarm and a memory limit are enough; code that nobody trusts belongs in passgap's
sandbox.
"""

from __future__ import annotations

import ast
import contextlib
import copy
import io
import json
import resource
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

REFERENCE_SECONDS = 1.0
MUTANT_SECONDS = 0.05
"""Processor time for loading a program, and for each of its calls. References take microseconds; a mutant that takes
milliseconds is in an endless loop."""
MEMORY_BYTES = 2 << 30


@dataclass(frozen=True)
class Job:
    """A reference solution, wrong programs, and the statements that tell them apart."""

    key: str
    reference: str
    mutants: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The result of a job. A pass vector has one letter per statement.

    ``P`` held, ``F`` did not, ``T`` ran out of time, ``E`` raised, ``?`` is not of the form
    ``assert f(literals) == literal``.
    """

    key: str
    reference: str
    again: str
    """The reference's pass vector in a second run in the same process."""
    spoiled: tuple[str, ...]
    """Statements whose arguments the reference changed."""
    surviving: tuple[int, ...]
    """The mutants that passed every statement, by position."""


@dataclass(frozen=True)
class Case:
    """One statement taken apart."""

    name: str
    args: list[Any]
    keywords: dict[str, Any]
    expected: Any


class OutOfTime(BaseException):
    """Raised by the alarm; no ``except Exception`` of a mutant may catch it."""


def main() -> None:
    """Serve jobs until the input ends."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    signal.signal(signal.SIGVTALRM, _ring)
    out = sys.stdout
    for line in sys.stdin:
        with contextlib.redirect_stdout(io.StringIO()):
            answer = prove(Job(**json.loads(line)))
        out.write(json.dumps(asdict(answer)) + "\n")
        out.flush()


def prove(job: Job) -> Answer:
    """Run the reference twice on every statement, and each mutant up to the first statement that it fails."""
    cases = [case_of(text) for text in job.statements]
    usable = [case for case in cases if case is not None]
    stated = list(zip(job.statements, cases, strict=True))
    return Answer(
        key=job.key,
        reference="".join(letters(job.reference, cases, REFERENCE_SECONDS)),
        again="".join(letters(job.reference, cases, REFERENCE_SECONDS)),
        spoiled=tuple(text for text, case in stated if case and _spoils(job.reference, case)),
        surviving=tuple(number for number, mutant in enumerate(job.mutants) if _survives(mutant, usable)),
    )


def _survives(mutant: str, cases: Sequence[Case]) -> bool:
    return all(letter == "P" for letter in letters(mutant, cases, MUTANT_SECONDS))


def case_of(statement: str) -> Case | None:
    """Take ``assert f(literals) == literal`` apart (also ``is True/False/None``); None for anything else."""
    match ast.parse(statement).body:
        case [
            ast.Assert(
                test=ast.Compare(
                    left=ast.Call(func=ast.Name(id=name)) as call, ops=[ast.Eq() | ast.Is()], comparators=[right]
                )
            )
        ]:
            try:
                return Case(
                    name=name,
                    args=[ast.literal_eval(each) for each in call.args],
                    keywords={each.arg: ast.literal_eval(each.value) for each in call.keywords if each.arg},
                    expected=ast.literal_eval(right),
                )
            except ValueError:
                return None
    return None


def letters(program: str, cases: Sequence[Case | None], seconds: float) -> Iterator[str]:
    """One letter per case, for a program that is loaded once; each is computed when it is asked for."""
    function_of = _load(program, seconds)
    for case in cases:
        yield "?" if case is None else _letter(function_of, copy.deepcopy(case), seconds)


def _letter(function_of: Callable[[str], Callable[..., Any]], case: Case, seconds: float) -> str:
    try:
        with _alarm(seconds):
            value = function_of(case.name)(*case.args, **case.keywords)
            same = value is case.expected if isinstance(case.expected, bool | None) else value == case.expected
            return "P" if same else "F"
    except OutOfTime:
        return "T"
    except BaseException:  # noqa: BLE001 - whatever a mutant raises is an outcome
        return "E"


def _load(program: str, seconds: float) -> Callable[[str], Callable[..., Any]]:
    namespace: dict[str, Any] = {"__name__": "candidate"}
    try:
        with _alarm(seconds):
            exec(compile(program, "candidate", "exec"), namespace)
    except BaseException:  # noqa: BLE001 - a mutant that cannot be loaded has no functions, and fails everything
        namespace.clear()
    return namespace.__getitem__


def _spoils(program: str, case: Case) -> bool:
    used = copy.deepcopy(case)
    _letter(_load(program, REFERENCE_SECONDS), used, REFERENCE_SECONDS)
    return used != case


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def _ring(_signal: int, _frame: object) -> None:
    raise OutOfTime


if __name__ == "__main__":
    main()
