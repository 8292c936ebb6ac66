"""The interface of an arm, the means that it may use, and the candidate that it yields."""

from passgap.arms.base.arm import POOL_REFERENCES, Arm, Place
from passgap.arms.base.candidate import Candidate, PromptChange, TrainingCounts
from passgap.arms.base.lab import Course, DeclaredStudy, Lab
from passgap.arms.base.origin import Origin
from passgap.arms.base.work import Work

__all__ = [
    "POOL_REFERENCES",
    "Arm",
    "Candidate",
    "Course",
    "DeclaredStudy",
    "Lab",
    "Origin",
    "Place",
    "PromptChange",
    "TrainingCounts",
    "Work",
]
