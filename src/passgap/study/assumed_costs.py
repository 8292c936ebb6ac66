"""The predicted cost of a study before any speed was measured: from the declared parameters, on an assumed device.

A token takes about two floating-point operations a parameter to sample and six to train on (Kaplan et al. 2020,
arXiv 2001.08361, section 2.1). The speeds are those of a good device of its kind, so that the estimate is a low one: it
refuses what no such device could do, and nothing else.
"""

from __future__ import annotations

from passgap.recipes import examples_seen, mixed_among, training_config
from passgap.spec import StudySpec

OPERATIONS_PER_SECOND = {"cpu": 2e11, "gpu": 1e14}
"""Sustained floating-point operations a second that a device is taken to do."""

TO_SAMPLE, TO_TRAIN = 2, 6
"""Floating-point operations a parameter and token."""

ASSUMPTION = "the declared parameters, before anything was measured"


def assumed_tokens_per_second(spec: StudySpec, *, training: bool = False) -> float:
    """Tokens a device-second, sampled or trained on."""
    operations = (TO_TRAIN if training else TO_SAMPLE) * spec.model.parameters
    return OPERATIONS_PER_SECOND[spec.budget.device] / operations


def assumed_hours(spec: StudySpec, heldout: int, pool: int) -> dict[str, float]:
    """Device-hours of the minimal arm and the base model by part of the budget, with completions of full length.

    Args:
        spec: the study.
        heldout: its held-out problems.
        pool: its pool problems.
    """
    samples = pool * spec.sampling.per_prompt
    mixed = mixed_among(samples, spec.training.mix_ratio) if spec.training.mix_ratio else 0
    trained = examples_seen(samples + mixed, training_config(spec.training))
    swept = sum(map(spec.decode_only.samples_at, spec.decode_sweep.values())) if spec.decode_only else 0
    measured = heldout * (2 * spec.diagnostics.samples + swept)
    sampling, training = assumed_tokens_per_second(spec), assumed_tokens_per_second(spec, training=True)
    return {
        "sampling": samples * spec.sampling.max_new_tokens / sampling / 3600.0,
        "training": trained * spec.sampling.max_new_tokens / training / 3600.0,
        "evaluation": measured * spec.diagnostics.decoding.max_new_tokens / sampling / 3600.0,
    }
