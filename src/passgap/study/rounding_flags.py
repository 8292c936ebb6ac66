"""Flags of fine-tunes whose effect is mostly rounded away, because their models are stored in bfloat16."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator

from passgap.models.dtypes import cpu_flags, fast_bfloat16
from passgap.recipes.rounding import TYPICAL_WEIGHT, farthest_move, rounded_away, spacing
from passgap.records import TrainConfig
from passgap.spec import PluginEngine, ServerEngine, StudySpec
from passgap.spec.budget import Part
from passgap.study.declared_arms import DeclaredProblems, declared_arms
from passgap.tasks.splits import Splits


def flags_of_rounding(spec: StudySpec, splits: Splits) -> Iterator[str]:
    """Yield a flag for each arm whose updates are too few and too small for the type that its model is stored in."""
    study = DeclaredProblems(spec, splits)
    for arm, section in declared_arms(spec):
        config = arm.registered(section, study).training if arm.trains else None
        if config is None or not _in_bfloat16(spec, config):
            continue
        works = arm.work_in(section, study)
        updates = sum(work.updates or 0 for work in works if work.part is Part.TRAINING)
        if rounded_away(config, updates):
            yield (
                f"{spec.at(arm.name, 'training.save_dtype')}: {updates} updates at a rate of at most "
                f"{config.learning_rate:g} move a weight by about {farthest_move(config, updates):.1e} in all, and "
                f"numbers near {TYPICAL_WEIGHT:g} lie {spacing(TYPICAL_WEIGHT):.1e} apart in bfloat16, in which the "
                f"model is stored: most of what is learned is rounded away. Train longer or at a higher rate, or set "
                f"`save_dtype: float32` and `engine.dtype: float32`."
            )


def _in_bfloat16(spec: StudySpec, config: TrainConfig) -> bool:
    """Whether a tuned model is stored in bfloat16, as far as that can be known before a model library is loaded."""
    if config.save_dtype is not None or isinstance(spec.engine, ServerEngine | PluginEngine):
        return config.save_dtype == "bfloat16"
    if spec.engine.dtype != "auto":
        return spec.engine.dtype == "bfloat16"
    on_cpu = getattr(spec.engine, "device", "cuda") in ("auto", "cpu") and spec.budget.device == "cpu"
    return fast_bfloat16(cpu_flags(), os.environ, platform.machine().lower())[0] if on_cpu else True
