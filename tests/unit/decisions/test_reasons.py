"""The reasons and caveats of a verdict, word for word."""

from __future__ import annotations

import pytest

from passgap.decisions import Alternatives, BudgetFacts, Evidence, decide_verdict
from passgap.decisions.evidence import Floor
from passgap.estimates import EstimateTable, LearningSignal, Proposal
from passgap.records import Decoding, Estimate

SETTING = Decoding(temperature=1.6, top_k=20, top_p=0.8, max_new_tokens=16)


def estimate(value: float, low: float, high: float, unit: str = "fraction", level: float = 0.95) -> Estimate:
    return Estimate.model_validate(
        {"value": value, "low": low, "high": high, "n": 300, "m": 16, "method": "given", "unit": unit, "level": level}
    )


def row(one: float, gap: tuple[float, float, float], level: float = 0.95) -> dict[str, Estimate]:
    value, low, high = gap
    return {
        "pass@1": estimate(one, one - 0.01, one + 0.01, level=level),
        "pass@16": estimate(one + value, one + value - 0.01, one + value + 0.01, level=level),
        "gap@16": estimate(value, low, high, "points", level=level),
    }


GAP = row(0.2, (0.1, 0.07, 0.13))


def table(slices: dict[str, dict[str, Estimate]] | None = None, **further: Estimate) -> EstimateTable:
    return EstimateTable.model_validate(
        {"overall": {**GAP, **further}, "simultaneous": slices or {}, "problems": 300, "samples": 4800}
    )


def reasons(**facts: object) -> tuple[str, ...]:
    return decide_verdict(Evidence.model_validate({"table": table(), **facts})).reasons


def caveats(**facts: object) -> tuple[str, ...]:
    facts = {"table": table(), "contamination_checked": True, **facts}
    return decide_verdict(Evidence.model_validate(facts)).caveats


def signal(moved: float) -> LearningSignal:
    span = estimate(moved, moved, moved)
    return LearningSignal(
        decoding=SETTING,
        divergence=span,
        removed=estimate(0.1, 0.05, 0.15),
        moved=span,
        locks=span,
        forks=span,
        settled=span,
        lock_gain=span,
        fork_kept=span,
        zero_signal=False,
        positions=10,
    )


def test_each_gap_is_told_with_its_use() -> None:
    further = {
        "gap@4": estimate(0.04, 0.03, 0.05, "points"),
        "gap@64": estimate(0.2, 0.15, 0.25, "points"),
    }
    told = reasons(table=table(**further))
    assert told[:3] == (
        "gap@4 = 4.0 pp [3.0, 5.0] (for the record).",
        "gap@16 = 10.0 pp [7.0, 13.0] (decides).",
        "gap@64 = 20.0 pp [15.0, 25.0] (beyond the feasible k).",
    )


def test_slices_at_the_floor_and_with_the_gap_are_named() -> None:
    slices = {
        "easy": row(0.5, (0.1, 0.05, 0.2)),
        "medium": row(0.3, (0.1, 0.0499, 0.2)),
        "hard": row(0.01, (0.02, 0.0, 0.04)),
        "edge": {**row(0.02, (0.02, 0.0, 0.04)), "pass@16": estimate(0.04, 0.02, 0.05)},
    }
    told = reasons(table=table(slices))
    assert (
        "The gap is above the threshold in easy (10.0 pp [5.0, 20.0]), by intervals that hold for all slices at once."
        in told
    )
    assert "Slices at the floor, where SSD cannot help: hard (pass@16 3.0 % [2.0, 4.0])." in told
    without = reasons(table=table({"medium": slices["medium"]}))
    assert "In no single slice is the gap above the threshold by intervals that hold for all slices at once." in without
    assert not [each for each in reasons() if "slice" in each]


def test_signal_decoding_budget_and_comparator_are_weighed() -> None:
    told = reasons(
        signal=signal(0.2),
        proposal=Proposal(decoding=SETTING, why="it sharpens"),
        decode_lift=estimate(0.01, 0.005, 0.015, "difference"),
        budget=BudgetFacts(available_hours=3.0, needed_hours=1.25),
        comparator="dpo",
    )
    assert told[-5].startswith(
        "The declared sampling moves 20.0 % [20.0, 20.0] of the probability per token; truncation"
    )
    assert told[-5].endswith("removes 10.0 % [5.0, 15.0].")
    assert told[-4] == f"Proposed sampling: {SETTING.label}; it sharpens."
    assert told[-3].startswith("The best decode-only setting changes pass@1 by +1.0 pp [")
    assert told[-2] == "The minimal arm needs about 1.25 of 3 device-hours."
    assert told[-1] == "The declared comparator is dpo: SSD has to beat it per device-hour."


@pytest.mark.parametrize(
    ("facts", "caveat"),
    [
        ({"rehearsal": True}, "This study is a rehearsal, which decides nothing."),
        ({"contamination_checked": False}, "The problems have not been checked for contamination."),
        ({}, "Mode correctness was not measured: the results do not say how samples behave."),
        (
            {"signal": signal(0.0)},
            "The declared sampling setting carries almost no learning signal: change it before training.",
        ),
        (
            {"before_cutoff": 12},
            "12 of the 300 problems are dated before the model's cutoff: it may have been trained on them, and results "
            "on them may be memorised.",
        ),
        (
            {"judged_inside": 3},
            "3 of the 300 problems have tests that could not be split into calls and expected values: they run in the "
            "program's own process, which could forge their result.",
        ),
        (
            {"judged_inside": 3, "judged_by_command": 2},
            "2 of the 300 problems are tested by a command that runs in the jail together with the edited program, "
            "which could forge its report.",
        ),
        (
            {"table": table().model_copy(update={"unscored": 7})},
            "7 samples could not be scored and are left out of every denominator.",
        ),
        (
            {"table": EstimateTable(overall=row(0.2, (0.1, 0.07, 0.13), 0.9), problems=300, samples=4800)},
            "The intervals have the level 90 %, not the declared 95 %.",
        ),
    ],
)
def test_each_caveat_stands_where_it_holds_and_nowhere_else(facts: dict[str, object], caveat: str) -> None:
    assert caveat in caveats(**facts)
    if facts:
        assert caveats() == ("Mode correctness was not measured: the results do not say how samples behave.",)


def test_an_open_verdict_asks_for_problems_and_not_for_modes() -> None:
    open_table = EstimateTable(overall=row(0.2, (0.05, 0.03, 0.07)), problems=300, samples=4800)
    assert caveats(table=open_table) == ()
    assert not [each for each in reasons(table=open_table) if "comparator" in each]
    assert decide_verdict(Evidence(table=open_table, alternatives=Alternatives(verifier=True))).needed is not None


@pytest.mark.parametrize(("passed", "at_floor"), [(0, False), (190, True)])
def test_a_verdict_says_what_doing_nothing_passes_and_whether_the_model_is_above_it(
    passed: int, at_floor: bool
) -> None:
    floor = Floor(nothing="an empty middle", problems=200, passed=passed, unchanged=0.25)
    got = decide_verdict(Evidence(table=table(), floor=floor))
    [said] = [each for each in got.reasons if each.startswith("The floor of this set")]
    assert f"an empty middle passes on {passed} of 200 problems" in said
    assert "25 % are just that" in said
    assert any("is at the floor" in each for each in got.caveats) == at_floor


@pytest.mark.parametrize(("low", "at_floor"), [(0.0, True), (0.0004, True), (0.006, False)])
def test_a_few_samples_that_passed_lift_no_model_off_the_floor_whose_bound_is_shown_as_nothing(
    low: float, at_floor: bool
) -> None:
    floor = Floor(nothing="the repository unchanged", problems=24, passed=0, unchanged=0.0)
    measured = table(**{"pass@1": estimate(0.01, low, 0.139)})
    found = decide_verdict(Evidence(table=measured, floor=floor)).caveats
    assert any("is at the floor" in each for each in found) == at_floor
