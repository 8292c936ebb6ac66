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
ZERO_SIGNAL = {"temperature": 1.0, "top_k": 0, "top_p": 1.0}


def declared(pilot: Any, arms: dict[str, Any] | None = None, **further: Any) -> str:
    study = yaml.safe_load(study_text(arms or {"ssd": {}}))
    return yaml.safe_dump({**study, **further, "pilot": pilot})


def refused(pilot: Any, arms: dict[str, Any] | None = None, **further: Any) -> tuple[str, ...]:
    """Everything that is said to be wrong."""
    with pytest.raises(StudyError) as caught:
        parse_study(declared(pilot, arms, **further))
    assert caught.value.exit_code == 2
    return caught.value.problems


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
        ({"recipes": [*TWO, TWO[0]]}, "recipes 1 and 3 .* are the same"),
        ({"recipes": [*TWO, {"temperature": 1.6, "epochs": 1}]}, "recipes 1 and 3 .* are the same"),
        ({"recipes": [*TWO, {}]}, "recipe 3 names no setting"),
        ({"recipes": [*TWO, {"lora_rank": 8}]}, "recipe 3 .* rank has no effect .* `method: lora`"),
        ({"grid": {"lora_rank": [8, 16]}}, "recipe 1 .* rank has no effect"),
        ({"recipes": [*TWO, {"temperature": 0.0, "top_k": 5}]}, "recipe 3 .* truncation has no effect"),
        ({"arm": "dpo", "recipes": TWO}, "no recipe can be searched for `dpo`"),
        ({"arm": "sdd", "recipes": TWO}, "no recipe can be searched for `sdd`.* `ssd`"),
        ({"arm": "ssd-verified", "recipes": TWO}, "arms.ssd-verified: missing"),
        ({"recipes": [*TWO, ZERO_SIGNAL]}, "recipe 3 .* fixed point"),
        ({"recipes": [*TWO, {"mix_ratio": 0.1}]}, "recipe 3 .*mix_path: missing"),
        ({"recipes": TWO, "rungs": [{"dose": 0.5, "problems": 8, "samples": 2}]}, "have to rise and end at 1"),
        ({"recipes": TWO, "rungs": []}, "pilot.rungs"),
        (
            {"recipes": TWO, "rungs": [{"dose": d, "problems": n, "samples": 2} for d, n in ((0.5, 9), (1, 8))]},
            r"numbers of problems \[9, 8\] fall",
        ),
        ({"recipes": TWO, "base_samples": 2}, "fewer than the 8 samples"),
        ({"recipes": [{"temprature": 1.6}]}, "temprature.*`temperature`"),
        ({"recipes": [{"temperature": -1}, {"temperature": 1.6}]}, "pilot.recipes.*temperature"),
        ({"recipes": TWO, "keep": 1.0}, "pilot.keep"),
        ("ssd", "pilot"),
    ],
)
def test_a_search_that_cannot_be_carried_out_is_refused(pilot: Any, said: str) -> None:
    assert any(re.search(said, problem) for problem in refused(pilot)), refused(pilot)


def test_all_that_is_wrong_with_a_search_is_said_at_once() -> None:
    pilot = {
        "recipes": [*TWO, TWO[0], {"lora_rank": 8}, ZERO_SIGNAL],
        "rungs": [{"dose": 1, "problems": 99, "samples": 4}, {"dose": 0.5, "problems": 8, "samples": 2}],
        "base_samples": 3,
    }
    arms = {"ssd": {"sampling": {"temperature": 1.0}, "training": {"mix_ratio": 0.9}}}
    told = refused(pilot, arms, development={"hold_back": 20}, comparator={"method": "do-nothing"})
    for said in (
        "doses",
        "numbers of problems",
        "base_samples",
        "recipes 1 and 3",
        "recipe 4",
        "recipe 5",
        "`development.hold_back` leaves 20",
        "arms.ssd.sampling.temperature: declared, and `pilot` chooses it",
        "comparator.why",
    ):
        assert sum(said in each for each in told) == 1, (said, told)
    assert sum("mix_ratio" in each for each in told) == 1, "what is wrong with the arm is not said of each recipe"


def test_a_setting_is_either_declared_or_searched_for() -> None:
    [said] = refused({"recipes": TWO}, {"ssd": {"sampling": {"temperature": 1.0}}})
    assert "arms.ssd.sampling.temperature: declared, and `pilot` chooses it" in said


def test_more_development_problems_than_are_declared_are_refused() -> None:
    rungs = [{"dose": 1, "problems": 200, "samples": 4}]
    [said] = refused({"recipes": TWO, "rungs": rungs})
    assert "up to 200 development problems, and `development.problems` leaves 150" in said
    parse_study(declared({"recipes": TWO, "rungs": rungs}, development={"problems": 200}))


def test_a_grid_has_every_combination_once_and_at_most_so_many_are_drawn() -> None:
    grid = GridSection(method=("full", "lora"), lora_rank=(8, 64), learning_rate=(1e-5, 1e-4))
    assert len(grid.recipes) == 6, "a rank changes nothing of a full fine-tune"
    search = PilotSection(grid=grid, most_recipes=4)
    assert len(search.tried(1)) == 4
    assert search.tried(1) == search.tried(1)
    assert search.tried(1) != search.tried(2)


def test_the_recipes_that_a_studys_seed_draws_are_the_ones_that_are_checked() -> None:
    pilot = {"grid": {"temperature": [1.0, 0.9, 0.7], "top_k": [0], "top_p": [1.0]}, "most_recipes": 2}
    seeds = range(12)
    drawn = {seed: {each.temperature for each in PilotSection.model_validate(pilot).tried(seed)} for seed in seeds}
    with_fault = [seed for seed in seeds if 1.0 in drawn[seed]]
    assert 0 < len(with_fault) < len(seeds)
    for seed in seeds:
        if seed in with_fault:
            assert any("fixed point" in each for each in refused(pilot, seed=seed))
        else:
            parse_study(declared(pilot, seed=seed))


def test_a_recipe_changes_its_settings_alone() -> None:
    section = SSD.Section()
    changed = with_recipe(section, RecipeSection(temperature=1.6, epochs=7.9))
    assert changed.sampling.temperature == 1.6
    assert changed.training.epochs == 7.9
    assert changed.sampling.top_k == section.sampling.top_k
    assert changed.training.method == section.training.method
