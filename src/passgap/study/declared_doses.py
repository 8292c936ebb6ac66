"""The dose curves that a study declares, and the work that they are."""

from __future__ import annotations

from passgap.arms import BASE, Work, arm_of
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.fine_tuning import UpdatesSection
from passgap.study.repetitions import Repetition, repetitions_of

TITLE = "measure the dose curve"

BASE_DEVELOPMENT = f"{BASE}-development"
"""The name of the base model's artifacts on development problems, less the stage."""


def declared_doses(spec: StudySpec, arm: str) -> UpdatesSection | None:
    """The section that declares a dose curve of an arm; None where none is declared."""
    training = getattr(arm_of(arm).section_of(spec), "training", None)
    return training if isinstance(training, UpdatesSection) and training.checkpoints else None


def dose_samples(training: UpdatesSection, spec: StudySpec) -> int:
    """Samples of each problem: greedy decoding would only repeat its first one."""
    return 1 if spec.production_decoding.greedy else training.checkpoint_samples


def dose_name(repetition: Repetition, share: float) -> str:
    """The name of a model's artifacts, less the stage, by its share of the updates."""
    return repetition.label(f"{repetition.arm}-at-{share:g}-development".replace(".", "-"))


def measuring(spec: StudySpec, arm: str, problems: int) -> tuple[Work, ...]:
    """The work of an arm's dose curves, one for each repetition; the base model is measured once for all arms."""
    training = declared_doses(spec, arm)
    if training is None:
        return ()
    samples = problems * dose_samples(training, spec)
    shares = (*sorted(set(training.checkpoints)), 1.0)
    names = [dose_name(each, share) for each in repetitions_of(spec, arm) for share in shares]
    return tuple(Work(Part.EVALUATION, each, samples, run=True, title=TITLE) for each in (BASE_DEVELOPMENT, *names))
