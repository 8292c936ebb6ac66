"""The battery in a plan: further looks, likelihoods, and the judge model wherever answers are judged."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from passgap.decisions.study_plan import PlannedStep
from passgap.study import drift, references
from passgap.study.battery import answers_asked, further_asked
from passgap.testing.scripted_study import DECLARED, open_scripted_study

pytestmark = pytest.mark.whole_battery

SPEED = {
    "tokens_per_second": 100,
    "tokens_per_sample": 600,
    "run_seconds_per_sample": 0.5,
    "training_tokens_per_second": 100,
    "source": "a test",
}
JUDGE = {"model": "judge", "base_url": "http://127.0.0.1:9/v1", "price_prompt": 1.0, "price_tokens": 1.0}
PILOT = {
    "arm": "ssd",
    "recipes": [{"temperature": 1.6, "epochs": 4}, {"temperature": 1.0, "epochs": 1}],
    "rungs": [{"dose": 0.5, "problems": 2, "samples": 2}, {"dose": 1.0, "problems": 2, "samples": 2}],
}


LOOKS = {"battery_looks": [1, 2, 4]}
FRONTIER = {"temperatures": [0.4, 0.8]}
ROOM = {
    "budget": {**DECLARED["budget"], "hours": {"sampling": 100, "training": 100, "evaluation": 100}},
    "development": {"hold_back": 4},
}


def steps_of(folder: Path, arms: dict[str, Any], **further: Any) -> dict[str, PlannedStep]:
    plan = open_scripted_study(folder, arms, Counter(), {"throughput": SPEED, **further}).plan()
    return {each.name: each for each in plan.steps}


def test_further_looks_are_priced_at_most_for_base_and_every_candidate(tmp_path: Path) -> None:
    study = open_scripted_study(tmp_path, {"ssd": {}}, Counter(), {"throughput": SPEED, **LOOKS})
    asked = further_asked(study._context.battery)
    once = answers_asked(study._context.battery)
    sampled = sum(each.answers for name, each in once.items() if "greedy" not in name)
    assert sum(each.answers for each in asked.values()) == 3 * sampled, "four times as many answers at the last look"
    again = "ask the battery's prompts again where a probe is undecided, at most"
    found = steps_of(tmp_path, {"ssd": {}}, **LOOKS)[again]
    assert found.price.samples == 2 * 3 * sampled
    assert found.price.tokens == 2 * sum(each.answers * each.longest for each in asked.values())
    single = steps_of(tmp_path, {"ssd": {}}, battery_looks=[1])
    assert not any("again" in name for name in single)


def test_likelihoods_are_priced_for_each_trained_model(tmp_path: Path) -> None:
    found = steps_of(tmp_path, {"ssd": {"seeds": [1, 2]}, "decode-only": {"temperatures": [0, 0.4], "samples": 2}})
    compared = found["compare next-token distributions of base and 2 trained models"]
    heldout = len((tmp_path / "heldout.jsonl").read_text().splitlines())
    texts = 2 * 2 * min(heldout, drift.PROBLEMS)
    assert (compared.price.samples, compared.price.tokens) == (texts, texts * drift.POSITIONS)
    [read] = [each for name, each in found.items() if "reference solutions" in name]
    solutions = read.price.samples // 3
    assert 0 < solutions <= min(references.PROBLEMS, heldout) and read.price.samples == 3 * solutions
    assert read.price.hours == pytest.approx(read.price.tokens / 100 / 3600)


def test_nothing_is_read_for_probes_that_the_engine_gives_no_likelihoods_for(tmp_path: Path) -> None:
    served = {"name": "server", "base_url": "http://127.0.0.1:9/v1", "dialect": "vllm"}
    found = steps_of(tmp_path, {"decode-only": {"temperatures": [0, 0.4], "samples": 2}}, engine=served)
    assert not any("reference solutions" in name or "next-token" in name for name in found)


def test_the_judge_is_priced_for_trials_the_frontier_and_further_looks(tmp_path: Path) -> None:
    found = steps_of(tmp_path, {"ssd": {}}, judge=JUDGE, pilot=PILOT, frontier=FRONTIER, **ROOM, **LOOKS)
    judged = {name.rpartition(": ")[2]: each.price for name, each in found.items() if name.startswith("have judge")}
    requests = 350
    assert {of: price.samples for of, price in judged.items()} == {
        "base and candidates": 2 * requests,
        "the trials of the search, at most": (2 + 1) * requests,
        "the frontier": requests,
        "further looks, at most": 3 * 2 * requests,
    }
    assert all(price.money > 0.0 for price in judged.values())
