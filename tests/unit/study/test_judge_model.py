"""A judge model on a real server: judged once, kept, priced; and one that is slow, wrong or gone is never `within`."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from judges import JudgeServer, judging
from passgap.arms import BASE
from passgap.engines.server import faults, transport
from passgap.engines.server.judge import ServerJudge
from passgap.errors import StudyError
from passgap.ports import EngineIdentity
from passgap.probes import PROBES, BatteryOutcome, DriftTest, ModelSamples, ProbeStatus, run_battery
from passgap.records import Judgement, JudgementsManifest
from passgap.store import StudyFolder, select
from passgap.study import Study, battery
from passgap.study.battery import requests_judged
from passgap.study.battery_answers import ask_probes
from passgap.study.context import StudyContext
from passgap.study.declaration import declare
from passgap.study.judge_model import planned_judging
from passgap.tasks.probe_sets import load_probe_set

from .conftest import OpenStudy

JUDGED = ("refusals", "over-refusals", "unsafe compliance")
PER_KIND = 30


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "FIRST_WAIT", 0.01)

    def short(name: str, edition: int = 1) -> Any:
        whole = load_probe_set(name, edition)
        kinds = dict.fromkeys(each.kind for each in whole.prompts)
        return whole.model_copy(
            update={"prompts": tuple(one for kind in kinds for one in whole.of_kind(kind)[:PER_KIND])}
        )

    monkeypatch.setattr(battery, "load_probe_set", short)


@pytest.fixture
def opened(open_scripted: OpenStudy) -> Callable[..., StudyContext]:
    """Open the study with a judge."""

    def with_judge(server: JudgeServer, **more: Any) -> StudyContext:
        study: Study = open_scripted(f"judge: {json.dumps(server.section(**more))}\n")
        context = study._context
        section = context.spec.judge
        assert section is not None

        def open_judge(recorded: Any) -> ServerJudge:
            return ServerJudge(section, recorded)

        return replace(context, services=replace(context.services, open_judge=open_judge))

    return with_judge


def said(context: StudyContext, name: str = BASE) -> ModelSamples:
    answers = ask_probes(context, context.base_model(), name)
    assert answers.judged is not None
    return ModelSamples(
        heldout={},
        counts=None,  # type: ignore[arg-type] - no probe of answers reads them
        prompted=answers.by_kind(context.battery, requests_judged(context)),
        judge_fault=answers.judged.fault,
        rules_without_judge=context.spec.judge is not None and context.spec.judge.otherwise == "rules",
    )


def compared(base: ModelSamples, tuned: ModelSamples) -> BatteryOutcome:
    return run_battery(
        arm="x", base=base, tuned=tuned, tolerances={}, largest_k=2, level=0.95, probes=JUDGED, testing=DriftTest(0.05)
    )


def judgements(samples: ModelSamples) -> list[Judgement | None]:
    return [each.judged for asked in samples.prompted.values() for given in asked.values() for each in given]


def test_answers_are_judged_once_and_kept_with_their_price(opened: Callable[..., StudyContext], folder: Path) -> None:
    with judging() as server:
        context = opened(server, price_prompt=10.0, price_tokens=1000.0)
        first = said(context)
        asked = len(server.asked)
        assert asked == 2 * PER_KIND
        again = said(opened(server))
        assert len(server.asked) == asked and judgements(again) == judgements(first)
    assert judgements(again).count(None) == judgements(first).count(None) > 0, "the other sets are not judged"
    assert {Judgement.REFUSES, Judgement.COMPLIES} <= set(judgements(first))
    [entry] = select(StudyFolder(folder).index(), kind="judgements")
    assert entry.manifest is not None
    manifest = entry.manifest.read_as(JudgementsManifest)
    assert (manifest.samples, manifest.unjudged, manifest.external_prompt_tokens) == (asked, 0, 100 * asked)
    assert manifest.external_money == pytest.approx(asked * (100 * 10.0 + 2 * 1000.0) / 1e6)
    assert manifest.seconds > 0.0
    [recorded] = StudyFolder(folder).ledger.of_kind("judge")
    assert EngineIdentity.model_validate(recorded.payload).model == "judge"


def test_the_judge_decides_and_the_rules_stand_beside_it(opened: Callable[..., StudyContext]) -> None:
    with judging() as server:
        base = said(opened(server))
    found = compared(base, base)
    for each in found.outcomes:
        assert each.status is not ProbeStatus.INSUFFICIENT
        assert "by the judge model; the rules agree with it on" in each.note
    told = {each.probe: each.base for each in found.outcomes}
    assert told["refusals"].value == pytest.approx(0.5, abs=0.2), "the rules would find no refusal"  # type: ignore[union-attr]


def settled(server: JudgeServer) -> int:
    """The number of requests, when those that were on their way have arrived."""
    asked = -1
    while asked != len(server.asked):
        asked = len(server.asked)
        time.sleep(1.0)
    return asked


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("disconnect", "gives no answers"),
        ("garbage", "no JSON"),
        ("500", "HTTP 500"),
        ("slow", "no answer within"),
        ("endless", "more than|Error"),
        ("401", "refuses this study"),
    ],
)
def test_a_judge_that_is_gone_slow_or_wrong_leaves_the_probes_insufficient(
    opened: Callable[..., StudyContext], monkeypatch: pytest.MonkeyPatch, fault: str, reason: str
) -> None:
    monkeypatch.setattr(transport, "MOST_BYTES", 2**16)
    monkeypatch.setenv("JUDGE_KEY", "sk-very-secret")
    with judging(lambda number: fault if number >= 5 else None) as server:
        context = opened(server, timeout_seconds=0.3 if fault == "slow" else 60, key_variable="JUDGE_KEY")
        base, asked = said(context), settled(server)
        said(context, "other")
        assert len(server.asked) == asked, "a judge that failed is not waited for again in one process"
    assert server.keys[0] == "Bearer sk-very-secret"
    for each in compared(base, base).outcomes:
        assert each.status is ProbeStatus.INSUFFICIENT
        assert re.search(f"gave no judgement on .*({reason})", each.base.insufficient)  # type: ignore[union-attr]
        assert "sk-very-secret" not in each.base.insufficient  # type: ignore[union-attr]
    later = said(replace(opened(server), read_only=True))
    assert judgements(later) == judgements(base), "a report reads what there is, and asks nobody"
    assert re.search(reason, later.judge_fault) and "sk-very-secret" not in later.judge_fault


def test_what_was_judged_before_a_fault_is_not_judged_again(opened: Callable[..., StudyContext]) -> None:
    with judging(lambda number: "disconnect" if 45 <= number < 200 else None) as server:
        said(opened(server))
        broken = settled(server)
        server.fault = lambda _: None
        whole = said(opened(server))
        assert Judgement.UNKNOWN not in judgements(whole)
        assert len(server.asked) - broken == 2 * PER_KIND - 40, "the first shard is kept"


def test_replies_that_are_no_judgement_count_as_none(opened: Callable[..., StudyContext]) -> None:
    with judging(reply=lambda _: "I would say that \x1b[31mit depends") as server:
        base = said(opened(server))
        assert len(server.asked) == 2 * 2 * PER_KIND, "each is asked for a second time"
    found = compared(base, base)
    assert all(each.status is ProbeStatus.INSUFFICIENT for each in found.outcomes)
    assert "it depends" in base.judge_fault


def test_a_refused_question_is_one_answer_without_judgement(opened: Callable[..., StudyContext]) -> None:
    with judging(lambda number: "400" if number == 3 else None) as server:
        base = said(opened(server))
    assert judgements(base).count(Judgement.UNKNOWN) == 1
    found = {each.probe: each.status for each in compared(base, base).outcomes}
    assert found["refusals"] is ProbeStatus.WITHIN, "it is 1 of 60"
    assert ProbeStatus.INSUFFICIENT in found.values(), "it is 1 of 30"


def test_the_rules_decide_where_that_is_declared(opened: Callable[..., StudyContext]) -> None:
    with judging(lambda _: "500") as server:
        base = said(opened(server, otherwise="rules"))
    for each in compared(base, base).outcomes:
        assert each.status is not ProbeStatus.INSUFFICIENT
        assert each.note.startswith("by the rules, as declared: the judge model gave no judgement on")
        assert each.base.value == 0.0  # type: ignore[union-attr] - as the rules see these answers


def test_another_judge_does_not_judge_the_other_side(opened: Callable[..., StudyContext]) -> None:
    with judging() as server:
        base = said(opened(server))
        server.owner = "somebody else"
        asked = len(server.asked)
        other = said(opened(server), "other")
        assert len(server.asked) == asked
    assert "not the one" in other.judge_fault
    assert all(each.status is ProbeStatus.INSUFFICIENT for each in compared(base, other).outcomes)


def test_the_judge_is_declared_and_cannot_be_changed_afterwards(
    opened: Callable[..., StudyContext], open_scripted: OpenStudy
) -> None:
    with judging() as server:
        context = opened(server)
        payload = declare(context).payload
        assert isinstance(payload, dict) and payload["judge"]["model"] == "judge"  # type: ignore[index,call-overload]
        for changed in (open_scripted("")._context, opened(server, otherwise="rules")):
            with pytest.raises(StudyError, match="changed after it was declared"):
                declare(changed)


def test_a_plan_prices_the_judge(opened: Callable[..., StudyContext]) -> None:
    with judging() as server:
        context = opened(server, price_prompt=10.0, price_tokens=1000.0)
        requests = list(requests_judged(context).values())
        [before] = planned_judging(context, requests, 3)
        said(context)
        [after] = planned_judging(context, requests, 3)
    assert before.price.samples == after.price.samples == 3 * 2 * PER_KIND
    assert before.price.money > 0.0 and before.price.hours > 0.0
    measured = 3 * 2 * PER_KIND * (100 * 10.0 + 2 * 1000.0) / 1e6
    assert after.price.money == pytest.approx(measured + after.price.hours)
    assert after.basis == "the judgements so far"


def test_every_judged_probe_is_one_of_the_table() -> None:
    assert all(name in PROBES for name in JUDGED)
