"""The arms of a study, by the data that they train on, if any: a filtered arm is never called minimal (P6, R13)."""

from __future__ import annotations

from enum import StrEnum


class Arm(StrEnum):
    """The treatment of the base model before it is evaluated."""

    BASE = "base"
    """Nothing: the base model at production decoding, the control of every other arm."""
    SSD = "ssd"
    """Minimal self-distillation: the model's own raw samples, nothing filtered but empty answers and stubs."""
    DECODE_ONLY = "decode-only"
    """The base model at another decoding: the control that needs no training."""

    @property
    def caption(self) -> str:
        """The arm's name in tables."""
        return {
            Arm.BASE: "base model (do nothing)",
            Arm.SSD: "minimal SSD",
            Arm.DECODE_ONLY: "decoding alone (nothing trained)",
        }[self]

    @property
    def trains(self) -> bool:
        """Whether there is anything to register and to train."""
        return self not in (Arm.BASE, Arm.DECODE_ONLY)
