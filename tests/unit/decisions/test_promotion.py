"""A promotion is granted on whole evidence, and every reason against it is named at once."""

from __future__ import annotations

from typing import Any

import pytest

from passgap.decisions.promotion import (
    Change,
    GateEvidence,
    PromotionEvidence,
    PromotionWaiver,
    WeightsEvidence,
    decide_promotion,
)
from passgap.estimates import PairedDelta
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, Waiver
from passgap.records import Estimate, Insufficient, Measured


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=200, m=8, method="a test", unit="difference")


def change(delta: Measured, against: str = "base") -> Change:
    return Change(against=against, lift=PairedDelta(delta=delta, base=estimate(0, 0, 0), tuned=estimate(0, 0, 0)))


def probe(name: str, status: ProbeStatus) -> ProbeOutcome:
    return ProbeOutcome(
        probe=name,
        quantity=f"how much {name}",
        base=estimate(0, 0, 0),
        tuned=estimate(0, 0, 0),
        drift=estimate(0.3, 0.2, 0.4),
        tolerance=0.1,
        rule=Rule.CHANGE,
        status=status,
    )


def battery(*outcomes: ProbeOutcome, **fields: Any) -> BatteryOutcome:
    return BatteryOutcome(arm="ssd", outcomes=outcomes or (probe("length", ProbeStatus.WITHIN),), **fields)


def evidence(**fields: Any) -> PromotionEvidence:
    whole: dict[str, Any] = {
        "arm": "ssd",
        "changes": (change(estimate(0.04, 0.01, 0.07)),),
        "contamination": "200 held-out problems against 300 pool problems",
        "battery": battery(),
        "weights": WeightsEvidence(measured="a", trained="a", found="a", folder="checkpoint"),
        "registration": "r",
        "licence": "Apache-2.0",
    }
    return PromotionEvidence(**{**whole, **fields})


def objections(given: PromotionEvidence, **waivers: str) -> list[str]:
    waived = [PromotionWaiver(name=name, reason=reason) for name, reason in waivers.items()]
    return [each.name for each in decide_promotion(given, waived).objections]


def test_whole_evidence_is_granted() -> None:
    decision = decide_promotion(evidence())
    assert decision.granted and not decision.objections and not decision.waived


GATE = GateEvidence(entry="g", found=True, open=True, trained_from_round1=True)


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"changes": (), "lacking": "it was never evaluated"}, "held-out", "it was never evaluated"),
        ({"changes": (change(Insufficient(insufficient="one problem", n=1, m=1)),)}, "held-out", "one problem"),
        ({"changes": (change(estimate(-0.04, -0.07, -0.01)),)}, "worse", "it is worse"),
        ({"changes": (change(estimate(0.01, -0.02, 0.04)),)}, "lift", "no lift is shown"),
        ({"contamination": None}, "contamination", "compared with the held-out problems"),
        ({"battery": None}, "battery", "not run"),
        ({"battery": battery(probe("length", ProbeStatus.ALERT))}, "length", "out of tolerance"),
        ({"battery": battery(probe("refusals", ProbeStatus.INSUFFICIENT))}, "refusals", "could not be measured"),
        ({"round": 2}, "gate", "no entry of the ledger"),
        ({"round": 2, "gate": GateEvidence(entry="g")}, "gate", "no entry of the ledger"),
        ({"round": 2, "gate": GATE.model_copy(update={"open": False})}, "gate", "the gate was closed"),
        ({"round": 2, "gate": GATE.model_copy(update={"trained_from_round1": False})}, "gate", "other weights"),
        ({"gate": GateEvidence(entry=None)}, "gate", "an ungated second round"),
        (
            {"weights": WeightsEvidence(measured="a", trained="a", found="b", folder="x")},
            "weights",
            "a file was changed since",
        ),
        ({"weights": WeightsEvidence(measured="a", trained="a", found=None, folder="x")}, "weights", "no weights"),
        ({"registration": None}, "registration", "not pre-registered"),
        ({"changed": ("the seed",)}, "registration", "the seed"),
        ({"licence": "unknown"}, "licence", "model.licence"),
        ({"rehearsal": True}, "rehearsal", "too small to decide"),
    ],
)
def test_each_lack_is_an_objection_of_its_name(fields: dict[str, Any], name: str, said: str) -> None:
    decision = decide_promotion(evidence(**fields))
    assert not decision.granted
    assert {each.name for each in decision.objections} == {name}
    assert any(said in each.detail for each in decision.objections)


def test_all_objections_come_at_once() -> None:
    lacking = evidence(changes=(), contamination=None, battery=None, registration=None, licence="")
    assert objections(lacking) == ["held-out", "contamination", "battery", "registration", "licence"]


def test_a_second_round_through_an_open_gate_is_granted_unless_it_is_worse_than_the_first() -> None:
    lift, worse = change(estimate(0.04, 0.01, 0.07)), change(estimate(-0.02, -0.03, -0.01), "round 1")
    assert decide_promotion(evidence(round=2, gate=GATE)).granted
    assert objections(evidence(round=2, gate=GATE, changes=(lift, worse))) == ["worse"]
    no_better = change(estimate(0.0, -0.02, 0.02), "round 1")
    assert decide_promotion(evidence(round=2, gate=GATE, changes=(lift, no_better))).granted


def test_a_waiver_takes_away_the_objection_that_it_names_and_no_other() -> None:
    alert = battery(probe("length", ProbeStatus.ALERT), probe("comments", ProbeStatus.ALERT))
    assert objections(evidence(battery=alert), length="longer is fine") == ["comments"]
    both = [PromotionWaiver(name=name, reason="fine") for name in ("length", "comments")]
    decision = decide_promotion(evidence(battery=alert), both)
    assert decision.granted and [each.name for each in decision.waived] == ["length", "comments"]


def test_what_cannot_be_waived_stays_and_an_idle_waiver_is_refused() -> None:
    unsafe = evidence(battery=battery(probe("unsafe", ProbeStatus.ALERT)), safety=frozenset({"unsafe"}))
    assert objections(unsafe, unsafe="no") == ["unsafe"]
    assert objections(evidence(contamination=None), contamination="trust me") == ["contamination"]
    decision = decide_promotion(evidence(), [PromotionWaiver(name="lenght", reason="a slip")])
    assert not decision.granted and decision.idle == ("lenght",)


def test_an_alert_that_the_study_waived_before_the_training_is_no_objection() -> None:
    alert = probe("comments", ProbeStatus.ALERT)
    early, late = Waiver(probe="comments", reason="wanted"), Waiver(probe="comments", reason="wanted", late=True)
    assert decide_promotion(evidence(battery=battery(alert, waivers=(early,)))).granted
    assert objections(evidence(battery=battery(alert, waivers=(late,)))) == ["comments"]
