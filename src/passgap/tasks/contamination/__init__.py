"""Contamination: is something of a held-out set in what a model is trained on?"""

from passgap.tasks.contamination.findings import ContaminationItem, ContaminationLog, ContaminationRule
from passgap.tasks.contamination.instruction_data import clean_mix, find_mix_contamination
from passgap.tasks.contamination.problems import clean_pool, find_contamination, within_training_data

__all__ = [
    "ContaminationItem",
    "ContaminationLog",
    "ContaminationRule",
    "clean_mix",
    "clean_pool",
    "find_contamination",
    "find_mix_contamination",
    "within_training_data",
]
