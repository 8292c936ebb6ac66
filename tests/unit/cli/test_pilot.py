"""``passgap pilot`` and ``passgap check`` on searches that cannot be carried out, and the command on one that ended."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.command_line import invoke

from passgap import wiring
from passgap.decisions.recipe_search import (
    JudgedRung,
    SearchLimits,
    SearchOutcome,
    Trial,
    judge_rung,
    said_of_outcome,
)
from passgap.spec.template import study_template
from passgap.study import Study
from passgap.study.pilot.declared import tried_recipes
from searched import open_search


def declared(folder: Path, **changes: Any) -> str:
    study = {**yaml.safe_load(study_template("x")), **changes}
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    return str(folder)


@pytest.mark.parametrize("command", ["check", "pilot", "plan"])
def test_all_that_is_wrong_with_a_search_is_one_refusal(command: str, tmp_path: Path) -> None:
    pilot = {
        "recipes": [{"temperature": 1.6}, {"temperature": 1.6}, {"lora_rank": 8}],
        "rungs": [{"dose": 0.5, "problems": 8, "samples": 4}],
        "keep": 2,
    }
    said = invoke(command, declared(tmp_path, pilot=pilot, arms={"ssd": {"sampling": {"temperature": 1.0}}}), "--json")
    assert said.code == 2 and "Traceback" not in said.stderr
    problems = "\n".join(json.loads(said.stdout)["problems"])
    for each in (
        "pilot.keep",
        "pilot.rungs: the doses",
        "recipes 1 and 2",
        "recipe 3",
        "arms.ssd.sampling.temperature",
    ):
        assert each in problems, problems
    assert not (tmp_path / "ledger.jsonl").exists()


def test_more_problems_than_the_study_has_are_refused_by_check(tmp_path: Path) -> None:
    rungs = [{"dose": 1, "problems": 90, "samples": 4}]
    pilot = {"recipes": [{"temperature": 1.6}, {"temperature": 1.0}], "rungs": rungs}
    heldout = {"tasks": "starter", "split": "heldout", "limit": 200}
    said = invoke("check", declared(tmp_path, pilot=pilot, arms={"ssd": {}}, heldout=heldout, rehearsal=True))
    assert said.code == 2
    assert "up to 90 development problems, and `development` leaves 16" in " ".join(said.stderr.split())


def test_a_study_without_a_search_says_how_to_declare_one(tmp_path: Path) -> None:
    said = invoke("pilot", declared(tmp_path))
    assert said.code == 2
    assert "pilot: missing. Example: `pilot: {arm: ssd" in " ".join(said.stderr.split())


def test_a_search_that_ended_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_search(tmp_path, Counter(), monkeypatch)
    trials = [Trial(recipe=1, rung=1, failure="The fine-tune diverges."), Trial(recipe=2, rung=1, updates=3)]
    judged = judge_rung(trials, SearchLimits(largest_kl=0.5, ties=1.0), None)
    outcome = SearchOutcome(
        arm="ssd",
        recipes=tried_recipes(opened.declared)[:2],
        rungs=(JudgedRung(number=1, dose=1.0, problems=8, samples=2, trials=judged),),
        chosen=2,
        why=said_of_outcome([judged], 2, ended_early=False),
        text_problems=8,
        hours=0.25,
    )
    monkeypatch.setattr(Study, "pilot", lambda _: outcome)
    monkeypatch.setattr(wiring, "open_study", lambda *_, **__: opened)
    said = invoke("pilot", str(tmp_path), "--json")
    assert said.code == 0 and SearchOutcome.model_validate_json(said.stdout) == outcome
    shown = invoke("pilot", str(tmp_path))
    assert shown.code == 0
    for each in ("Recipe search: ssd", "Recipe 2 is chosen", "The fine-tune diverges.", "0.25", "Rung 1"):
        assert each in shown.stdout, shown.stdout
