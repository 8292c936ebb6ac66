"""Task sets, what models are asked, what they answered, and contamination between sets."""

from passgap.languages.python.assertions import assertions_of
from passgap.tasks.answers.extraction import Extraction, ExtractionRule, extract, extract_code_blocks, extract_program
from passgap.tasks.contamination.instruction_data import clean_mix, find_mix_contamination
from passgap.tasks.contamination.problems import (
    ContaminationItem,
    ContaminationLog,
    ContaminationRule,
    clean_pool,
    find_contamination,
    within_training_data,
)
from passgap.tasks.instruction_data import MixSet, load_mix
from passgap.tasks.json_lines import read_rows
from passgap.tasks.loading import load_tasks, refuse_unknown
from passgap.tasks.prompts import PromptStyle, render, style_for
from passgap.tasks.solutions import Solution, program_of_solution, read_solutions
from passgap.tasks.taskset import TaskSet, subset, task_set

__all__ = [
    "ContaminationItem",
    "ContaminationLog",
    "ContaminationRule",
    "Extraction",
    "ExtractionRule",
    "MixSet",
    "PromptStyle",
    "Solution",
    "TaskSet",
    "assertions_of",
    "clean_mix",
    "clean_pool",
    "extract",
    "extract_code_blocks",
    "extract_program",
    "find_contamination",
    "find_mix_contamination",
    "load_mix",
    "load_tasks",
    "program_of_solution",
    "read_rows",
    "read_solutions",
    "refuse_unknown",
    "render",
    "style_for",
    "subset",
    "task_set",
    "within_training_data",
]
