"""Arms that learn from pairs of a better and a worse answer: all that differs between them is the loss."""

from passgap.arms.preference.arm import PreferenceArm
from passgap.arms.preference.section import PreferenceSection

__all__ = ["PreferenceArm", "PreferenceSection"]
