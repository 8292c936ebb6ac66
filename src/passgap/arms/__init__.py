"""The arms of a study, one file per arm: what can be done with a base model, each yielding a candidate.

An arm is the constant ``ARM`` of a module here, or an entry point of the group ``passgap.arms``. Everything that can be
done differs only here: the study registers, evaluates, probes and compares all candidates alike.
"""

from __future__ import annotations

from typing import Any

from passgap.arms.base import Arm, Candidate, Lab, Origin, Work
from passgap.errors import StudyError
from passgap.moves import Move
from passgap.registry import Registry

ARMS: Registry[Arm[Any]] = Registry(package="passgap.arms", attribute="ARM", group="passgap.arms", noun="arm")

BASE = "base"
"""The arm that does nothing."""


def arm_of(name: str) -> Arm[Any]:
    """The arm of a name.

    Raises:
        StudyError: it is a move that passgap does not carry out yet.
        UnknownMemberError: there is no such arm.
    """
    if name not in ARMS and name in tuple(Move):
        move = Move(name)
        if move.arm in ARMS:
            return ARMS[move.arm]
        raise StudyError(
            f"passgap does not run `{name}` yet",
            [
                f"{move.caption[0].upper()}{move.caption[1:]} can be declared as comparator and named by a verdict. "
                f"The arms that it runs: {', '.join(ARMS.names())}."
            ],
        )
    return ARMS[name]


__all__ = ["ARMS", "BASE", "Arm", "Candidate", "Lab", "Origin", "Work", "arm_of"]
