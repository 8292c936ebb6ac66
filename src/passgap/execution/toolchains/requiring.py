"""Refuses problems whose programs cannot be run on this machine."""

from __future__ import annotations

from collections.abc import Iterable

from passgap.errors import StudyError
from passgap.execution.toolchains.environments import found_environment
from passgap.execution.toolchains.finding import MissingToolchain, found_toolchain
from passgap.languages import needs_commands
from passgap.records import RunsIn


def refuse_missing(needed: Iterable[RunsIn], where: str) -> None:
    """Refuse problems whose toolchain or environment is not on this machine, before anything is sampled.

    Args:
        needed: by problems that are to be scored.
        where: the problems, as a message calls them.

    Raises:
        StudyError: at least one is missing; every one is named, with what brings it.
    """
    missing = []
    for each in sorted(set(needed), key=lambda one: (one.language, one.environment or "")):
        try:
            if each.environment is not None:
                found_environment(each.language, each.environment)
            elif needs_commands(each.language):
                _ = found_toolchain(each.language).cache
        except MissingToolchain as error:
            missing.append(f"{error}.")
    if missing:
        raise StudyError(f"{where} holds problems whose toolchain or environment is not on this machine", missing)
