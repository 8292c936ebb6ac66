"""Small explorers of problems, one with plain texts and one with hostile ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hostile import ENDLESS, EVERYTHING
from passgap.records import AssertTests, FinishReason, OutcomeKind, Problem, Result, SampleText
from passgap.report.explorer import ExploredModel, Explorer

PASSED, FAILED = OutcomeKind.PASSED, OutcomeKind.FAILED


def model(name: str, caption: str, passes: Sequence[Sequence[bool]], texts: Callable[[int, int], str]) -> ExploredModel:
    """A model of which is given, by problem and sample, whether it passes and what it says."""
    samples, results = {}, []
    for problem, row in enumerate(passes):
        identity = f"p/{problem}"
        samples[identity] = tuple(
            SampleText(identity, n, texts(problem, n), FinishReason.STOP, 20, 10) for n in range(len(row))
        )
        results += [
            Result(
                task_id=identity,
                sample=n,
                passed=passed,
                outcome=PASSED if passed else FAILED,
                reason="" if passed else f"AssertionError {EVERYTHING}",
                behaviour=None if passed else f"b{n % 2}",
            )
            for n, passed in enumerate(row)
        ]
    return ExploredModel(name, caption, samples, results)


def problems(count: int, extra: str = "") -> tuple[Problem, ...]:
    return tuple(
        Problem(
            id=f"p/{n}",
            prompt=f"Add {n}. {extra}",
            tests=AssertTests(statements=(f"assert add({n}) == {n + 1}", f"assert '{n}' {extra}")),
            source="made up",
            difficulty=("easy", "hard")[n % 2],
        )
        for n in range(count)
    )


def plain_explorer() -> Explorer:
    """Four problems: gained, lost, as before, and one that the second model was not measured on."""
    base = model("base", "base model", [[False] * 4, [True, False, False, False], [True] * 4, [False] * 4], _plain)
    tuned = model("ssd", "minimal SSD", [[True, False], [False, False], [True, True]], _plain)
    return Explorer("a study", problems(4), (base, tuned))


def hostile_explorer() -> Explorer:
    """Problems, programs, names and reasons that try to break out of the page."""
    base = model("base", f"base {EVERYTHING}", [[False, True]] * 2, lambda p, n: f"{EVERYTHING}\n{p} {n}")
    tuned = model("ssd", f"tuned {EVERYTHING}", [[True, False]] * 2, lambda p, n: f"{ENDLESS}{p}{n}")
    return Explorer(EVERYTHING, problems(2, EVERYTHING), (base, tuned))


def _plain(problem: int, sample: int) -> str:
    return f"def add(x):\n    # problem {problem}\n    return x + {sample // 2}\n"
