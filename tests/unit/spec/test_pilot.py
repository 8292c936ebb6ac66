"""A search is refused with all that is wrong with it, and a setting is either declared or searched for."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from passgap import parse_study
from passgap.arms.ssd import ARM as SSD
from passgap.errors import StudyError
from passgap.spec.pilot import GridSection, PilotSection, RecipeSection, with_recipe
from passgap.testing.scripted_study import study_text

TWO = [{"temperature": 1.6}, {"temperature": 0.9}]


def declared(pilot: dict[str, Any], arms: dict[str, Any] | None = None) -> str:
    study = yaml.safe_load(study_text(arms or {"ssd": {}}))
    return yaml.safe_dump({**study, "pilot": pilot})


def refusal(pilot: dict[str, Any], arms: dict[str, Any] | None = None) -> str:
    with pytest.raises(StudyError) as refused:
        parse_study(declared(pilot, arms))
    return str(refused.value)


def test_a_search_is_read() -> None:
    search = parse_study(declared({"recipes": TWO})).spec.pilot
    assert search is not None
    assert [each.label for each in search.tried(0)] == ["temperature 1.6", "temperature 0.9"]
    assert search.widths(8) == (8, 4, 2)
    assert search.widths(1) == (1, 1, 1)


@pytest.mark.parametrize(
    ("pilot", "said"),
    [
        ({}, "a list of recipes or a `grid` is needed"),
        ({"recipes": TWO, "grid": {"epochs": [1, 2]}}, "and not both"),
        ({"recipes": TWO[:1]}, "nothing to choose between"),
        ({"recipes": [*TWO, TWO[0]]}, "there twice"),
        ({"recipes": [*TWO, {}]}, "names no setting"),
        ({"arm": "dpo", "recipes": TWO}, "no recipe can be searched for `dpo`"),
        ({"arm": "ssd-verified", "recipes": TWO}, "arms.ssd-verified: missing"),
        ({"recipes": [*TWO, {"temperature": 1.0, "top_k": 0, "top_p": 1.0}]}, "recipe 3 .* fixed point"),
        ({"recipes": TWO, "rungs": [{"dose": 0.5, "problems": 8, "samples": 2}]}, "have to rise and end at 1"),
        ({"recipes": TWO, "base_samples": 2}, "fewer than the 8 samples"),
    ],
)
def test_a_search_that_cannot_be_carried_out_is_refused(pilot: dict[str, Any], said: str) -> None:
    assert re.search(said, refusal(pilot))


def test_a_setting_is_either_declared_or_searched_for() -> None:
    said = refusal({"recipes": TWO}, {"ssd": {"sampling": {"temperature": 1.0}}})
    assert "arms.ssd.sampling.temperature: declared, and `pilot` chooses it" in said


def test_a_grid_has_every_combination_once_and_at_most_so_many_are_drawn() -> None:
    grid = GridSection(method=("full", "lora"), lora_rank=(8, 64), learning_rate=(1e-5, 1e-4))
    assert len(grid.recipes) == 6, "a rank changes nothing of a full fine-tune"
    search = PilotSection(grid=grid, most_recipes=4)
    assert len(search.tried(1)) == 4
    assert search.tried(1) == search.tried(1)
    assert search.tried(1) != search.tried(2)


def test_a_recipe_changes_its_settings_alone() -> None:
    section = SSD.Section()
    changed = with_recipe(section, RecipeSection(temperature=1.6, epochs=7.9))
    assert changed.sampling.temperature == 1.6
    assert changed.training.epochs == 7.9
    assert changed.sampling.top_k == section.sampling.top_k
    assert changed.training.method == section.training.method
