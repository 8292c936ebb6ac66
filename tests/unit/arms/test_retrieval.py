"""Both arms of retrieval in a whole study: registered, shown, measured, probed, compared, and read again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap import parse_study
from passgap.arms import ARMS
from passgap.arms.retrieval import ARM as OWN
from passgap.arms.retrieval_external import ARM as EXTERNAL
from passgap.errors import NoCandidateError, StudyError
from passgap.ports import ModelReference, Progress, SampleRequest
from passgap.records import Decoding, Sample
from passgap.report import render_html, render_markdown
from passgap.study import Study
from passgap.testing.scripted_study import (
    HELDOUT,
    POOL,
    ScriptedSampler,
    ScriptedTrainer,
    open_scripted_study,
    study_text,
)

Prompts = list[SampleRequest]

TOPICS = ("folder", "table", "sentence", "north", "south")
"""Words of the pool's problems, each in two or three of the six; the battery speaks of some of them."""

NEIGHBOURED = 7
"""Held-out problems that name a thing which a pool problem names too."""


class Remembering(ScriptedSampler):
    """The scripted model, which keeps what it was asked, and always solves the pool with two demonstrations."""

    def __init__(self, model: Path, drawn: Counter[str], asked: Prompts) -> None:
        super().__init__(model, drawn)
        self.asked = asked

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        self.asked.extend(requests)
        for drawn in super().sample(requests, decoding, progress=progress):
            prompt = next(each.prompt for each in requests if each.problem_id == drawn.problem_id)
            solved = drawn.problem_id.startswith("pool/") and len(prompt.earlier) == 2
            prefix, _, number = drawn.problem_id.partition("/")
            longer = drawn.model_copy(update={"prompt_tokens": 9 + 20 * len(prompt.earlier)})
            better = f"def {prefix}_{number}(x):\n    y = x + {number}\n    return y\n"
            yield longer.model_copy(update={"completion": better}) if solved else longer


Open = Callable[[dict[str, Any]], tuple[Study, Prompts]]


@pytest.fixture
def opened(tmp_path: Path) -> Open:
    def open_study(arms: dict[str, Any]) -> tuple[Study, Prompts]:
        asked: Prompts = []
        study = open_scripted_study(tmp_path, arms, Counter())
        rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text().splitlines()]
        for number, row in enumerate(rows):
            row["prompt"] += f" Mind the {TOPICS[number % 3]} and the {TOPICS[3 + number // 3]}."
        (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

        def open_sampler(reference: ModelReference, recorded: object) -> ScriptedSampler:
            del recorded
            return Remembering(reference.folder, Counter(), asked)  # type: ignore[union-attr]

        services = replace(study._context.services, open_sampler=open_sampler)
        study._context = replace(study._context, services=services)
        return study, asked

    return open_study


def facts_of(report: Any, arm: str) -> dict[str, str]:
    [found] = [each for each in report.arms if each.arm == arm]
    return {fact.label: fact.text for fact in found.facts}


def test_both_arms_are_registered_measured_and_compared_and_read_again(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, asked = opened({"retrieval": {}, "retrieval-external": {}, "ssd": {}})
    train = ScriptedTrainer.train

    def takes_a_minute(self: ScriptedTrainer, job: Any, **rest: Any) -> Any:
        study._context.services.clock.seconds += 60.0  # type: ignore[attr-defined]
        return train(self, job, **rest)

    monkeypatch.setattr(ScriptedTrainer, "train", takes_a_minute)
    report = study.run(["retrieval", "retrieval-external", "ssd"])
    assert [each.arm for each in report.arms] == ["ssd", "retrieval", "retrieval-external"]
    own, external = (facts_of(report, name) for name in ("retrieval", "retrieval-external"))
    assert own["solved problems"].startswith(f"{POOL} of {POOL} pool problems have a verified solution of the model's")
    assert external["solved problems"] == f"{POOL} of {POOL} pool problems have a reference solution"
    for facts in (own, external):
        assert facts["demonstrations"] == "at most 1 per prompt, as turns"
        assert facts["neighbours"].startswith(f"found for {NEIGHBOURED} of {HELDOUT} held-out problems and for ")
        assert "estimated from above" in facts["tokens per prompt"], "the scripted model counts no tokens"
    captions = [each.caption for each in report.arms]
    assert "external" in captions[2] and "own" in captions[1] and len(set(captions)) == 3

    # Own solutions are the model's words, and the reference ones are not.
    shown = {
        (each.problem_id, exchange.answer)
        for each in asked
        for exchange in each.prompt.earlier
        if each.problem_id.startswith("heldout/")
    }
    answers = {answer for _, answer in shown}
    assert any("total = x +" in answer for answer in answers) and any("return x +" in answer for answer in answers)
    assert all("x -" not in answer for answer in answers), "a sample that fails is not shown"
    # The battery is asked with demonstrations too.
    assert {each.prompt.earlier for each in asked if not each.problem_id.startswith(("pool/", "heldout/"))} != {()}

    entries: list[Any] = [each.payload for each in study.folder.ledger.of_kind("pre-registration")]
    ssd, own_spec, external_spec = (entry["spec"] for entry in entries)
    assert [each["arm"] for each in (ssd, own_spec, external_spec)] == ["ssd", "retrieval", "retrieval-external"]
    assert own_spec["training"] is None and own_spec["sampling"] == ssd["sampling"], "the pool is sampled once for both"
    assert external_spec["training"] is None and external_spec["sampling"] is None
    [declaration] = study.folder.ledger.of_kind("declaration")
    assert "arms" not in declaration.payload  # type: ignore[operator]
    assert len(list((tmp_path / "artifacts").glob("base-pool-samples-*"))) == 1

    costs = {name: [line for line in each.costs] for name, each in ((each.arm, each) for each in report.arms)}
    stages = [line.stage for line in costs["retrieval"]]
    assert stages[:5] == ["sampling", "scoring", "retrieval", "sampling", "scoring"] and set(stages[5:]) == {"probes"}
    assert costs["retrieval-external"][0].step == "retrieval-external-prompts"
    for text in (render_markdown(report), render_html(report)):
        assert "retrieval of own verified solutions" in text and "How it was made" in text
        assert "Calls after which a trained arm is cheaper" in text
    sides = [[reason.partition(" minus base")[0] for reason in each.judgement.reasons[:1]] for each in report.arms]
    assert sides == [["pass@1, tuned"], ["pass@1, candidate"], ["pass@1, candidate"]]
    compared = report.comparison
    assert compared is not None
    calls = {each.arm: each.per_1000.hours / 1000 for each in compared.inference}
    made = {each.arm: each.standalone.hours for each in compared.costs}
    assert calls["retrieval"] > calls["ssd"] and calls["retrieval-external"] > calls["ssd"]
    after = {(each.arm, each.other): each.after.calls for each in compared.break_even}
    assert set(after) == {("ssd", "retrieval"), ("ssd", "retrieval-external")}
    for (one, other), number in after.items():
        assert made[one] + number * calls[one] == pytest.approx(made[other] + number * calls[other])
    dumped = [each.model_dump(mode="json") for each in report.arms]
    assert [each.get("trained", True) for each in dumped] == [True, False, False] and "trained" not in dumped[0]

    written = (tmp_path / "report.json").read_text()
    again, nothing = opened({"retrieval": {}, "retrieval-external": {}, "ssd": {}})
    again.report()
    assert json.loads((tmp_path / "report.json").read_text()) == json.loads(written)
    assert nothing == []


def test_of_several_numbers_the_best_on_development_problems_is_taken(opened: Open) -> None:
    study, asked = opened({"retrieval-external": {"k": [1, 2], "development": 4, "development_samples": 2}})
    report = study.run(["retrieval-external"])
    facts = facts_of(report, "retrieval-external")
    assert facts["demonstrations"].startswith(
        "at most 2 per prompt, as turns; chosen on development problems of the pool: 1: pass@1 50.0 %"
    )
    tried = [each for each in asked if each.problem_id.startswith("pool/")]
    assert len(tried) == 8 and len({each.problem_id for each in tried}) == 4
    for each in tried:
        number = each.problem_id.partition("/")[2]
        assert all(f"x + {number}\n" not in exchange.answer for exchange in each.prompt.earlier)
    heldout = [each for each in asked if each.prompt.earlier and each.problem_id.startswith("heldout/")]
    assert len(heldout) == NEIGHBOURED
    [line] = [each for each in study.plan().steps if each.name.startswith("choose the number of demonstrations")]
    assert line.price.samples == 2 * 4 * 2


def test_the_model_is_measured_only_under_the_registered_settings(opened: Open) -> None:
    study, _ = opened({"retrieval-external": {}})
    with pytest.raises(StudyError, match="is not pre-registered, so it is not measured"):
        study.evaluate("retrieval-external")
    study.register("retrieval-external")
    study.evaluate("retrieval-external")
    edited, _ = opened({"retrieval-external": {"k": [2]}})
    with pytest.raises(StudyError, match="was registered otherwise") as caught:
        edited.evaluate("retrieval-external")
    assert any("'k': [1]" in problem and "'k': [2]" in problem for problem in caught.value.problems)
    with pytest.raises(StudyError, match="trains nothing"):
        study.train("retrieval-external")


def test_an_arm_can_be_added_to_a_study_that_has_begun(opened: Open) -> None:
    study, _ = opened({"ssd": {}})
    study.evaluate("base")
    later, _ = opened({"ssd": {}, "retrieval-external": {}})
    entry: Any = later.register("retrieval-external").payload
    assert entry["spec"]["arm"] == "retrieval-external"


def test_a_model_that_solves_nothing_has_nothing_to_show(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    study, _ = opened({"retrieval": {}})
    monkeypatch.setattr(ScriptedSampler, "_completion", lambda self, problem, index: "def f(x):\n    return None\n")
    study.register("retrieval")
    with pytest.raises(NoCandidateError, match="retrieval has no solved problem to show") as caught:
        study.evaluate("retrieval")
    assert caught.value.problems[0].startswith(f"0 of {POOL} pool problems have a verified solution")


@pytest.mark.parametrize(
    ("arm", "section", "said"),
    [
        (OWN, {"k": []}, "arms.retrieval.k"),
        (OWN, {"k": [0]}, "arms.retrieval.k"),
        (EXTERNAL, {"k": [1, 1]}, "arms.retrieval-external.k: a number is given twice"),
        (EXTERNAL, {"style": "shout"}, "arms.retrieval-external.style"),
        (OWN, {"sampling": {"max_new_tokens": 1024}}, "arms.retrieval.sampling.max_new_tokens: 1024 leave no room"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(arm: Any, section: dict[str, Any], said: str) -> None:
    with pytest.raises(StudyError) as caught:
        parse_study(study_text({arm.name: section}))
    assert any(said in problem for problem in caught.value.problems)


def test_turns_are_refused_for_a_model_that_has_none() -> None:
    text = study_text({"retrieval": {"style": "turns"}}).replace(
        "context_tokens: 1024", "context_tokens: 1024\n  chat: false"
    )
    with pytest.raises(StudyError) as caught:
        parse_study(text)
    assert any("arms.retrieval.style: turns, and `model.chat: false`" in problem for problem in caught.value.problems)


def test_settings_without_effect_are_flagged() -> None:
    flags = parse_study(study_text({"retrieval": {"development": 10}})).flags
    assert any("arms.retrieval.development: given, and nothing is chosen" in flag for flag in flags)


def test_a_pool_without_solutions_or_tests_is_refused_before_anything_is_sampled(opened: Open, tmp_path: Path) -> None:
    study, _ = opened({"retrieval": {}, "retrieval-external": {}})
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text().splitlines()]
    for row in rows:
        row.pop("reference")
    (tmp_path / "pool.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(StudyError, match="lack what its arms need") as caught:
        study.check()
    [problem] = caught.value.problems
    assert problem.startswith("arms.retrieval-external: no problem of the pool has a reference solution")
    assert ARMS["retrieval"] is OWN
