"""The purpose of the model, and the sources of the problems."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from passgap.spec.section import Section, Text


class ProblemKind(StrEnum):
    """The kind of problem that the task family sets the model."""

    ALGORITHMIC = "algorithmic"
    FILL_IN_THE_MIDDLE = "fill-in-the-middle"
    REPOSITORY_EDIT = "repository-edit"
    BUG_FIX = "bug-fix"
    COMPETITIVE = "competitive"
    PREDICTION = "prediction"


class TaskFamilySection(Section):
    """The task family that the model is for."""

    languages: tuple[Text, ...] = Field(
        min_length=1, description="The programming languages of the family.", examples=["[python]"]
    )
    kinds: tuple[ProblemKind, ...] = Field(
        min_length=1,
        description="The kinds of problem: results on one kind say little about another.",
        examples=["[algorithmic]"],
    )
    surface: Text = Field(
        description="The product surface that the model serves: the held-out set must look like it.",
        examples=["function suggestions in the editor"],
    )
    protocol: Literal["any", "outside-only"] = Field(
        default="any",
        description="Where tests may decide: a program could forge the result of tests that share its process.",
        examples=["outside-only"],
    )


class TaskSource(Section):
    """Where a set of problems comes from."""

    tasks: Text = Field(
        description="A task set: `starter`, `mbpp`, `humaneval`, or a path to JSONL.", examples=["starter"]
    )
    path: str | None = Field(default=None, description="The file or hub id of a set that passgap does not ship.")
    split: str | None = Field(default=None, description="Which split of the set.", examples=["heldout"])
    limit: int | None = Field(default=None, gt=0, description="Use a fixed, nested subset of this many problems.")
    difficulty: Literal["source", "reference-length"] = Field(
        default="source",
        description="Where difficulty comes from: the set itself, or terciles of its reference solutions' size.",
    )
    window: str | None = Field(
        default=None,
        description="Keep the problems that are dated in these months or days alone.",
        examples=["2025-02..2025-05"],
    )
    scoring: Text | None = Field(
        default=None, description="The rules of scoring, of a set that has several.", examples=["ml-ssd"]
    )
    also_scored: Text | None = Field(
        default=None,
        description="Rules by which held-out samples are scored a second time: the report counts and lists those on "
        "which the two disagree.",
        examples=["livecodebench"],
    )
    at_least: int | None = Field(
        default=None, gt=0, description="Refuse the set if it holds fewer problems, before the limit.", examples=["131"]
    )

    @property
    def place(self) -> tuple[str, str | None, str | None]:
        """The key that two sources have in common where they are the same, whatever subset of it they use."""
        return (self.tasks, self.path, self.split)
