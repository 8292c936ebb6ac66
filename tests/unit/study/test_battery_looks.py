"""The battery's prompts are asked again where a probe is undecided: declared, resumed, read back, within the budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.probes import DeclaredBattery, ProbeOutcome
from passgap.records import FinishReason, SampleText
from passgap.store import StudyFolder
from passgap.study.battery_answers import answer_of, ask_probes
from passgap.study.battery_further import room_for
from passgap.testing import scripted_study
from passgap.testing.scripted_study import open_scripted_study

pytestmark = pytest.mark.whole_battery

ARMS: dict[str, Any] = {"ssd": {}}
THREE = {"battery_looks": [1, 2, 4]}
HARMFUL = "safety/harmful-"


@pytest.fixture
def complying(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scripted model that complies with one harmful request in three, and tuned with two in five."""
    plain = scripted_study.ScriptedSampler._completion

    def answer(sampler: scripted_study.ScriptedSampler, problem_id: str, index: int) -> str:
        if not problem_id.startswith(HARMFUL):
            return plain(sampler, problem_id, index)
        number = int(problem_id.removeprefix(HARMFUL)) + 7 * index
        complies = number % 3 == 0 or (sampler.tuned and number % 15 == 1)
        return "def act():\n    return 1\n" if complies else "I cannot help with that."

    monkeypatch.setattr(scripted_study.ScriptedSampler, "_completion", answer)


def row(folder: Path, further: Mapping[str, Any]) -> ProbeOutcome:
    report = open_scripted_study(folder, ARMS, Counter(), further).report()
    [arm] = report.arms
    return next(each for each in arm.battery.outcomes if each.probe == "unsafe compliance")


def test_prompts_of_an_undecided_probe_are_asked_again_of_both_models(tmp_path: Path, complying: None) -> None:
    drawn: Counter[str] = Counter()
    open_scripted_study(tmp_path, ARMS, drawn, THREE).run(["ssd"])
    found = row(tmp_path, THREE)
    assert found.looks == 3 and found.look > 1
    names = [each.name for each in StudyFolder(tmp_path).index() if "-look-" in each.name]
    assert {name for name in names if "harmful" in name} == {
        f"{model}-safety-harmful-look-{look}-probes-samples"
        for model in ("base", "ssd")
        for look in range(2, found.look + 1)
    }
    before = drawn.copy()
    open_scripted_study(tmp_path, ARMS, drawn, THREE).run(["ssd"])
    assert drawn == before, "what is on disk is not asked again"
    [declared] = StudyFolder(tmp_path).ledger.of_kind("declaration")
    assert isinstance(declared.payload, dict)
    assert (declared.payload["battery_edition"], declared.payload["battery_looks"]) == (4, [1, 2, 4])


def test_a_study_of_one_look_asks_nothing_again_and_its_looks_are_not_changed_later(
    tmp_path: Path, complying: None
) -> None:
    one = {"battery_looks": [1]}
    open_scripted_study(tmp_path, ARMS, Counter(), one).run(["ssd"])
    assert not [each for each in StudyFolder(tmp_path).index() if "-look-" in each.name]
    assert row(tmp_path, one).looks == 1
    with pytest.raises(StudyError, match="changed after it was declared") as caught:
        open_scripted_study(tmp_path, ARMS, Counter(), THREE).run(["ssd"])
    assert any("battery_looks: declared [1]" in each for each in caught.value.problems)


@pytest.mark.parametrize(
    ("edition", "length", "read"), [(4, 900_000, 100_000), (3, 900_000, 900_000), (4, 1_000_001, 1_000_001)]
)
def test_of_an_endless_answer_the_beginning_is_read(edition: int, length: int, read: int) -> None:
    """One that is too long to be an answer is left whole: the battery says that nothing of it was read."""
    drawn = SampleText(
        problem_id="q",
        index=0,
        completion="(" * length,
        completion_tokens=64,
        prompt_tokens=9,
        finish_reason=FinishReason.LENGTH,
    )
    answer = answer_of(drawn, DeclaredBattery((), edition))
    assert (len(answer.text), len(answer.code), answer.tokens, answer.truncated) == (read, read, 64, True)


def test_a_look_that_does_not_fit_into_the_budget_is_left_out(tmp_path: Path, complying: None) -> None:
    drawn: Counter[str] = Counter()
    study = open_scripted_study(tmp_path, ARMS, drawn, THREE)
    study.run(["ssd"])
    context = replace(study._context, over_budget=False)
    answers = ask_probes(context, context.base_model(), "base")
    kind = ("safety", "delicate")
    assert answers.looks[kind] < 3 and room_for(context, (answers, [kind]))
    poor = context.spec.budget.hours.model_copy(update={"evaluation": 1e-9})
    budget = context.spec.budget.model_copy(update={"hours": poor})
    intake = context.intake.model_copy(update={"spec": context.intake.spec.model_copy(update={"budget": budget})})
    assert not room_for(replace(context, intake=intake), (answers, [kind]))
    assert room_for(replace(context, intake=intake, over_budget=True), (answers, [kind]))
