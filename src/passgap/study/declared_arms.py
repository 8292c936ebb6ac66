"""The arms that a study declares, in their order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from passgap.arms import ARMS, Arm, arm_of
from passgap.spec import StudySpec
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class DeclaredProblems:
    """A study with its problems, before anything is measured for an arm (:class:`passgap.arms.base.DeclaredStudy`)."""

    spec: StudySpec
    splits: Splits


def declared_arms(spec: StudySpec) -> tuple[tuple[Arm[Any], Any], ...]:
    """Every arm that a study declares, with its section."""
    return tuple((arm, spec.arms[name]) for name, arm in ARMS.items() if name in spec.arms)


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names of arms in the order in which they are run and shown, each once.

    Raises:
        StudyError, UnknownMemberError: one of them is no arm that can be run.
    """
    asked = {arm_of(name).name for name in names}
    return tuple(name for name in ARMS if name in asked)
