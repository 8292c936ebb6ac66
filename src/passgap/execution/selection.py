"""Selects the runner of a job, by the toolchain of the job's language and the style of its tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from passgap.execution.worker.runners import RUNNERS
from passgap.execution.worker.runners.base import COMMANDS, INTERPRETER, Runner
from passgap.languages import LANGUAGES, SCRIPT, Toolchain


class NoRunner(Exception):  # noqa: N818 - an answer: the message says why
    """No runner takes programs of a language with tests of a style."""


@dataclass(frozen=True)
class Selection:
    """The runner of a job, and the toolchain that it uses."""

    runner: Runner[Any, Any]
    toolchain: Toolchain


def runner_for(language: str, style: str, environment: str | None = None) -> Selection:
    """Return the runner of programs in a language with tests of a style, in an environment where they name one.

    Raises:
        NoRunner: there is none; the message says why, for people.
    """
    if language not in LANGUAGES:
        raise NoRunner(f"passgap does not know the language {language!r}; it knows {listed(LANGUAGES)}")
    title, toolchain = LANGUAGES[language].title, LANGUAGES[language].toolchain
    if environment is not None or style == SCRIPT:
        toolchain = LANGUAGES[language].environments
        if toolchain is None:
            raise NoRunner(
                f"tests of {title} programs cannot be run in an environment that is brought: there is no such"
            )
    if toolchain is None:
        raise NoRunner(f"{title} programs cannot be run: passgap can read them, but knows no toolchain for them")
    wanted = COMMANDS if toolchain.needs_commands else INTERPRETER
    runners = [runner for runner in RUNNERS.values() if runner.toolchain == wanted]
    for runner in runners:
        if style in runner.styles:
            return Selection(runner, toolchain)
    styles = {each for runner in runners for each in runner.styles} - {SCRIPT}
    raise NoRunner(f"{title} programs cannot be run with tests of the style {style!r}, only with {listed(styles)}")


def listed(names: Iterable[str]) -> str:
    """List names in a sentence."""
    return ", ".join(sorted(names))
