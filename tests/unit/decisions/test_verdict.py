from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.decisions import (
    Alternatives,
    BudgetFacts,
    Evidence,
    Look,
    Situation,
    Thresholds,
    Verdict,
    VerdictKind,
    decide_verdict,
)
from passgap.decisions.alternatives import CANDIDATES
from passgap.errors import StudyError
from passgap.estimates import (
    Counts,
    EstimateTable,
    Grouping,
    LearningSignal,
    ModeCorrectness,
    Proposal,
    counts_from_columns,
    estimate_all,
    mode_bounds,
)
from passgap.moves import Move
from passgap.predictors import Direction, Foretold, Voice
from passgap.records import Decoding, Estimate, Insufficient, Measured


def counts(correct: list[int], m: int = 16, difficulties: list[str] | None = None) -> Counts:
    names = [f"p{i:05d}" for i in range(len(correct))]
    return counts_from_columns(names, [m] * len(correct), correct, difficulties=difficulties)


def estimate(value: float, low: float, high: float, unit: str = "fraction", n: int = 300) -> Estimate:
    return Estimate.model_validate(
        {"value": value, "low": low, "high": high, "n": n, "m": 16, "method": "given", "unit": unit}
    )


def modes(sharpening: Measured, plurality: Measured, grouping: Grouping = Grouping.BEHAVIOUR) -> ModeCorrectness:
    return ModeCorrectness(
        plurality=plurality,
        sharpening=sharpening,
        majority={},
        contested=120,
        problems=300,
        grouping=grouping,
        observed=1.0,
    )


WRONG = modes(estimate(-0.03, -0.05, -0.01, "difference"), estimate(0.2, 0.13, 0.28))
RIGHT = modes(estimate(0.05, 0.02, 0.08, "difference"), estimate(0.7, 0.6, 0.78))
GAP = counts([0] * 180 + [2] * 60 + [8] * 60)
FLOOR = counts([0] * 298 + [1] * 2)
CEILING = counts([16] * 297 + [15] * 3)
CONCENTRATED = counts([16] * 150 + [0] * 148 + [12] * 2)


def verdict(table: Counts, ks: tuple[int, ...] = (1, 4, 8, 16), **facts: object) -> Verdict:
    return decide_verdict(Evidence.model_validate({"table": estimate_all(table, ks), **facts}))


def test_a_gap_is_spent_by_minimal_ssd() -> None:
    got = verdict(GAP, modes=RIGHT)
    assert (got.verdict, got.other, got.situation) == (VerdictKind.GO_SSD, None, Situation.GAP)
    assert got.deciding_k == 16 and not got.underpowered and got.needed is None
    assert "gap@16" in got.justification and "sharpening helps" in got.justification


def test_a_wrong_mode_asks_for_the_verifier() -> None:
    got = verdict(GAP, modes=WRONG, alternatives=Alternatives(verifier=True))
    assert got.verdict is VerdictKind.GO_VERIFIER_AWARE_SSD
    assert got.moves == (Move.SSD, Move.SSD_VERIFIED), "the minimal recipe is run first all the same"


def test_a_verdict_calls_for_the_move_that_it_names() -> None:
    assert verdict(GAP, modes=RIGHT).moves == (Move.SSD,)
    assert verdict(FLOOR).moves == (Move.DO_NOTHING,)
    open_gap = verdict(GAP, modes=RIGHT).model_copy(update={"verdict": VerdictKind.MEASURE_MORE})
    assert open_gap.moves == ()


@pytest.mark.parametrize(
    ("at_hand", "other"),
    [
        (Alternatives(curated_examples=5_000), Move.SFT_EXTERNAL),
        (Alternatives(preference_pairs=5_000), Move.DPO),
        (Alternatives(documents=True), Move.RETRIEVAL),
        (Alternatives(), Move.DO_NOTHING),
    ],
)
def test_a_wrong_mode_without_a_verifier_asks_for_something_else(at_hand: Alternatives, other: Move) -> None:
    got = verdict(GAP, modes=WRONG, alternatives=at_hand)
    assert (got.verdict, got.other) == (VerdictKind.GO_OTHER, other)


def test_a_wrong_mode_needs_groups_that_can_show_it() -> None:
    lumped = WRONG.model_copy(update={"grouping": Grouping.CASES})
    assert verdict(GAP, modes=lumped, alternatives=Alternatives(verifier=True)).verdict is VerdictKind.GO_SSD


def test_sharper_decoding_that_helps_outweighs_a_wrong_mode() -> None:
    lift = estimate(0.02, 0.01, 0.03, "difference")
    got = verdict(GAP, modes=WRONG, decode_lift=lift, alternatives=Alternatives(verifier=True))
    assert got.verdict is VerdictKind.GO_SSD


@pytest.mark.parametrize(
    ("table", "situation", "at_hand", "other"),
    [
        (FLOOR, Situation.FLOOR, Alternatives(verifier=True), Move.DO_NOTHING),
        (FLOOR, Situation.FLOOR, Alternatives(curated_examples=500), Move.SFT_EXTERNAL),
        (FLOOR, Situation.FLOOR, Alternatives(documents=True), Move.RETRIEVAL),
        (CEILING, Situation.CEILING, Alternatives(curated_examples=500, verifier=True), Move.DO_NOTHING),
        (CONCENTRATED, Situation.CONCENTRATED, Alternatives(curated_examples=500, verifier=True), Move.SFT_EXTERNAL),
        (CONCENTRATED, Situation.CONCENTRATED, Alternatives(preference_pairs=500, verifier=True), Move.DPO),
        (CONCENTRATED, Situation.CONCENTRATED, Alternatives(verifier=True), Move.GRPO),
        (CONCENTRATED, Situation.CONCENTRATED, Alternatives(documents=True), Move.RETRIEVAL),
        (CONCENTRATED, Situation.CONCENTRATED, Alternatives(), Move.DO_NOTHING),
    ],
)
def test_without_a_gap_another_move_is_named(
    table: Counts, situation: Situation, at_hand: Alternatives, other: Move
) -> None:
    got = verdict(table, alternatives=at_hand)
    assert (got.verdict, got.situation, got.other) == (VerdictKind.GO_OTHER, situation, other)
    assert other.label in got.justification


def test_rare_successes_are_harvested_with_a_verifier() -> None:
    rare = counts([0] * 120 + [1] * 240, m=256)
    got = verdict(rare, (1, 16, 256), alternatives=Alternatives(verifier=True))
    assert (got.situation, got.other) == (Situation.RARE, Move.REJECTION_SAMPLING)
    assert verdict(rare, (1, 16, 256)).situation is not Situation.RARE


def test_decoding_that_takes_the_gap_is_enough() -> None:
    table = counts([0] * 250 + [4] * 50)
    lift = estimate(0.13, 0.125, 0.135, "difference")
    got = verdict(table, modes=RIGHT, decode_lift=lift)
    assert (got.situation, got.other) == (Situation.DECODING, Move.DECODE_ONLY)


def signal(decoding: Decoding, moved: float) -> LearningSignal:
    span = estimate(moved, moved, moved)
    return LearningSignal(
        decoding=decoding,
        divergence=span,
        removed=span,
        moved=span,
        locks=span,
        forks=span,
        settled=span,
        lock_gain=span,
        fork_kept=span,
        zero_signal=decoding.zero_signal,
        positions=1000,
    )


def test_no_signal_in_any_setting_is_no_ssd() -> None:
    nothing = signal(Decoding(temperature=0.9, max_new_tokens=8), 0.0)
    vain = Proposal(decoding=None, why="nothing moves")
    got = verdict(GAP, signal=nothing, proposal=vain, alternatives=Alternatives(verifier=True))
    assert (got.situation, got.other) == (Situation.NO_SIGNAL, Move.GRPO)


def test_a_zero_signal_setting_is_a_caveat_where_another_has_signal() -> None:
    hot = Decoding(temperature=1.6, top_k=20, top_p=0.8, max_new_tokens=8)
    fixed_point = signal(Decoding(temperature=1.0, max_new_tokens=8), 0.0)
    got = verdict(GAP, signal=fixed_point, proposal=Proposal(decoding=hot, why="it sharpens locks"))
    assert got.verdict is VerdictKind.GO_SSD
    assert any("no learning signal" in caveat for caveat in got.caveats)
    assert any("fixed point" in reason for reason in got.reasons)


def foretold(down: float, studies: int = 40) -> Foretold:
    """One diagnostic that foretells a fall."""
    measured = estimate(-0.02, -0.03, -0.01, "difference")
    voice = Voice(
        predictor="sharpening",
        measured=measured,
        direction=Direction.DOWN,
        chance=down,
        weight=1.0,
        studies=studies,
        right=0.9 * studies,
    )
    return Foretold(arm="ssd", voices=(voice,), up=(1 - down) / 2, none=(1 - down) / 2, down=down)


def test_a_fall_that_is_foretold_with_a_record_calls_for_a_verifier_or_another_move() -> None:
    surely = foretold(0.8)
    checked = verdict(GAP, modes=RIGHT, foretold=surely, alternatives=Alternatives(verifier=True))
    assert (checked.verdict, checked.situation) == (VerdictKind.GO_VERIFIER_AWARE_SSD, Situation.FORETOLD)
    unchecked = verdict(GAP, modes=RIGHT, foretold=surely, alternatives=Alternatives(preference_pairs=500))
    assert (unchecked.verdict, unchecked.other) == (VerdictKind.GO_OTHER, Move.DPO)
    assert "a fall with 0.80" in unchecked.justification and "track records" in unchecked.justification
    assert any("right in 36 of 40 studies" in reason for reason in checked.reasons)
    rows = {row.at: row.verdict for row in checked.sensitivity if row.input == "diagnostics that foretell"}
    assert rows == {"not heard": VerdictKind.GO_SSD, "always right": VerdictKind.GO_VERIFIER_AWARE_SSD}
    # Sharper decoding that was measured to help outweighs what is inferred of sharpening.
    helps = estimate(0.02, 0.01, 0.03, "difference")
    assert verdict(GAP, modes=RIGHT, foretold=surely, decode_lift=helps).verdict is VerdictKind.GO_SSD


def test_a_fall_that_is_foretold_by_a_prior_is_told_and_changes_nothing() -> None:
    got = verdict(GAP, modes=RIGHT, foretold=foretold(0.5, studies=0))
    assert (got.verdict, got.situation) == (VerdictKind.GO_SSD, Situation.GAP)
    assert any("a prior alone" in reason for reason in got.reasons)
    assert got.model_dump(mode="json")["foretold"]["down"] == 0.5
    assert "foretold" not in verdict(GAP).model_dump(mode="json")


def test_no_gap_stays_no_gap_whatever_is_foretold() -> None:
    for table in (FLOOR, CEILING, CONCENTRATED):
        assert verdict(table, foretold=foretold(0.9)).situation is verdict(table).situation


def test_what_cannot_be_paid_for_is_not_recommended() -> None:
    got = verdict(GAP, budget=BudgetFacts(available_hours=1.0, needed_hours=9.5))
    assert (got.situation, got.other) == (Situation.UNAFFORDABLE, Move.DECODE_ONLY)
    assert "9.5" in got.justification
    rich = next(row for row in got.sensitivity if row.input == "budget")
    assert rich.verdict is VerdictKind.GO_SSD


def test_a_straddling_interval_asks_for_more_and_says_how_much() -> None:
    got = verdict(counts([0] * 180 + [2] * 10 + [16] * 60))
    assert got.verdict is VerdictKind.MEASURE_MORE
    assert got.needed is not None and got.needed.problems > 250
    assert str(got.needed.problems) in got.justification


@pytest.mark.parametrize("table", [counts([]), counts([1, 2, 1] * 100, m=2)])
def test_without_pass_at_k_there_is_no_verdict(table: Counts) -> None:
    got = verdict(table)
    assert got.verdict is VerdictKind.MEASURE_MORE
    assert got.needed is not None and got.needed.samples == 16 and got.needed.problems >= 200
    assert got.deciding_k is None


def test_few_problems_are_labelled_underpowered() -> None:
    got = verdict(counts([0] * 60 + [4] * 80))
    assert got.underpowered and "underpowered" in got.justification
    assert any("140 problems" in caveat for caveat in got.caveats)
    assert verdict(GAP, rehearsal=True).underpowered


def test_the_threshold_is_the_declared_one() -> None:
    evidence = Evidence(table=estimate_all(GAP))
    strict = decide_verdict(evidence, Thresholds(gap=0.4))
    assert strict.verdict is VerdictKind.GO_OTHER


@pytest.mark.parametrize("gap", [0.0, 0.005, 0.9, 1.0, float("nan")])
def test_neither_always_nor_never_can_be_configured(gap: float) -> None:
    with pytest.raises(StudyError, match="nothing to decide"):
        Thresholds(gap=gap, lift=0.0)


def test_a_hard_slice_at_the_floor_is_named() -> None:
    table = counts([4] * 100 + [0] * 200, difficulties=["easy"] * 100 + ["hard"] * 200)
    got = verdict(table)
    assert any("Slices at the floor, where SSD cannot help: hard" in reason for reason in got.reasons)
    assert any("above the threshold in easy" in reason for reason in got.reasons)


def test_sensitivity_covers_both_ends_and_the_threshold() -> None:
    got = verdict(counts([0] * 180 + [2] * 10 + [16] * 60), alternatives=Alternatives(verifier=True))
    by_input = [(row.input, row.verdict) for row in got.sensitivity if row.input == "gap@16"]
    assert by_input[0] == ("gap@16", VerdictKind.GO_OTHER)
    assert by_input[-1] == ("gap@16", VerdictKind.GO_SSD)
    wrong = verdict(GAP, modes=WRONG, alternatives=Alternatives(verifier=True))
    assert any(row.input == "effect of sharpening" for row in wrong.sensitivity)
    [alone] = [row for row in wrong.sensitivity if row.input == "verifier"]
    assert (alone.at, alone.verdict) == ("none", VerdictKind.GO_OTHER)


def test_sensitivity_without_a_gap_is_about_floor_and_ceiling() -> None:
    # pass@16 of 6 to 12 %: at the floor of 10 % or above it, with no gap either way.
    got = verdict(counts([16] * 26 + [0] * 274), alternatives=Alternatives(documents=True, verifier=True))
    ends = {row.at.split(":")[0]: row.other for row in got.sensitivity if row.input == "pass@16"}
    assert ends == {"low": Move.RETRIEVAL, "high": Move.GRPO}
    assert {row.input for row in got.sensitivity} >= {"gap@16", "threshold of the gap", "pass@1", "verifier"}


def test_sensitivity_to_decoding_alone() -> None:
    lift = Estimate(value=0.20, low=0.02, high=0.40, n=150, m=16, method="given", unit="difference")
    got = verdict(GAP, decode_lift=lift)
    ends = [row.verdict for row in got.sensitivity if row.input == "lift of decoding alone"]
    assert ends == [VerdictKind.GO_SSD, VerdictKind.GO_OTHER]


def test_a_look_is_told_with_its_level() -> None:
    look = Look(number=2, of=3, problems=300, last=600, level_each=0.98, level=0.95)
    got = decide_verdict(Evidence(table=estimate_all(GAP, level=0.98), look=look), Thresholds(level=0.98))
    assert got.look == look and got.level == 0.98
    assert "Interim analysis 2 of 3 decided, at 300 of at most 600 problems" in got.justification
    assert "of each have the level 98 %, so that those of all hold together at 95 %" in got.justification


def test_unscored_samples_and_contamination_are_caveats() -> None:
    table = estimate_all(counts_from_columns(["a"], [16], [3], unscored=[2]))
    got = decide_verdict(Evidence(table=table))
    assert any("2 samples could not be scored" in caveat for caveat in got.caveats)
    assert any("contamination" in caveat for caveat in got.caveats)
    assert not any(
        "contamination" in c for c in decide_verdict(Evidence(table=table, contamination_checked=True)).caveats
    )


interesting = st.lists(st.integers(0, 16), min_size=0, max_size=80)


@given(interesting, st.booleans(), st.booleans())
def test_every_verdict_is_complete_and_shows_no_bare_number(
    correct: list[int], verifier: bool, with_modes: bool
) -> None:
    table = counts(correct * 4)
    evidence = Evidence(
        table=estimate_all(table),
        modes=mode_bounds(table) if with_modes else None,
        alternatives=Alternatives(verifier=verifier),
    )
    got = decide_verdict(evidence)
    assert (got.other is not None) == (got.verdict is VerdictKind.GO_OTHER)
    assert (got.needed is not None) == (got.verdict is VerdictKind.MEASURE_MORE)
    assert got.hypothesis and got.justification.startswith(got.hypothesis)
    stripped = re.sub(r"the threshold of 5 pp", "", got.justification)
    assert not re.search(r"\d (?:%|pp)(?! \[| intervals)", stripped), got.justification
    assert decide_verdict(evidence) == got


@given(interesting)
def test_a_higher_threshold_never_turns_a_no_into_a_go(correct: list[int]) -> None:
    evidence = Evidence(table=estimate_all(counts(correct * 3)))
    lax, strict = (decide_verdict(evidence, Thresholds(gap=gap)) for gap in (0.03, 0.08))
    if strict.verdict is VerdictKind.GO_SSD:
        assert lax.verdict is VerdictKind.GO_SSD
    if lax.verdict is VerdictKind.GO_OTHER:
        assert strict.verdict is VerdictKind.GO_OTHER


def test_an_insufficient_gap_is_skipped_for_a_smaller_k() -> None:
    table = estimate_all(counts([0] * 180 + [2] * 60 + [4] * 60, m=10), (1, 4, 8, 16))
    assert isinstance(table.overall["gap@16"], Insufficient)
    assert decide_verdict(Evidence(table=table)).deciding_k == 8


def test_a_verdict_survives_json() -> None:
    got = verdict(GAP, modes=WRONG, alternatives=Alternatives(verifier=True))
    assert Verdict.model_validate_json(got.model_dump_json()) == got
    assert got.model_dump(mode="json")["verdict"] == "GO-VERIFIER-AWARE-SSD"
    assert EstimateTable.model_validate_json(estimate_all(GAP).model_dump_json()) == estimate_all(GAP)


def test_the_documentation_has_a_case_for_every_branch() -> None:
    text = (Path(__file__).parents[3] / "docs" / "verdict.md").read_text()
    moves = {move.label for candidates in CANDIDATES.values() for move, _, _ in candidates}
    for name in (*VerdictKind, *Situation, *moves):
        assert f"`{name}`" in text, name


def test_where_the_gap_lies_is_said_with_intervals_that_hold_together() -> None:
    labels = ["easy", "hard"] * 200
    shown = "The gap is above the threshold in easy ("
    none = "In no single slice is the gap above the threshold by intervals that hold for all slices at once."
    correct = [0 if n % 2 else (1, 8)[n // 2 % 2] for n in range(400)]
    mixed = decide_verdict(Evidence(table=estimate_all(counts(correct, difficulties=labels))))
    assert any(each.startswith(shown) for each in mixed.reasons) and none not in mixed.reasons
    flat = decide_verdict(Evidence(table=estimate_all(counts([16] * 400, difficulties=labels))))
    assert none in flat.reasons
    bare = decide_verdict(Evidence(table=estimate_all(counts([16] * 400))))
    assert none not in bare.reasons and not any(each.startswith("The gap is above") for each in bare.reasons)


def test_intervals_of_another_level_than_the_declared_one_are_a_caveat() -> None:
    table = estimate_all(counts([3] * 300), level=0.9)
    caveats = decide_verdict(Evidence(table=table, contamination_checked=True), Thresholds(level=0.95)).caveats
    assert "The intervals have the level 90 %, not the declared 95 %." in caveats
    same = decide_verdict(Evidence(table=table, contamination_checked=True), Thresholds(level=0.9)).caveats
    assert not [each for each in same if "level" in each]
