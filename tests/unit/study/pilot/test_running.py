"""A search of a scripted study: what is measured, chosen, kept, charged and refused, and how it goes on when killed."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions.recipe_search import Fate, SearchOutcome
from passgap.errors import DivergedError, StudyError
from passgap.report import render_html, render_markdown
from passgap.store import TracedFolder
from passgap.study import Study
from passgap.study.pilot.trials import Search
from passgap.testing.scripted_study import POOL
from searched import BEST, GradedTrainer, LikelySampler, open_search

Open = Callable[..., Study]


@dataclass(frozen=True)
class Whole:
    """A search that nothing interrupted."""

    folder: Path
    outcome: SearchOutcome
    drawn: Counter[str]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    folder, drawn = tmp_path_factory.mktemp("whole"), Counter[str]()
    with pytest.MonkeyPatch.context() as patch:
        return Whole(folder, open_search(folder, drawn, patch).pilot(), drawn)


def payload(study: Study, kind: str) -> dict[str, Any]:
    [entry] = study.folder.ledger.of_kind(kind)
    assert isinstance(entry.payload, dict)
    return entry.payload


def killing(plain: Callable[..., Any], number: int) -> Callable[..., Any]:
    """A function that dies at its n-th call."""
    calls = Counter[str]()

    def step(*given: Any, **named: Any) -> Any:
        calls["made"] += 1
        if calls["made"] == number:
            raise KeyboardInterrupt
        return plain(*given, **named)

    return step


def trials(study: Study) -> int:
    """Trials that are finished."""
    return len(list(study.folder.artifacts.glob("ssd-pilot-?-trial-*/manifest.json")))


def fates(outcome: SearchOutcome, rung: int) -> dict[int, Fate]:
    return {each.trial.recipe: each.fate for each in outcome.rungs[rung - 1].trials}


def test_the_recipe_that_learns_most_is_chosen_and_no_weights_are_kept(whole: Whole) -> None:
    outcome = whole.outcome
    assert outcome.chosen == BEST, outcome.why
    assert fates(outcome, 1) == {1: Fate.OUTRANKED, 2: Fate.GOES_ON, 3: Fate.GOES_ON}
    assert fates(outcome, 2) == {2: Fate.CHOSEN, 3: Fate.OUTRANKED}
    assert {each.trial.updates for each in outcome.rungs[0].trials} == {3}, "half of the updates"
    assert {each.trial.updates for each in outcome.rungs[1].trials} == {6}
    pool = sum(count for name, count in whole.drawn.items() if name.startswith("pool"))
    assert pool == 2 * POOL * 2, "two recipes sample the pool alike, and share its samples"
    artifacts = whole.folder / "artifacts"
    assert not list(artifacts.glob("*pilot*/checkpoint")) and not list(artifacts.glob("*.training"))


def test_the_winner_is_registered_run_and_reported_and_its_search_charged(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied, drawn = Path(shutil.copytree(whole.folder, tmp_path / "study")), Counter[str]()

    def opened(pilot: dict[str, Any] | None = None) -> Study:
        return open_search(copied, drawn, monkeypatch, pilot)

    study, outcome = opened(), whole.outcome
    assert study.pilot() == outcome and not drawn, "nothing is done again"
    assert payload(study, "pilot")["begun"] == 3
    assert payload(study, "pilot-outcome")["settings"] == {"temperature": 1.6, "learning_rate": 3e-3}
    assert not [step.name for step in study.plan().steps if "recipes of ssd" in step.name], "nothing is left to price"
    with pytest.raises(StudyError, match="was declared otherwise") as caught:
        opened({"keep": 0.9}).pilot()
    assert any(each.startswith("search:") for each in caught.value.problems)

    report = opened().run(["ssd"])
    assert payload(study, "pre-registration")["spec"]["training"]["learning_rate"] == 3e-3
    assert payload(study, "pre-registration")["pilot"] == study.folder.ledger.of_kind("pilot-outcome")[0].hash
    assert report.pilot == outcome and report.comparison is not None
    [cost] = [each for each in report.comparison.costs if each.arm == "ssd"]
    assert cost.stages["pilot"] == pytest.approx(outcome.hours), "what was searched counts towards the arm"
    for text in (render_markdown(report), render_html(report)):
        assert "Recipe search: ssd" in text and "optimistic" in text


def test_a_search_that_is_killed_again_and_again_chooses_the_same_and_draws_nothing_twice(
    opened: Open, drawn: Counter[str], whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills = (
        (LikelySampler, "logits_of_tokens", 3, 0),  # the base model's right samples are measured
        (GradedTrainer, "train", 2, 1),  # within the first rung
        (LikelySampler, "sample", 3, 1),
        (Search, "measure", 4, 3),  # between the rungs
        (LikelySampler, "logits_of_tokens", 12, 3),  # within the second rung
    )
    for owner, step, number, measured in kills:
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, killing(getattr(owner, step), number))
            with pytest.raises(KeyboardInterrupt):
                opened().pilot()
        assert trials(opened()) == measured
        assert not opened().folder.ledger.of_kind("pilot-outcome")
    study = opened()
    outcome = study.pilot()
    assert outcome.model_copy(update={"hours": 0.0, "money": 0.0}) == whole.outcome.model_copy(
        update={"hours": 0.0, "money": 0.0}
    )
    assert drawn == whole.drawn
    assert len(study.folder.ledger.of_kind("pilot")) == 1
    used = [each.name for each in TracedFolder(study.folder, "ssd-pilot").used]
    charged = sum(name.startswith("base-pool-samples") for name in used)
    assert charged == 2, "the samples of a recipe that was dropped after a kill too"


def test_where_no_recipe_can_be_chosen_the_search_ends_at_once_and_the_arm_is_not_run(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = GradedTrainer.train

    def diverging(trainer: GradedTrainer, job: Any, **named: Any) -> Any:
        if job.config.learning_rate == 3e-3:
            raise DivergedError("the fine-tune diverges", ["Lower the rate."])
        return plain(trainer, job, **named)

    monkeypatch.setattr(GradedTrainer, "train", diverging)
    outcome = opened({"largest_kl": 1e-9}).pilot()
    assert outcome.chosen is None and len(outcome.rungs) == 1, "the second rung was not begun"
    assert fates(outcome, 1) == {1: Fate.DIVERGENCE, 2: Fate.FAILED, 3: Fate.DIVERGENCE}
    assert "Lower the rate." in outcome.rungs[0].trials[1].why
    with pytest.raises(StudyError, match="keeps the tolerances"):
        opened({"largest_kl": 1e-9}).train("ssd")


def test_a_base_model_that_solves_too_little_is_said_before_anything_is_trained(opened: Open) -> None:
    study = opened({"least_problems": 11})
    with pytest.raises(StudyError, match="too few development problems") as caught:
        study.pilot()
    assert "10 of 10" in str(caught.value) and "Nothing was trained" in str(caught.value)
    assert not list(study.folder.artifacts.glob("*-model-*"))


def test_more_problems_than_there_are_is_refused_before_anything_is_drawn(opened: Open, drawn: Counter[str]) -> None:
    with pytest.raises(StudyError, match="too few development problems") as caught:
        opened({"rungs": [{"dose": 1, "problems": 11, "samples": 2}]}).pilot()
    assert "up to 11 development problems, and `development` leaves 10" in str(caught.value)
    assert not drawn


def test_an_arm_that_is_registered_already_is_not_searched(opened: Open) -> None:
    study = opened()
    entry = {"spec": {"arm": "ssd"}}
    study.folder.ledger.append("pre-registration", entry, who="a test", time=study._context.services.clock.now())
    with pytest.raises(StudyError, match="registered already"):
        study.pilot()
