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
    missing = missing_here(needed, prepared=True)
    if missing:
        raise StudyError(f"{where} holds problems whose toolchain or environment is not on this machine", missing)


def missing_here(needed: Iterable[RunsIn], *, prepared: bool = False) -> list[str]:
    """The toolchains and environments that are not on this machine, each with what brings it.

    Args:
        needed: by problems that are to be scored.
        prepared: whether the caches of those that are here are made too, which may take a minute once.
    """
    missing = []
    for each in sorted(set(needed), key=lambda one: (one.language, one.environment or "")):
        try:
            if each.environment is not None:
                found_environment(each.language, each.environment)
            elif needs_commands(each.language):
                found = found_toolchain(each.language)
                _ = found.cache if prepared else None
        except MissingToolchain as error:
            missing.append(f"{error}.")
    return missing
