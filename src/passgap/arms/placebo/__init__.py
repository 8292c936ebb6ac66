"""Placebo arms: the fine-tune of an arm that filters its samples, on as many samples drawn at random."""

from passgap.arms.placebo.arm import PlaceboArm
from passgap.arms.placebo.section import PlaceboSection

__all__ = ["PlaceboArm", "PlaceboSection"]
