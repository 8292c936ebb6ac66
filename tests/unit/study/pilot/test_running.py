"""A search of a scripted study: what is measured, chosen, kept, charged and refused, and how it goes on when killed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
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


@pytest.fixture
def drawn() -> Counter[str]:
    return Counter()


@pytest.fixture
def opened(tmp_path: Path, drawn: Counter[str], monkeypatch: pytest.MonkeyPatch) -> Open:
    def again(pilot: dict[str, Any] | None = None, **further: Any) -> Study:
        return open_search(tmp_path / "study", drawn, monkeypatch, pilot, **further)

    return again


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[SearchOutcome, Counter[str]]:
    """A search that nothing interrupts, and what it draws."""
    drawn: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        outcome = open_search(tmp_path_factory.mktemp("whole"), drawn, patch).pilot()
    return outcome, drawn


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


def test_the_recipe_that_learns_most_is_chosen_registered_run_and_reported(opened: Open, drawn: Counter[str]) -> None:
    study = opened()
    outcome = study.pilot()
    assert outcome.chosen == BEST, outcome.why
    assert fates(outcome, 1) == {1: Fate.OUTRANKED, 2: Fate.GOES_ON, 3: Fate.GOES_ON}
    assert fates(outcome, 2) == {2: Fate.CHOSEN, 3: Fate.OUTRANKED}
    assert {each.trial.updates for each in outcome.rungs[0].trials} == {3}, "half of the updates"
    assert {each.trial.updates for each in outcome.rungs[1].trials} == {6}
    pool = sum(count for name, count in drawn.items() if name.startswith("pool"))
    assert pool == 2 * POOL * 2, "two recipes sample the pool alike, and share its samples"
    assert not list(study.folder.artifacts.glob("*pilot*/checkpoint")), "weights of trials are not kept"
    assert not list(study.folder.artifacts.glob("*.training"))
    assert payload(study, "pilot")["begun"] == 3
    assert payload(study, "pilot-outcome")["settings"] == {"temperature": 1.6, "learning_rate": 3e-3}

    before = drawn.copy()
    assert opened().pilot() == outcome and drawn == before, "nothing is done again"
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
    opened: Open, drawn: Counter[str], whole: tuple[SearchOutcome, Counter[str]], monkeypatch: pytest.MonkeyPatch
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
    assert outcome.model_copy(update={"hours": whole[0].hours, "money": whole[0].money}) == whole[0]
    assert drawn == whole[1]
    assert len(study.folder.ledger.of_kind("pilot")) == 1


def test_samples_that_a_recipe_used_before_a_kill_are_charged(
    opened: Open, whole: tuple[SearchOutcome, Counter[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 5):  # each trial in a process of its own
        with monkeypatch.context() as patch:
            patch.setattr(Search, "_measured", killing(Search._measured, 2))
            with pytest.raises(KeyboardInterrupt):
                opened().pilot()
        assert trials(opened()) == number
    study = opened()
    assert study.pilot().hours == pytest.approx(whole[0].hours)
    used = [each.name for each in TracedFolder(study.folder, "ssd-pilot").used]
    assert sum(name.startswith("base-pool-samples") for name in used) == 2, "the dropped recipe's too"


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
