"""The predicted cost of a study before any speed was measured: from the declared parameters, on an assumed device.

A token takes about two floating-point operations a parameter to sample and six to train on (Kaplan et al. 2020,
arXiv 2001.08361, section 2.1). The speeds are those of a good device of its kind, so that the estimate is a low one: it
refuses what no such device could do, and nothing else.
"""

from __future__ import annotations

from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.study.declared_arms import declared_arms
from passgap.study.repetitions import repetitions_of, works_of

OPERATIONS_PER_SECOND = {"cpu": 2e11, "gpu": 1e14}
"""Sustained floating-point operations a second that a device is taken to do."""

TO_SAMPLE, TO_TRAIN = 2, 6
"""Floating-point operations a parameter and token."""

ASSUMPTION = "the declared parameters, before anything was measured"


def assumed_tokens_per_second(spec: StudySpec, *, training: bool = False) -> float:
    """Tokens a device-second, sampled or trained on."""
    operations = (TO_TRAIN if training else TO_SAMPLE) * (spec.model.active_parameters or spec.model.parameters)
    return OPERATIONS_PER_SECOND[spec.budget.device] / operations


def assumed_hours(spec: StudySpec, heldout: int, pool: int) -> dict[str, float]:
    """Device-hours of the declared arms and the base model by part of the budget, with completions of full length.

    Args:
        spec: the study.
        heldout: its held-out problems.
        pool: its pool problems.
    """
    most = spec.diagnostics.decoding.max_new_tokens
    arms = declared_arms(spec)
    works = [work for arm, _ in arms for work in works_of(spec, arm.name, heldout, pool)]
    tokens = dict.fromkeys(Part, 0)
    measured = [each for arm, _ in arms if not arm.in_every_run for each in repetitions_of(spec, arm.name)]
    samples = spec.diagnostics.samples + sum(each.samples for each in measured)
    tokens[Part.EVALUATION] = heldout * samples * most
    for position, work in enumerate(works):
        if work.draw and work not in works[:position]:
            tokens[work.part] += (work.seen or work.samples) * (work.longest or most)
    speed = {part: assumed_tokens_per_second(spec, training=part is Part.TRAINING) for part in Part}
    return {part.value: tokens[part] / speed[part] / 3600.0 for part in Part}
