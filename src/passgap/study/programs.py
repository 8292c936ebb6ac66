"""The program of a sample, for scoring and for selection alike."""

from __future__ import annotations

from passgap.records import FinishReason, Problem, Prompt, Sample, SampleText
from passgap.tasks import Extraction, extract


def program_of(sample: Sample | SampleText, problem: Problem, prompt: Prompt) -> Extraction:
    """Take the program out of a sample; a block that nothing closes was cut where the token limit ended it."""
    return extract(sample.completion, problem, prompt, cut=sample.finish_reason is FinishReason.LENGTH)
