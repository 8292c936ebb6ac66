"""The recipe search of an arm: which recipes are tried, how far, on how many problems, and how one is chosen."""

from __future__ import annotations

import hashlib
import itertools
import math
from typing import Annotated, Any, Literal

from pydantic import Field

from passgap.spec.fine_tuning import SamplingSection, TrainingSection
from passgap.spec.section import Fraction, Section, Text

_BLOCKS: dict[str, type[Section]] = {"sampling": SamplingSection, "training": TrainingSection}
"""The blocks of an arm's section that a recipe changes."""

FEWEST_RECIPES = 2
"""Recipes below which there is nothing to choose between."""

Temperature = Annotated[float, Field(ge=0.0, le=10.0, allow_inf_nan=False)]
TopK = Annotated[int, Field(ge=0)]
TopP = Annotated[float, Field(gt=0.0, le=1.0)]
Count = Annotated[int, Field(ge=1)]
Rate = Annotated[float, Field(gt=0.0, le=1.0)]
Passes = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
Method = Literal["full", "lora"]


class RecipeSection(Section):
    """One recipe: the settings that it changes. All others are those of the arm's own section."""

    temperature: Temperature | None = Field(default=None, description="Training temperature.", examples=[1.6])
    top_k: TopK | None = Field(default=None, description="Keep the k most likely tokens; 0 keeps all.")
    top_p: TopP | None = Field(default=None, description="Keep the smallest set of this probability.")
    per_prompt: Count | None = Field(default=None, description="Samples for each pool prompt.")
    method: Method | None = Field(default=None, description="All weights, or low-rank adapters.")
    lora_rank: Count | None = Field(default=None, description="Rank of the adapters.")
    learning_rate: Rate | None = Field(default=None, description="The peak rate.", examples=[2e-5])
    epochs: Passes | None = Field(default=None, description="The dose: passes over the samples.", examples=[7.9])
    mix_ratio: Fraction | None = Field(
        default=None, description="The share of instruction data; the file is the arm's `training.mix_path`."
    )

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that it names, by name."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}

    @property
    def label(self) -> str:
        """The settings in words."""
        return ", ".join(f"{name.replace('_', ' ')} {_said(value)}" for name, value in self.settings.items())


class GridSection(Section):
    """Recipes as a grid: each combination of these values is one."""

    temperature: tuple[Temperature, ...] = Field(default=(), description="Training temperatures.")
    top_k: tuple[TopK, ...] = Field(default=(), description="Each keeps the k most likely tokens.")
    top_p: tuple[TopP, ...] = Field(default=(), description="Each keeps the smallest set of this probability.")
    per_prompt: tuple[Count, ...] = Field(default=(), description="Samples for each pool prompt.")
    method: tuple[Method, ...] = Field(default=(), description="All weights, or low-rank adapters.")
    lora_rank: tuple[Count, ...] = Field(default=(), description="Ranks of the adapters.")
    learning_rate: tuple[Rate, ...] = Field(default=(), description="Peak rates.")
    epochs: tuple[Passes, ...] = Field(default=(), description="Passes over the samples.")
    mix_ratio: tuple[Fraction, ...] = Field(default=(), description="Shares of instruction data.")

    @property
    def recipes(self) -> tuple[RecipeSection, ...]:
        """Every combination, each once; a rank is left out of a full fine-tune, on which it has no effect."""
        named = {name: values for name in type(self).model_fields if (values := getattr(self, name))}
        found: dict[str, RecipeSection] = {}
        for point in itertools.product(*named.values()) if named else ():
            settings = dict(zip(named, point, strict=True))
            if settings.get("method") == "full":
                settings.pop("lora_rank", None)
            recipe = RecipeSection(**settings)
            found.setdefault(recipe.label, recipe)
        return tuple(found.values())


class RungSection(Section):
    """One rung of the search: how far the fine-tunes go, and what is drawn from their models."""

    dose: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        description="The share of a recipe's updates that this rung ends at; the next one goes on from there.",
        examples=[0.25],
    )
    problems: Count = Field(description="Development problems that are sampled.", examples=[32])
    samples: Count = Field(description="Samples of each of them.", examples=[4])


RUNGS = (
    RungSection(dose=0.25, problems=32, samples=4),
    RungSection(dose=0.5, problems=64, samples=4),
    RungSection(dose=1.0, problems=96, samples=8),
)
"""Few updates and few problems first; the last rung is the whole recipe."""


class PilotSection(Section):
    """The recipe search of one arm, declared before anything of it is measured."""

    arm: Text = Field(default="ssd", description="The arm whose recipe is searched for.", examples=["ssd"])
    recipes: tuple[RecipeSection, ...] = Field(
        default=(),
        description="The recipes one by one, the most promising first: where the budget is too small, the last go.",
        examples=["[{temperature: 1.6, top_k: 20, top_p: 0.8}, {temperature: 1.0}]"],
    )
    grid: GridSection | None = Field(
        default=None,
        description="The recipes as a grid, in place of the list.",
        examples=["{temperature: [1.0, 1.6], epochs: [1, 4, 7.9]}"],
    )
    most_recipes: int = Field(
        default=8,
        ge=FEWEST_RECIPES,
        description="The most recipes of a grid that are tried; of a larger one, so many are drawn by the seed.",
    )
    rungs: tuple[RungSection, ...] = Field(
        default=RUNGS,
        min_length=1,
        description="The rungs, each with a higher dose than the one before; the last has dose 1.",
        examples=["[{dose: 0.5, problems: 32, samples: 4}, {dose: 1, problems: 64, samples: 8}]"],
    )
    keep: Annotated[float, Field(gt=0.0, lt=1.0)] = Field(
        default=0.5, description="The share of the recipes of a rung, rounded up, that goes on to the next one."
    )
    base_samples: Count = Field(
        default=16,
        description="Samples of the base model for each development problem; the right ones are what the likelihood is "
        "of.",
    )
    texts: Count = Field(
        default=4, description="Right samples of each problem, at most, on which the likelihood is taken."
    )
    least_problems: Count = Field(
        default=8, description="Development problems with a right sample, below which nothing is searched."
    )
    largest_kl: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] = Field(
        default=0.5, description="The largest divergence from the base model, KL(base || tuned) in nats per token."
    )
    ties: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = Field(
        default=1.0,
        description="Standard errors of the paired difference from the best recipe within which another one counts as "
        "as good; of those, the one that moved least from the base model is taken.",
    )
    hours: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = Field(
        default=None,
        description="Device-hours that the search may take, all parts together; by default what the budget leaves "
        "beside the verdict and the arm itself.",
        examples=[1],
    )
    if_none: Literal["stop", "declared"] = Field(
        default="stop",
        description="What becomes of the arm where no recipe keeps the tolerances: it is not run (`stop`), or run with "
        "the settings of its own section (`declared`).",
    )

    def tried(self, seed: int) -> tuple[RecipeSection, ...]:
        """The recipes that are tried, in order: the list, or the grid, of which at most so many are drawn by a seed."""
        if self.grid is None:
            return self.recipes
        every = self.grid.recipes
        if len(every) <= self.most_recipes:
            return every
        drawn = sorted(every, key=lambda each: hashlib.sha256(f"{seed}:{each.label}".encode()).digest())
        return tuple(drawn[: self.most_recipes])

    def widths(self, recipes: int) -> tuple[int, ...]:
        """The most recipes that each rung holds."""
        found = [recipes]
        for _ in self.rungs[1:]:
            found.append(max(1, math.ceil(self.keep * found[-1])))
        return tuple(found)

    @property
    def problems(self) -> int:
        """Development problems of the largest rung."""
        return max(rung.problems for rung in self.rungs)

    @property
    def searched(self) -> frozenset[str]:
        """The names of the settings that the search chooses."""
        every = self.grid.recipes if self.grid is not None else self.recipes
        return frozenset(name for recipe in every for name in recipe.settings)


def with_recipe(section: Any, recipe: RecipeSection) -> Any:
    """An arm's section with the settings of a recipe.

    Args:
        section: with the blocks ``sampling`` and ``training``.
        recipe: whose settings replace those of the blocks.
    """
    return with_settings(section, recipe.settings)


def with_settings(section: Any, settings: dict[str, Any]) -> Any:
    """An arm's section with settings of its blocks ``sampling`` and ``training`` replaced, by their names."""
    blocks = {
        name: getattr(section, name).model_copy(
            update={field: value for field, value in settings.items() if field in kind.model_fields}
        )
        for name, kind in _BLOCKS.items()
    }
    return section.model_copy(update=blocks)


def block_of(setting: str) -> str:
    """The block of an arm's section that a setting stands in."""
    return next(name for name, kind in _BLOCKS.items() if setting in kind.model_fields)


def _said(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
