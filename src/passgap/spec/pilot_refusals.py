"""Refusals of a recipe search as it is declared: what contradicts itself, has no effect, or cannot be carried out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from passgap.spec.development import DevelopmentSection
from passgap.spec.pilot import FEWEST_RECIPES, PilotSection, RecipeSection, block_of, with_recipe

EXAMPLE_OF_RUNGS = "Example: `[{dose: 0.5, problems: 32, samples: 4}, {dose: 1, problems: 64, samples: 8}]`."


def refusals_of_pilot(pilot: PilotSection, section: Any, seed: int) -> Iterator[str]:
    """Yield what is wrong with a search.

    Args:
        pilot: the search.
        section: of its arm.
        seed: of the study, by which recipes of a large grid are drawn.
    """
    yield from _refusals_of_rungs(pilot)
    if bool(pilot.recipes) == (pilot.grid is not None):
        yield (
            "pilot.recipes: a list of recipes or a `grid` is needed, and not both. Example: `recipes: [{temperature: "
            "1.6, epochs: 4}, {temperature: 1.0, epochs: 1}]`."
        )
        return
    tried = pilot.tried(seed)
    if len(tried) < FEWEST_RECIPES:
        yield f"pilot.recipes: {len(tried)} leaves nothing to choose between; name {FEWEST_RECIPES} at least."
    yield from _refusals_of_recipes(tried, section)
    for name in sorted(pilot.searched):
        block = block_of(name)
        if name in getattr(section, block).model_fields_set:
            yield (
                f"arms.{pilot.arm}.{block}.{name}: declared, and `pilot` chooses it. Remove it here, or from every "
                f"recipe: a declared setting and a search for it contradict each other."
            )


def refusals_of_problems(pilot: PilotSection, development: DevelopmentSection) -> Iterator[str]:
    """Yield a word where the rungs take more development problems than the study declares."""
    for name in ("hold_back", "problems"):
        most = getattr(development, name)
        if name == "problems" or most:
            yield from too_few_problems(pilot, most, f"development.{name}")


def too_few_problems(pilot: PilotSection, there: int, where: str = "development") -> Iterator[str]:
    """Yield a word where the rungs take more development problems than there are.

    Args:
        pilot: the search.
        there: development problems.
        where: they are declared.
    """
    if pilot.problems > there:
        yield (
            f"pilot.rungs: they take up to {pilot.problems} development problems, and `{where}` leaves {there}. Lower "
            f"`problems`, or declare more, such as `development: {{hold_back: {pilot.problems}}}`."
        )


def _refusals_of_recipes(tried: Sequence[RecipeSection], section: Any) -> Iterator[str]:
    """Yield what is wrong with recipes: none is there twice, under whatever words, and each setting has an effect."""
    carried_out: dict[str, int] = {}
    for number, recipe in enumerate(tried, start=1):
        if not recipe.settings:
            yield (
                f"pilot.recipes: recipe {number} names no setting; it would be the arm's own section. Say what it "
                f"changes."
            )
            continue
        changed = with_recipe(section, recipe)
        same = carried_out.setdefault(changed.model_dump_json(), number)
        if same != number:
            yield f"pilot.recipes: recipes {same} and {number} ({recipe.label}) are the same. Keep one of the two."
        if recipe.lora_rank is not None and changed.training.method != "lora":
            yield (
                f"pilot.recipes: recipe {number} ({recipe.label}): its rank has no effect on a fine-tune of all "
                f"weights. Add `method: lora`, or leave the rank out."
            )
        if changed.sampling.temperature == 0.0 and recipe.settings.keys() & {"top_k", "top_p"}:
            yield (
                f"pilot.recipes: recipe {number} ({recipe.label}): its truncation has no effect at temperature 0, "
                f"which always takes the most likely token. Leave it out, or raise the temperature."
            )


def _refusals_of_rungs(pilot: PilotSection) -> Iterator[str]:
    doses = [rung.dose for rung in pilot.rungs]
    if any(after <= before for before, after in itertools.pairwise(doses)) or doses[-1] != 1.0:
        yield (
            f"pilot.rungs: the doses {doses} have to rise and end at 1, as the last rung measures whole recipes. "
            f"{EXAMPLE_OF_RUNGS}"
        )
    problems = [rung.problems for rung in pilot.rungs]
    if any(after < before for before, after in itertools.pairwise(problems)):
        yield f"pilot.rungs: the numbers of problems {problems} fall; a later rung has as many at least."
    most = max(rung.samples for rung in pilot.rungs)
    if pilot.base_samples < most:
        yield (
            f"pilot.base_samples: {pilot.base_samples} is fewer than the {most} samples of a rung, which the base "
            f"model's are compared with. Raise it."
        )
