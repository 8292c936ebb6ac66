"""The recipe that a search chose, as an arm is carried out with it: its section, its registration, its flags."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap import parse_study
from passgap.errors import StudyError
from passgap.spec import StudySpec
from passgap.store import Ledger
from passgap.study.chosen_recipe import chosen_sections, flags_of_chosen, lifts_rank_flag, require_recipe
from passgap.testing.scripted_study import study_text

FULL = {"method": "full", "learning_rate": 2e-5}
LOW: dict[str, Any] = {"method": "lora", "lora_rank": 4, "learning_rate": 2e-4}
HIGH: dict[str, Any] = {"method": "lora", "lora_rank": 64, "learning_rate": 2e-4}


def declared(pilot: dict[str, Any] | None = None) -> StudySpec:
    study = yaml.safe_load(study_text({"ssd": {}}))
    return parse_study(yaml.safe_dump({**study, "pilot": {"recipes": [FULL, LOW, HIGH], **(pilot or {})}})).spec


def ended(folder: Path, settings: dict[str, Any] | None, measured: list[dict[str, Any]]) -> Ledger:
    """The ledger of a study whose search ended."""
    ledger = Ledger(folder / "ledger.jsonl")
    now = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    ledger.append("pilot", {"arm": "ssd"}, who="a test", time=now)
    outcome = {
        "arm": "ssd",
        "recipe": measured.index(settings) + 1 if settings else None,
        "settings": settings,
        "why": "No recipe keeps the tolerances." if settings is None else "The highest gain.",
        "measured": measured,
    }
    ledger.append("pilot-outcome", outcome, who="a test", time=now)
    return ledger


@pytest.mark.parametrize(
    ("chosen", "measured", "lifted"),
    [
        (LOW, [LOW, FULL], True),
        (LOW, [LOW, HIGH], True),
        (LOW, [LOW, {**LOW, "learning_rate": 1e-3}], False),
        (HIGH, [LOW, HIGH], False),
        (LOW, [LOW, {"temperature": 1.0}], True),
        (FULL, [LOW, FULL], False),
    ],
    ids=["beside all weights", "beside a higher rank", "alone", "beside a lower one", "beside the default", "no rank"],
)
def test_a_rank_that_was_measured_beside_more_is_not_flagged(
    chosen: dict[str, Any], measured: list[dict[str, Any]], lifted: bool, tmp_path: Path
) -> None:
    spec, ledger = declared(), ended(tmp_path, chosen, measured)
    assert lifts_rank_flag(ledger, "ssd") is lifted
    flags = list(flags_of_chosen(ledger, spec, chosen_sections(ledger, spec)))
    of_rank = [each for each in flags if each.startswith("arms.ssd.training.lora_rank")]
    assert len(of_rank) == (1 if chosen is not FULL and not lifted else 0), flags


def test_another_flag_of_a_chosen_recipe_is_kept(tmp_path: Path) -> None:
    hot = {**LOW, "learning_rate": 0.1}
    spec, ledger = declared(), ended(tmp_path, hot, [hot, FULL])
    [flag] = [each for each in flags_of_chosen(ledger, spec, chosen_sections(ledger, spec)) if "learning_rate" in each]
    assert "0.1" in flag


def test_the_winners_settings_replace_those_of_the_arm(tmp_path: Path) -> None:
    spec, ledger = declared(), ended(tmp_path, HIGH, [FULL, LOW, HIGH])
    section: Any = chosen_sections(ledger, spec)["ssd"]
    assert (section.training.method, section.training.lora_rank, section.training.learning_rate) == ("lora", 64, 2e-4)
    entry = require_recipe(ledger, spec, "ssd")
    assert entry is not None and entry.kind == "pilot-outcome"
    assert require_recipe(ledger, spec, "dpo") is None, "no recipe is searched for another arm"


def test_an_arm_without_a_chosen_recipe_runs_only_where_that_is_declared(tmp_path: Path) -> None:
    ledger = ended(tmp_path, None, [FULL, LOW, HIGH])
    assert not chosen_sections(ledger, declared())
    with pytest.raises(StudyError, match="keeps the tolerances") as caught:
        require_recipe(ledger, declared(), "ssd")
    assert "`pilot.if_none: declared`" in caught.value.problems[0]
    assert require_recipe(ledger, declared({"if_none": "declared"}), "ssd") is not None


def test_a_search_that_has_not_ended_or_is_not_declared_any_more_is_said(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="has not ended"):
        require_recipe(Ledger(tmp_path / "none.jsonl"), declared(), "ssd")
    without = parse_study(study_text({"ssd": {}})).spec
    with pytest.raises(StudyError, match="does not declare the search any more"):
        require_recipe(ended(tmp_path, HIGH, [LOW, HIGH]), without, "ssd")
    assert require_recipe(Ledger(tmp_path / "none.jsonl"), without, "ssd") is None
