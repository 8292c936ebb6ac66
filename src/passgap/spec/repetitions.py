"""How often an arm that trains is repeated: each time from another root seed, on as many held-out samples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

from pydantic import Field, field_validator

from passgap.spec.arm_section import ArmSection
from passgap.spec.draft import DraftSections
from passgap.spec.section import Section

Seed = Annotated[int, Field(ge=0, lt=2**63)]


class RepeatedSection(ArmSection):
    """The base of the sections of arms that train."""

    seeds: tuple[Seed, ...] = Field(
        default=(),
        description="Root seeds: with each of them the pool is sampled, the model is trained and the result is "
        "measured, so that the spread between checkpoints is in the intervals; empty takes the study's seed alone.",
        examples=["[1, 2, 3]"],
    )
    heldout_samples: int | None = Field(
        default=None,
        ge=1,
        description="Samples of each held-out problem for every seed, where they are to be fewer than "
        "`diagnostics.samples`.",
        examples=["8"],
    )

    @field_validator("seeds")
    @classmethod
    def _each_once(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError("a list that names each seed once: the same seed gives the same checkpoint again")
        return seeds


def refusals_of_repetitions(section: Section, study: DraftSections, at: Callable[[str], str]) -> Iterator[str]:
    """Yield each reason for which an arm cannot be repeated as it is declared."""
    diagnostics = study.get("diagnostics")
    if not isinstance(section, RepeatedSection) or section.heldout_samples is None or diagnostics is None:
        return
    if section.heldout_samples > diagnostics.samples:
        yield (
            f"{at('heldout_samples')}: {section.heldout_samples} is more than the {diagnostics.samples} of "
            f"`diagnostics.samples`, which the base model gets. Remove it, or lower it."
        )


def flags_of_repetitions(section: Section, study: DraftSections, at: Callable[[str], str]) -> Iterator[str]:
    """Yield what fewer samples for each seed cost."""
    diagnostics = study.get("diagnostics")
    if not isinstance(section, RepeatedSection) or section.heldout_samples is None or diagnostics is None:
        return
    lost = [k for k in diagnostics.k if k > section.heldout_samples]
    if lost:
        named = ", ".join(f"pass@{k}" for k in lost)
        yield (
            f"{at('heldout_samples')}: {section.heldout_samples} samples of a problem give no {named}, so that the arm "
            f"is not compared at {'it' if len(lost) == 1 else 'them'}."
        )
