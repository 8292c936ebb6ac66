"""The repetitions of an arm: one for each of its declared seeds, each with artifacts of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from passgap.arms import Work, arm_of
from passgap.spec import StudySpec
from passgap.spec.budget import Part
from passgap.spec.repetitions import RepeatedSection
from passgap.study.declared_arms import DeclaredProblems
from passgap.tasks.splits import Splits


@dataclass(frozen=True)
class Repetition:
    """One time that an arm is carried out."""

    arm: str
    seed: int
    """The root seed of sampling the pool and of training."""
    samples: int
    """Of each held-out problem, for its evaluation."""
    first: bool = True
    """Whether it is the first, whose artifacts have the names that an arm without further seeds gives them."""

    def label(self, name: str) -> str:
        """The name of an artifact of this repetition, less the stage: ``ssd``, then ``ssd-seed-2``."""
        return name if self.first else f"{name}-seed-{self.seed}"

    @property
    def name(self) -> str:
        """The label of the arm itself: the beginning of the names of its model, samples and answers to the probes."""
        return self.label(self.arm)


def repetitions_of(spec: StudySpec, arm: str) -> tuple[Repetition, ...]:
    """The repetitions of an arm in the order in which its seeds are declared.

    Raises:
        StudyError: the study does not declare the arm.
    """
    section = arm_of(arm).section_of(spec)
    repeated = section if isinstance(section, RepeatedSection) else RepeatedSection()
    samples = repeated.heldout_samples or spec.diagnostics.samples
    return tuple(
        Repetition(arm, seed, samples, first=position == 0)
        for position, seed in enumerate(repeated.seeds or (spec.seed,))
    )


def works_of(spec: StudySpec, arm: str, heldout: int, pool: int, splits: Splits | None = None) -> tuple[Work, ...]:
    """The work of making an arm's candidates, one for each of its repetitions.

    Args:
        spec: the study.
        arm: the arm's name.
        heldout: how many held-out problems it is evaluated on.
        pool: how many problems the pool has.
        splits: the problems and data themselves, where they are loaded: an arm may need to know more than their number.

    Raises:
        StudyError: the study does not declare the arm.
    """
    repetitions = repetitions_of(spec, arm)
    made, section = arm_of(arm), arm_of(arm).section_of(spec)
    works = (
        made.work(section, spec, heldout, pool)
        if splits is None
        else made.work_in(section, DeclaredProblems(spec, splits))
    )
    return tuple(_repeated(work, each, several=len(repetitions) > 1) for each in repetitions for work in works)


def _repeated(work: Work, repetition: Repetition, *, several: bool) -> Work:
    """A work as a repetition does it: under its label, from its seed."""
    arm = repetition.arm
    own = work.name == arm or work.name.startswith(f"{arm}-")
    return replace(
        work,
        name=repetition.label(work.name) if own else work.name,
        title=f"{work.title}, seed {repetition.seed}" if several and work.part is Part.TRAINING else work.title,
        made_from={**work.made_from, "seed": repetition.seed} if work.made_from else work.made_from,
    )
