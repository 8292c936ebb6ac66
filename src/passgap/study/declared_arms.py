"""The arms that a study declares, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from passgap.arms import ARMS, Arm, arm_of
from passgap.spec import StudySpec
from passgap.spec.pilot import with_recipe
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class DeclaredProblems:
    """A study with its problems, before anything is measured for an arm (:class:`passgap.arms.base.DeclaredStudy`)."""

    spec: StudySpec
    splits: Splits


def declared_arms(spec: StudySpec) -> tuple[tuple[Arm[Any], Any], ...]:
    """Every arm that a study declares, with its section."""
    return tuple((arm, spec.arms[name]) for name, arm in ARMS.items() if name in spec.arms)


def possible_sections(spec: StudySpec) -> tuple[tuple[Arm[Any], Any], ...]:
    """Every declared arm with its section, and once more with each recipe that a search tries."""
    search = spec.pilot
    tried = search.tried(spec.seed) if search is not None and search.arm in spec.arms else ()
    further = ((ARMS[search.arm], with_recipe(spec.arms[search.arm], each)) for each in tried if search is not None)
    return (*declared_arms(spec), *further)


ALL = "all"
"""In the place of an arm's name: every arm that the study declares."""


def in_order(names: Iterable[str], spec: StudySpec) -> tuple[str, ...]:
    """Names of arms in the order in which they are run and shown, each once; :data:`ALL` stands for those declared.

    Raises:
        StudyError, UnknownMemberError: one of them is no arm that can be run.
    """
    given = set(names)
    asked = {arm_of(name).name for name in given - {ALL}}
    if ALL in given:
        asked |= {arm.name for arm, _ in declared_arms(spec)}
    return tuple(name for name in ARMS if name in asked)
