"""A race stops the arm that is shown not to be the best, before it is measured on held-out problems.

The models are scripted (:mod:`passgap.testing.scripted_study`): one arm's solves everything, or all are alike.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions.race_report import Fate, RaceReport
from passgap.errors import EngineError, StudyError
from passgap.records import Decoding
from passgap.report import plots
from passgap.report.svg import Drawing
from passgap.store import select
from passgap.study import Study
from passgap.study.arm_runs import works_of_arm
from passgap.study.budget import remaining_hours, throughput_on_disk
from passgap.study.interim_analysis import evaluate_base
from passgap.study.lab import StudyLab
from passgap.study.run import splits_of
from passgap.testing.scripted_study import DECLARED, WORDS, ScriptedSampler, open_scripted_study

NO_DRAWING = Drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>')

ARMS: dict[str, Any] = {"ssd": {}, "rejection-sampling": {}}
RACE: dict[str, Any] = {"arms": ["ssd", "rejection-sampling"], "batch": 10, "samples": 2}


class OneIsBest(ScriptedSampler):
    """The model of ``rejection-sampling`` solves every problem, that of ``ssd`` none."""

    def __init__(self, model: Path, drawn: Counter[str]) -> None:
        super().__init__(model, drawn)
        self.best = "rejection-sampling-model" in str(model)

    def _completion(self, problem_id: str, index: int) -> str:
        return super()._completion(problem_id, (0 if self.best else 2) if self.tuned else index)


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave charts out of pages: to draw them takes longer than everything else."""
    monkeypatch.setattr(plots, "draw", lambda chart: NO_DRAWING)


def opened(folder: Path, drawn: Counter[str], script: Any = OneIsBest, **race: Any) -> Study:
    rows = []
    for number in range(100, 140):
        name, word = f"heldout_{number}", WORDS[number % len(WORDS)]
        prompt = f"How many {word}s are there after {number} more have come to x {word}s on day {number * 7}?"
        test = f"assert {name}(1) == {number + 1}"
        rows.append({"task_id": f"heldout/{number}", "prompt": prompt, "entry_point": name, "test": test})
    (folder / "development.jsonl").write_text("".join(json.dumps(each) + "\n" for each in rows))
    further = {
        "race": {**RACE, **race},
        "development": {"source": {"tasks": "jsonl", "path": "development.jsonl"}},
    }
    return open_scripted_study(folder, ARMS, drawn, further, script=script)


def race_of(study: Study) -> RaceReport:
    report = study.run(["all"])
    assert report.race is not None
    return report.race


def development_drawn(drawn: Counter[str]) -> int:
    return sum(count for name, count in drawn.items() if name.startswith("heldout/1") and len(name) == 11)


def test_the_worse_arm_is_stopped_and_not_measured_any_further(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = opened(tmp_path, drawn)
    report = study.run(["all"])
    race = report.race
    assert race is not None
    fates = {each.arm: each for each in race.arms}
    assert race.out == ("ssd",) and race.leader == "rejection-sampling"
    assert fates["ssd"].fate is Fate.STOPPED and fates["ssd"].evidence >= 1 / race.error
    assert fates["ssd"].problems == 10 < race.problems == 40
    assert fates["ssd"].chance is not None and fates["ssd"].chance < 0.01 and fates["rejection-sampling"].chance is None
    assert race.saved > 0.0 and "one arm is left" in race.ended
    assert [each.arm for each in report.arms] == ["rejection-sampling"]
    assert not select(study.folder.index(), "ssd-heldout-samples") and select(study.folder.index(), "ssd-model")
    assert development_drawn(drawn) == 2 * 10 * 2
    assert "Race of arms" in (tmp_path / "report.md").read_text()
    kinds = [json.loads(line)["kind"] for line in (tmp_path / "ledger.jsonl").read_text().splitlines()]
    assert kinds.index("race") < kinds.index("pre-registration") < kinds.index("race-outcome")

    before = drawn.total()
    assert race_of(opened(tmp_path, drawn)) == race and drawn.total() == before
    assert study.report().race == race
    with pytest.raises(StudyError, match="declared otherwise") as error:
        opened(tmp_path, drawn, error=0.2).run(["all"])
    assert "Put `race`" in error.value.problems[1]
    opened(tmp_path, drawn).run(["ssd"])
    assert select(study.folder.index(), "ssd-heldout-samples"), "one arm alone does not race"


def test_arms_that_are_alike_all_go_on_after_every_problem(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = opened(tmp_path, drawn, ScriptedSampler)
    race = race_of(study)
    assert race.out == () and race.saved == 0.0
    assert {each.problems for each in race.arms} == {40}
    assert "all 40 development problems" in race.ended
    assert [each.arm for each in study.report().arms] == ["ssd", "rejection-sampling"]


def test_one_that_is_killed_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()

    class Dying(OneIsBest):
        def sample(self, requests: Any, decoding: Decoding, **options: Any) -> Any:
            for each in super().sample(requests, decoding, **options):
                if development_drawn(drawn) == 30:
                    raise EngineError("killed")
                yield each

    with pytest.raises(EngineError, match="killed"):
        opened(tmp_path, drawn, Dying).run(["all"])
    race = race_of(opened(tmp_path, drawn))
    assert race.out == ("ssd",) and {each.problems for each in race.arms} == {10}


def test_the_money_of_a_race_keeps_enough_to_measure_one_arm(tmp_path: Path) -> None:
    whole, capped = tmp_path / "whole", tmp_path / "capped"
    whole.mkdir()
    capped.mkdir()
    study = opened(whole, Counter(), ScriptedSampler)
    study.run(["ssd"])
    context = study._context
    splits = splits_of(context)
    lab = StudyLab(context, splits, evaluate_base(context, splits).evaluation)
    throughput = throughput_on_disk(context.folder, context.spec)
    one = sum(remaining_hours(context.spec, each, throughput, ()) for each in works_of_arm(lab, "ssd"))
    assert DECLARED["budget"]["price_per_hour"] == 1

    race = race_of(opened(capped, Counter(), ScriptedSampler, money=0.9 * one))
    assert Fate.CAP in {each.fate for each in race.arms} and len(race.out) == 1
    assert race.money < 0.9 * one
    lost = next(each for each in race.arms if each.arm in race.out)
    assert lost.chance is not None

    short = tmp_path / "short"
    short.mkdir()
    with pytest.raises(StudyError, match="2 arms were not run") as error:
        opened(short, Counter(), ScriptedSampler, money=0.5 * one).run(["all"])
    assert "race.money" in error.value.problems[0]


def test_a_plan_prices_it(tmp_path: Path) -> None:
    plan = opened(tmp_path, Counter()).plan()
    [step] = [each for each in plan.steps if "race" in each.name]
    assert step.price.samples == 2 * 40 * 2 and step.price.hours > 0.0


@pytest.mark.parametrize(
    ("arms", "said"),
    [
        (["ssd", "dpo"], "race.arms: `dpo` is not declared under `arms`"),
        (["ssd", "ssd"], "race.arms: `ssd` is named more than once"),
        (["ssd"], "race.arms"),
    ],
)
def test_a_race_that_cannot_be_run_is_refused(tmp_path: Path, arms: list[str], said: str) -> None:
    with pytest.raises(StudyError) as error:
        opened(tmp_path, Counter(), arms=arms)
    assert any(said in each for each in error.value.problems), error.value.problems


def test_an_arm_without_a_model_of_its_own_does_not_race(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    further, arms = {"race": {"arms": ["ssd", "decode-only"]}}, {"ssd": {}, "decode-only": {"temperatures": [0]}}
    with pytest.raises(StudyError, match="trains nothing cannot race"):
        open_scripted_study(tmp_path, arms, drawn, further).run(["all"])
    assert not drawn
