"""Task sets, what models are asked, what they answered, and contamination between sets."""

from passgap.tasks.answers.extraction import Extraction, ExtractionRule, extract_code_blocks
from passgap.tasks.contamination import (
    ContaminationItem,
    ContaminationLog,
    ContaminationRule,
    clean_mix,
    clean_pool,
    find_contamination,
    find_mix_contamination,
    within_training_data,
)
from passgap.tasks.instruction_data import ExampleSet, MixSet, load_examples, load_mix, reference_examples
from passgap.tasks.jobs import execution_job
from passgap.tasks.json_lines import describe, read_json_lines
from passgap.tasks.kinds import KINDS, kind_of
from passgap.tasks.loading import load_tasks, refuse_judged_inside, refuse_unknown, refuse_without_toolchain
from passgap.tasks.prompt_styles import PromptStyle
from passgap.tasks.prompts import render
from passgap.tasks.solutions import Solution, read_solutions, submitted_by
from passgap.tasks.sources import SOURCES
from passgap.tasks.submissions import extract, extract_program
from passgap.tasks.taskset import TaskSet, subset, task_set

__all__ = [
    "KINDS",
    "SOURCES",
    "ContaminationItem",
    "ContaminationLog",
    "ContaminationRule",
    "ExampleSet",
    "Extraction",
    "ExtractionRule",
    "MixSet",
    "PromptStyle",
    "Solution",
    "TaskSet",
    "clean_mix",
    "clean_pool",
    "describe",
    "execution_job",
    "extract",
    "extract_code_blocks",
    "extract_program",
    "find_contamination",
    "find_mix_contamination",
    "kind_of",
    "load_examples",
    "load_mix",
    "load_tasks",
    "read_json_lines",
    "read_solutions",
    "reference_examples",
    "refuse_judged_inside",
    "refuse_unknown",
    "refuse_without_toolchain",
    "render",
    "submitted_by",
    "subset",
    "task_set",
    "within_training_data",
]
