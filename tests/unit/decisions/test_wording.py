"""Lists and suppositions in sentences."""

from __future__ import annotations

from dataclasses import replace

from passgap.decisions import Alternatives, Thresholds
from passgap.decisions.classify import Inputs, Span
from passgap.decisions.verdict import _sensitivity
from passgap.decisions.wording import listed


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
        ("budget", "sufficient"),
        ("verifier", "available"),
    ]
    helped = replace(inputs, at_hand=Alternatives(verifier=True), affordable=True, gap=None)
    assert [row.at for row in _sensitivity(helped, Thresholds())][-1] == "none"
