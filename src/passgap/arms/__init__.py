"""The arms of a study, one file per arm: what can be done with a base model, each yielding a candidate.

An arm is the constant ``ARM`` of a module here, or an entry point of the group ``passgap.arms``. Everything that can be
done differs only here: the study registers, evaluates, probes and compares all candidates alike.
"""

from __future__ import annotations

from typing import Any

from passgap.arms.base import Arm, Candidate, Lab, Origin, Work
from passgap.moves import Move
from passgap.registry import Registry

ARMS: Registry[Arm[Any]] = Registry(package="passgap.arms", attribute="ARM", group="passgap.arms", noun="arm")

BASE = "base"
"""The arm that does nothing."""


def arm_of(name: str) -> Arm[Any]:
    """The arm of a name, or of a move (:mod:`passgap.moves`).

    Raises:
        UnknownMemberError: there is no such arm.
    """
    return ARMS[Move(name).arm if name not in ARMS and name in tuple(Move) else name]


__all__ = ["ARMS", "BASE", "Arm", "Candidate", "Lab", "Origin", "Work", "arm_of"]
