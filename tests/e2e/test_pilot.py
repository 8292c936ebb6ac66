"""A recipe is searched on a tiny real model, chosen, registered and run: real engine, real sandbox, real trainer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from passgap.decisions.recipe_search import Fate
from passgap.errors import StudyError
from passgap.stages import Silent
from passgap.store import Ledger
from passgap.study.pilot import base_texts
from passgap.wiring import open_study

PILOT = {
    "arm": "ssd",
    "recipes": [
        {"temperature": 1.6, "learning_rate": 1.0e-3, "epochs": 2},
        {"temperature": 1.0, "learning_rate": 1.0e-4},
        {"temperature": 1.0, "method": "lora", "lora_rank": 4, "learning_rate": 1.0e-3},
    ],
    "rungs": [{"dose": 0.5, "problems": 4, "samples": 2}, {"dose": 1, "problems": 6, "samples": 2}],
    "base_samples": 2,
    "least_problems": 3,
    "largest_kl": 100.0,
}

pytestmark = pytest.mark.slow


@pytest.fixture
def searched(make_study: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with a search; every answer of its untrained model counts as right, as it writes no program."""
    folder = make_study("searched")
    study = yaml.safe_load((folder / "study.yaml").read_text())
    sampling, training = study.pop("sampling"), study.pop("training")
    study["arms"] = {
        "ssd": {
            "sampling": {name: sampling[name] for name in ("top_k", "top_p", "per_prompt", "max_new_tokens")},
            "training": {name: training[name] for name in ("batch_size", "max_length")},
        }
    }
    rows = (folder / "heldout.jsonl").read_text().replace("held", "dev").splitlines()[:6]
    (folder / "development.jsonl").write_text("\n".join(rows) + "\n")
    study["development"] = {"source": {"tasks": "jsonl", "path": "development.jsonl"}}
    study["pilot"] = PILOT
    (folder / "study.yaml").write_text(yaml.safe_dump(study))
    monkeypatch.setattr(base_texts, "_right", lambda evaluation: {each.key for each in evaluation.outcomes})
    return folder


def test_a_search_chooses_a_recipe_that_is_registered_and_run(searched: Path) -> None:
    study = open_study(searched, Silent())
    with pytest.raises(StudyError, match="has not ended"):
        study.register("ssd")
    outcome = study.pilot()
    assert [len(rung.trials) for rung in outcome.rungs] == [3, 2]
    assert outcome.chosen is not None, outcome.why
    won = outcome.winning
    assert won is not None
    assert won.rung == 2
    assert not list(searched.glob("artifacts/*pilot*/checkpoint")), "weights of trials are not kept"
    assert not list(searched.glob("artifacts/*.training"))

    assert open_study(searched, Silent()).pilot() == outcome, "nothing is done again"
    report = open_study(searched, Silent()).run(["ssd"])
    assert report.pilot == outcome
    ledger = Ledger(searched / "ledger.jsonl")
    [chosen] = ledger.of_kind("pilot-outcome")
    [registered] = ledger.of_kind("pre-registration")
    assert isinstance(registered.payload, dict)
    assert registered.payload["pilot"] == chosen.hash
    winner = outcome.winner
    assert winner is not None
    spec = registered.payload["spec"]
    assert isinstance(spec, dict)
    training, sampling = spec["training"], spec["sampling"]
    assert isinstance(training, dict)
    assert isinstance(sampling, dict)
    assert training["learning_rate"] == winner.settings["learning_rate"]
    assert sampling["temperature"] == winner.settings["temperature"]

    assert report.comparison is not None
    [cost] = [each for each in report.comparison.costs if each.arm == "ssd"]
    assert cost.stages["pilot"] > 0.0
    assert cost.standalone.hours >= outcome.hours * 0.99
    text = (searched / "report.md").read_text()
    assert "Recipe search: ssd" in text
    assert "optimistic" in text
    assert open_study(searched, Silent()).report().pilot == outcome

    declared = yaml.safe_load((searched / "study.yaml").read_text())
    (searched / "study.yaml").write_text(yaml.safe_dump({**declared, "pilot": {**PILOT, "keep": 0.9}}))
    with pytest.raises(StudyError, match="was declared otherwise"):
        open_study(searched, Silent()).pilot()
    del declared["pilot"]
    (searched / "study.yaml").write_text(yaml.safe_dump(declared))
    with pytest.raises(StudyError, match="does not declare the search any more"):
        open_study(searched, Silent()).train("ssd")


def test_where_no_recipe_keeps_the_tolerances_the_search_ends_early_and_the_arm_is_not_run(searched: Path) -> None:
    declared = yaml.safe_load((searched / "study.yaml").read_text())
    (searched / "study.yaml").write_text(yaml.safe_dump({**declared, "pilot": {**PILOT, "largest_kl": 1e-9}}))
    outcome = open_study(searched, Silent()).pilot()
    assert outcome.chosen is None
    assert [len(rung.trials) for rung in outcome.rungs] == [3], "the second rung was not begun"
    assert {each.fate for each in outcome.rungs[0].trials} == {Fate.DIVERGENCE}
    with pytest.raises(StudyError, match="keeps the tolerances"):
        open_study(searched, Silent()).register("ssd")
