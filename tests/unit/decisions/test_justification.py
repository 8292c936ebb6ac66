"""The paragraph of a verdict word for word, one situation after the other."""

from __future__ import annotations

import pytest

from passgap.decisions import Alternatives, Evidence, Look, Thresholds, decide_verdict
from passgap.estimates import EstimateTable, Grouping, ModeCorrectness
from passgap.records import Estimate

ASSUMPTION = "SSD assumes that the model already samples correct programs and only fails to concentrate on them."
DO_NOTHING = "Keep the base model: do-nothing, because"


def estimate(value: float, low: float, high: float, unit: str = "fraction") -> Estimate:
    return Estimate.model_validate(
        {"value": value, "low": low, "high": high, "n": 300, "m": 16, "method": "given", "unit": unit}
    )


def table(one: float, gap: tuple[float, float, float], beyond: float | None = None) -> EstimateTable:
    """A table with pass@1 and gap@16 as given, pass@16 their sum, each rate 2 points wide to either side."""
    value, low, high = gap
    overall = {
        "pass@1": estimate(one, one - 0.02, one + 0.02),
        "pass@16": estimate(one + value, one + value - 0.02, one + value + 0.02),
        "gap@16": estimate(value, low, high, "points"),
    }
    if beyond is not None:
        overall["gap@64"] = estimate(beyond, beyond - 0.01, beyond + 0.01, "points")
    return EstimateTable(overall=overall, problems=300, samples=4800)


GAP = table(0.2, (0.1, 0.07, 0.13))
NONE = (0.01, 0.0, 0.02)
DECIDING = "The deciding estimate is gap@16 = {} (n = 300 problems, m = 16 samples each, 95 % intervals), "


def told(evidence: Evidence) -> str:
    return decide_verdict(evidence).justification


def modes(sharpening: tuple[float, float, float], grouping: Grouping, contested: int = 40) -> ModeCorrectness:
    return ModeCorrectness(
        plurality=estimate(0.6, 0.5, 0.7),
        sharpening=estimate(*sharpening, unit="difference"),
        majority={},
        contested=contested,
        problems=300,
        grouping=grouping,
        observed=1.0,
    )


def test_a_gap() -> None:
    assert told(Evidence(table=GAP, comparator="dpo")) == (
        "The base model already samples correct programs without concentrating on them: one try solves 20.0 % "
        "[18.0, 22.0] of the problems, 16 tries solve 30.0 % [28.0, 32.0]. On that gap of 10.0 pp [7.0, 13.0] it fails "
        "not because it cannot write a correct program, but because it gives it too little probability. "
        + DECIDING.format("10.0 pp [7.0, 13.0]")
        + "entirely at or above the threshold of 5 pp. Run minimal SSD first, against the declared comparator "
        "(dpo). Whether the most frequent behaviour is correct was not measured."
    )


def test_a_gap_that_may_be_enough() -> None:
    said = told(Evidence(table=table(0.2, (0.05, 0.03, 0.07))))
    assert said.startswith(
        f"{ASSUMPTION} Here one try solves 20.0 % [18.0, 22.0] of the problems, 16 tries solve 25.0 % [23.0, 27.0]; "
        "the gap of 5.0 pp [3.0, 7.0] may or may not be large enough. "
        + DECIDING.format("5.0 pp [3.0, 7.0]")
        + "with the threshold of 5 pp inside its interval. About "
    )
    assert said.endswith("Until then, neither running nor dismissing SSD is justified.")
    assert (
        "with 16 samples each would settle it if the true gap is the estimated one (the estimate is within 1.5" in said
    )


def test_no_k_above_one() -> None:
    alone = EstimateTable(overall={"pass@1": estimate(0.2, 0.1, 0.3)}, problems=300, samples=300)
    assert told(Evidence(table=alone)).startswith(
        f"{ASSUMPTION} That cannot be assessed without pass@k for a k above 1. Draw 16 samples for each of at least "
        "300 problems. Until then"
    )


@pytest.mark.parametrize(
    ("one", "hypothesis", "why"),
    [
        (
            0.03,
            f"{ASSUMPTION} This model hardly samples any: "
            "one try solves 3.0 % [1.0, 5.0] of the problems, 16 tries solve 4.0 % [2.0, 6.0].",
            "neither curated data nor documents are available, and no reward would ever arrive.",
        ),
        (
            0.95,
            "SSD assumes that the model misses problems it could solve. Here it hardly misses any: one try solves "
            "95.0 % [93.0, 97.0] of the problems, 16 tries solve 96.0 % [94.0, 98.0].",
            "one try leaves hardly any room for improvement.",
        ),
        (
            0.5,
            "SSD assumes that the model fails because it does not concentrate on the correct programs it samples. Here "
            "it does: one try solves 50.0 % [48.0, 52.0] of the problems, 16 tries solve 51.0 % [49.0, 53.0], so 16 "
            "tries solve little that one try does not.",
            "nothing available would change the result.",
        ),
    ],
)
def test_no_gap(one: float, hypothesis: str, why: str) -> None:
    assert told(Evidence(table=table(one, NONE))) == (
        f"{hypothesis} "
        + DECIDING.format("1.0 pp [0.0, 2.0]")
        + f"entirely below the threshold of 5 pp. SSD is unlikely to help here. {DO_NOTHING} {why}"
    )


def test_rare_successes_name_the_gap_beyond_the_feasible_k() -> None:
    said = told(Evidence(table=table(0.05, NONE, beyond=0.2), alternatives=Alternatives(verifier=True)))
    assert said.endswith(
        "Only 64 tries solve more: gap@64 = 20.0 pp [19.0, 21.0]. Do this instead: rejection-sampling, "
        "because a verifier can harvest successes that are too rare to amplify unfiltered."
    )


def test_decoding_that_takes_the_gap() -> None:
    said = told(Evidence(table=GAP, decode_lift=estimate(0.1, 0.09, 0.11, "difference")))
    assert "Better decoding alone lifts pass@1 by +10.0 pp [" in said
    assert (
        "on problems that it was not chosen on, which leaves less than 5 pp to gain by training. Do this instead: "
        in said
    )


@pytest.mark.parametrize(
    ("sharpening", "grouping", "ending"),
    [
        ((0.03, 0.01, 0.05), Grouping.BEHAVIOUR, ": sharpening helps."),
        ((0.03, 0.01, 0.05), Grouping.PROGRAM, ": this does not rule minimal SSD out."),
        ((0.03, 0.0, 0.05), Grouping.BEHAVIOUR, ": this does not rule minimal SSD out."),
        ((0.03, 0.01, 0.05), Grouping.CASES, ": sharpening helps."),
        (
            (0.0, -0.01, 0.01),
            Grouping.CASES,
            "; both are lower bounds, because different wrong answers could not be told apart.",
        ),
    ],
)
def test_what_the_most_frequent_behaviour_shows(
    sharpening: tuple[float, float, float], grouping: Grouping, ending: str
) -> None:
    said = told(Evidence(table=GAP, modes=modes(sharpening, grouping)))
    assert (
        "On the 40 problems that some samples solve and others miss, the most frequent behaviour is correct in 60.0 % "
        in said
    )
    assert said.endswith(ending)


def test_nothing_contested_has_no_mode() -> None:
    said = told(Evidence(table=GAP, modes=modes((0.0, -0.01, 0.01), Grouping.BEHAVIOUR, contested=0)))
    assert said.endswith("No problem is solved by some samples and missed by others, so there is no mode to judge.")


@pytest.mark.parametrize(("table", "end"), [(GAP, "decided"), (table(0.2, (0.05, 0.03, 0.07)), "was inconclusive")])
def test_an_interim_analysis_says_whether_it_decided(table: EstimateTable, end: str) -> None:
    look = Look(number=1, of=2, problems=300, last=600, level_each=0.97, level=0.95)
    said = decide_verdict(Evidence(table=table, look=look), Thresholds()).justification
    assert f"Interim analysis 1 of 2 {end}, at 300 of at most 600 problems: the intervals of each have the " in said
    assert said.endswith("level 97 %, so that those of all hold together at 95 %.")


def test_an_underpowered_verdict_says_what_it_needs() -> None:
    said = decide_verdict(Evidence(table=GAP), Thresholds(problems=400)).justification
    assert said.endswith("This verdict is underpowered: acting on one takes at least 400 held-out problems.")


def test_a_rehearsal_with_enough_problems_is_not_told_that_it_has_too_few() -> None:
    said = told(Evidence(table=GAP, rehearsal=True))
    assert said.endswith("The study was declared a rehearsal, so this verdict is no basis for a decision.")
    assert "200" not in said


def test_a_wrong_mode_with_a_verifier_filters_first() -> None:
    wrong = modes((-0.03, -0.05, -0.01), Grouping.BEHAVIOUR).model_copy(update={"plurality": estimate(0.2, 0.1, 0.3)})
    said = told(Evidence(table=GAP, modes=wrong, alternatives=Alternatives(verifier=True)))
    assert said.endswith(
        ": sharpening would reinforce the wrong behaviour. A verifier is available: filter the samples with it before "
        "training on them."
    )
