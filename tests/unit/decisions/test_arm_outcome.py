from __future__ import annotations

import pytest

from passgap.decisions import OutcomeOfArm, Thresholds, judge_arm
from passgap.estimates import Counts, PairedDelta, counts_from_columns, paired_delta
from passgap.probes import BatteryOutcome, ProbeOutcome, ProbeStatus, Rule, Waiver
from passgap.records import Estimate


def counts(correct: list[int]) -> Counts:
    return counts_from_columns([f"p{i:04d}" for i in range(len(correct))], [16] * len(correct), correct)


def delta(changes: list[int], base: int = 5) -> PairedDelta:
    return paired_delta(counts([base] * len(changes)), counts([base + change for change in changes]), 1)


def battery(*statuses: ProbeStatus, collapse: bool = False) -> BatteryOutcome:
    span = Estimate(value=0.1, low=0.05, high=0.2, n=50, m=1, method="given")
    outcomes = [
        ProbeOutcome(
            probe=f"probe{i}",
            quantity="share",
            base=span,
            tuned=span,
            drift=span,
            tolerance=0.1,
            rule=Rule.RISE,
            status=status,
            collapse=collapse,
        )
        for i, status in enumerate(statuses)
    ]
    return BatteryOutcome(arm="ssd", outcomes=tuple(outcomes))


CLEAN = battery(ProbeStatus.WITHIN, ProbeStatus.UNRESOLVED)
UP, DOWN, FLAT, NOISY = [1] * 300, [-1] * 300, [1, -1] * 400, [4, -4] * 110


@pytest.mark.parametrize(
    ("changes", "probes", "outcome"),
    [
        (UP, CLEAN, OutcomeOfArm.WORKED),
        (DOWN, CLEAN, OutcomeOfArm.WORSE),
        (FLAT, CLEAN, OutcomeOfArm.NO_EFFECT_SHOWN),
        (NOISY, CLEAN, OutcomeOfArm.UNDERPOWERED),
        (UP, battery(ProbeStatus.WITHIN, ProbeStatus.ALERT, collapse=True), OutcomeOfArm.COLLAPSED),
        (DOWN, battery(ProbeStatus.ALERT, collapse=True), OutcomeOfArm.COLLAPSED),
        (UP, battery(ProbeStatus.WITHIN, ProbeStatus.ALERT), OutcomeOfArm.DRIFTED),
        (DOWN, battery(ProbeStatus.ALERT), OutcomeOfArm.DRIFTED),
        (UP, battery(ProbeStatus.WITHIN, ProbeStatus.INSUFFICIENT), OutcomeOfArm.INCOMPLETE),
    ],
)
def test_each_outcome(changes: list[int], probes: BatteryOutcome, outcome: OutcomeOfArm) -> None:
    judged = judge_arm(delta(changes), probes)
    assert judged.outcome is outcome
    assert "pp [" in judged.headline
    assert (judged.needed_problems is not None) == (outcome is OutcomeOfArm.UNDERPOWERED)


def test_an_empty_battery_is_not_a_passed_battery() -> None:
    assert judge_arm(delta(UP), battery()).outcome is OutcomeOfArm.INCOMPLETE


def test_an_insufficient_delta_claims_nothing() -> None:
    empty = paired_delta(counts([]), counts([]), 1)
    assert judge_arm(empty, CLEAN).outcome is OutcomeOfArm.INCOMPLETE


def test_the_alert_is_named_and_the_least_lift_is_the_declared_one() -> None:
    alert = judge_arm(delta(UP), battery(ProbeStatus.WITHIN, ProbeStatus.ALERT))
    assert "probe1" in alert.headline
    assert judge_arm(delta(FLAT), CLEAN, Thresholds(lift=0.001)).outcome is OutcomeOfArm.UNDERPOWERED


def test_an_alert_on_style_is_no_collapse_and_is_named_with_its_drift() -> None:
    judged = judge_arm(delta(UP), battery(ProbeStatus.WITHIN, ProbeStatus.ALERT))
    assert judged.headline.startswith("It must not ship as it is: probe1 (share) by 10.0 %")
    assert "diversity, repetition, length and truncation raise no alert" in judged.headline
    both = battery(ProbeStatus.ALERT, collapse=True)
    style = battery(ProbeStatus.WITHIN, ProbeStatus.ALERT)
    mixed = BatteryOutcome(arm="ssd", outcomes=(*both.outcomes, *style.outcomes))
    assert judge_arm(delta(UP), mixed).outcome is OutcomeOfArm.COLLAPSED


def waived(late: bool) -> BatteryOutcome:
    waiver = Waiver(probe="probe1", reason="fewer comments are wanted.", late=late)
    return battery(ProbeStatus.WITHIN, ProbeStatus.ALERT).model_copy(update={"waivers": (waiver,)})


def test_a_waived_alert_stops_nothing_and_is_shown_with_its_reason() -> None:
    judged = judge_arm(delta(UP), waived(late=False))
    assert judged.outcome is OutcomeOfArm.WORKED
    assert judged.headline.endswith("no probe is out of tolerance but probe1, which was waived beforehand.")
    said = "The alert of probe1 was waived before it was registered: fewer comments are wanted."
    assert said in judged.reasons and "Out of tolerance: probe1 (share)." in judged.reasons


def test_a_waiver_that_came_after_the_registration_changes_no_outcome() -> None:
    judged = judge_arm(delta(UP), waived(late=True))
    assert judged.outcome is OutcomeOfArm.DRIFTED
    assert any("waived after the arm was registered, so it changes no outcome" in each for each in judged.reasons)


def test_a_rehearsal_with_enough_problems_says_that_it_is_one_and_not_that_it_lacks_some() -> None:
    reasons = judge_arm(delta(UP), CLEAN, rehearsal=True).reasons
    assert any("declared a rehearsal" in each for each in reasons)
    assert not any("at least 200" in each for each in reasons)


def test_small_and_rehearsed_arms_are_labelled() -> None:
    assert judge_arm(delta([1] * 100), CLEAN).underpowered
    assert judge_arm(delta(UP), CLEAN, rehearsal=True).underpowered


def test_the_largest_k_is_named() -> None:
    wide = paired_delta(counts([5] * 300), counts([6] * 300), 8)
    reasons = judge_arm(delta(UP), CLEAN, delta_k=(8, wide)).reasons
    [said] = [each for each in reasons if each.startswith("pass@8")]
    assert said.startswith("pass@8, the largest k, tuned minus base: +") and "pp [" in said and "n = 300" in said
    assert not judge_arm(delta(UP), CLEAN, delta_k=(1, delta(UP))).underpowered


def test_every_probe_is_named_under_its_own_status() -> None:
    probes = battery(ProbeStatus.WITHIN, ProbeStatus.ALERT, ProbeStatus.UNRESOLVED, ProbeStatus.INSUFFICIENT)
    reasons = judge_arm(delta(UP), probes).reasons
    assert "Out of tolerance: probe1 (share)." in reasons
    assert "Within tolerance, with an interval that reaches beyond it: probe2 (share)." in reasons
    assert "Not measurable on these samples: probe3 (share)." in reasons
    assert not [each for each in reasons if "probe0" in each]


def test_the_problems_that_would_show_the_lift_are_said_only_where_it_cannot_be_told() -> None:
    judged = judge_arm(delta(NOISY), CLEAN)
    needed = f"About {judged.needed_problems} problems would show a lift of 2.0 pp with a power of 80 %."
    assert needed in judged.reasons
    assert "a lift of 2 pp" in judged.headline
    assert not [each for each in judge_arm(delta(UP), CLEAN).reasons if each.startswith("About")]


def test_a_lift_that_was_seen_is_what_is_planned_for_where_it_is_larger() -> None:
    seen = judge_arm(delta([4, -4] * 110 + [16 - 5] * 12), CLEAN)
    assert seen.outcome is OutcomeOfArm.UNDERPOWERED
    [said] = [each for each in seen.reasons if each.startswith("About")]
    assert "a lift of 3.6 pp with a power of 80 %" in said


@pytest.mark.parametrize(("problems", "few"), [(199, True), (200, False)])
def test_as_many_problems_as_a_decision_needs_are_enough(problems: int, few: bool) -> None:
    judged = judge_arm(delta([1] * problems), CLEAN)
    said = "Only 199 problems; acting on a result takes at least 200."
    assert ((said in judged.reasons), judged.underpowered) == (few, few)
