"""Selects the runner of a job, by the toolchain of the job's language and the style of its tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from passgap.execution.worker.runners import RUNNERS
from passgap.execution.worker.runners.base import INTERPRETER, Runner

TOOLCHAINS = {"python": INTERPRETER}
"""The kind of toolchain of each language that can be run."""


class NoRunner(Exception):  # noqa: N818 - an answer: the message says why
    """No runner takes programs of a language with tests of a style."""


def runner_for(language: str, style: str) -> Runner[Any]:
    """Return the runner of programs in a language with tests of a style.

    Raises:
        NoRunner: there is none; the message says why, for people.
    """
    if language not in TOOLCHAINS:
        raise NoRunner(f"{language} programs cannot be run here, only those in {listed(TOOLCHAINS)}")
    runners = [runner for runner in RUNNERS.values() if runner.toolchain == TOOLCHAINS[language]]
    for runner in runners:
        if style in runner.styles:
            return runner
    styles = {each for runner in runners for each in runner.styles}
    raise NoRunner(f"{language} programs cannot be run with tests of the style {style!r}, only with {listed(styles)}")


def listed(names: Iterable[str]) -> str:
    """List names in a sentence."""
    return ", ".join(sorted(names))
