"""Numbers in sentences: each in its unit, with its interval, as it is."""

from __future__ import annotations

from dataclasses import replace

from passgap.decisions import Alternatives, Thresholds
from passgap.decisions.classify import Inputs, Span
from passgap.decisions.verdict import _sensitivity
from passgap.decisions.wording import listed, percent, points, sizes
from passgap.records import Estimate, Insufficient

SHARE = Estimate(value=0.123, low=0.091, high=0.155, level=0.95, n=224, m=16, method="x")
GAP = SHARE.model_copy(update={"unit": "points"})
CHANGE = SHARE.model_copy(update={"unit": "difference", "value": 0.014, "low": -0.003, "high": 0.031, "level": 0.9833})
ABSENT = Insufficient(insufficient="no samples", n=3, m=2)


def test_a_share_is_percent_and_a_gap_or_change_percentage_points() -> None:
    assert percent(SHARE) == "12.3 % [9.1, 15.5]"
    assert points(GAP) == points(SHARE) == "12.3 pp [9.1, 15.5]"
    assert points(CHANGE) == "+1.4 pp [-0.3, 3.1]"
    assert points(CHANGE.model_copy(update={"value": -0.002})) == "-0.2 pp [-0.3, 3.1]"
    assert percent(ABSENT) == points(ABSENT) == "not measured (no samples)"


def test_sizes_come_with_the_level() -> None:
    assert sizes(SHARE) == "n = 224 problems, m = 16 samples each, 95 % intervals"
    assert sizes(CHANGE).endswith(", 98.33 % intervals")
    assert sizes(ABSENT) == "n = 3 problems, m = 2 samples each"


def test_names_are_listed_as_people_list_them() -> None:
    assert [listed(list("abcd"[:n])) for n in range(5)] == ["", "a", "a and b", "a, b and c", "a, b, c and d"]


def test_what_is_supposed_is_said_in_its_unit() -> None:
    inputs = Inputs(
        k=16,
        gap=Span(0.01, 0.02, 0.03),
        best=Span(0.2, 0.25, 0.3),
        single=Span(0.1, 0.15, 0.2),
        beyond=Span(0.02, 0.03, 0.04),
        sharpening=Span(-0.051, -0.03, 0.012),
        plurality=Span(0.2, 0.3, 0.4),
        mode_can_be_wrong=True,
        decode_lift=Span(-0.021, 0.0, 0.034),
        signal_possible=True,
        affordable=False,
        at_hand=Alternatives(),
    )
    told = [(row.input, row.at) for row in _sensitivity(inputs, Thresholds())]
    assert told == [
        ("gap@16", "low: 1.0 pp"),
        ("gap@16", "value: 2.0 pp"),
        ("gap@16", "high: 3.0 pp"),
        ("threshold of the gap", "2.5 pp"),
        ("threshold of the gap", "10.0 pp"),
        ("pass@16", "low: 20.0 %"),
        ("pass@16", "high: 30.0 %"),
        ("pass@1", "low: 10.0 %"),
        ("pass@1", "high: 20.0 %"),
        ("gap beyond the feasible k", "low: 2.0 pp"),
        ("gap beyond the feasible k", "high: 4.0 pp"),
        ("lift of decoding alone", "low: -2.1 pp"),
        ("lift of decoding alone", "high: +3.4 pp"),
        ("effect of sharpening", "low: -5.1 pp"),
        ("effect of sharpening", "high: +1.2 pp"),
        ("budget", "if it were enough"),
        ("verifier", "if there were one"),
    ]
    helped = replace(inputs, at_hand=Alternatives(verifier=True), affordable=True, gap=None)
    assert [row.at for row in _sensitivity(helped, Thresholds())][-1] == "if there were none"
