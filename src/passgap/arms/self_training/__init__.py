"""Arms that train a model on its own samples of the pool: all that differs between them is which samples they take."""

from passgap.arms.self_training.arm import SelfTrainingArm
from passgap.arms.self_training.section import SelfTrainingSection
from passgap.arms.self_training.selection import Selection

__all__ = ["Selection", "SelfTrainingArm", "SelfTrainingSection"]
