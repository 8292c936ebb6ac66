"""Every figure is written by its unit, and no measured one without its interval."""

from __future__ import annotations

from passgap import formatting
from passgap.formatting import Intervals, inline, interval_of, sizes_of, stated, stated_sizes, value_of
from passgap.records import Estimate, Insufficient


def test_numbers_are_written_with_their_unit_and_never_without_an_interval() -> None:
    share = Estimate(value=0.0456, low=0.033, high=0.061, n=210, m=16, method="x", unscored=3)
    assert value_of(share) == "4.6 %"
    assert interval_of(share) == "[3.3, 6.1]"
    assert sizes_of(share) == "n=210, m=16, 3 unscored"
    delta = Estimate(value=0.014, low=-0.003, high=0.031, n=96, m=16, method="x", unit="difference")
    assert inline(delta) == "+1.4 pp (95 % interval [-0.3, +3.1], n=96, m=16)"
    absent = Insufficient(insufficient="fewer than 10 problems", n=4, m=1)
    assert inline(absent) == "not measurable (fewer than 10 problems)"
    assert (value_of(absent), interval_of(absent)) == ("insufficient", "fewer than 10 problems")


def test_intervals_of_several_levels_say_their_own() -> None:
    one, other = (
        Estimate(value=0.2, low=0.1, high=0.3, level=level, n=99, m=4, method="x") for level in (0.95, 0.9833)
    )
    both = Intervals([one, other])
    assert both.titled("t") == "t, intervals at several levels"
    assert both.of(other) == "[10.0, 30.0] at 98.33 %" and both.beside(one) == "20.0 % [10.0, 30.0] at 95 %"
    assert Intervals([one]).titled("t") == "t, 95 % intervals" and Intervals([one]).of(one) == "[10.0, 30.0]"
    assert Intervals([]).titled("t") == "t" and both.beside(None) == ""


def test_figures_in_sentences_have_their_unit_interval_and_sizes() -> None:
    share = Estimate(value=0.123, low=0.091, high=0.155, n=224, m=16, method="x")
    gap = share.model_copy(update={"unit": "points"})
    change = share.model_copy(
        update={"unit": "difference", "value": 0.014, "low": -0.003, "high": 0.031, "level": 0.9833}
    )
    absent = Insufficient(insufficient="no samples", n=3, m=2)
    assert stated(share) == "12.3 % [9.1, 15.5]" and stated(gap) == "12.3 pp [9.1, 15.5]"
    assert stated(change) == "+1.4 pp [-0.3, +3.1]"
    assert stated(change.model_copy(update={"value": -0.002})) == "-0.2 pp [-0.3, +3.1]"
    nothing = change.model_copy(update={"value": -0.0004, "low": -0.0004})
    assert stated(nothing) == "+0.0 pp [+0.0, +3.1]" == f"{value_of(nothing)} {interval_of(nothing)}"
    assert stated(absent) == "not measured (no samples)"
    assert stated_sizes(share) == "n = 224 problems, m = 16 samples each, 95 % intervals"
    assert stated_sizes(change).endswith(", 98.33 % intervals")
    assert stated_sizes(absent) == "n = 3 problems, m = 2 samples each"


def test_what_was_metered_declared_or_predicted_is_written_by_its_unit() -> None:
    assert formatting.points(0.05) == "5 pp" and formatting.share(0.125) == "12.5 %"
    assert formatting.count(403_200) == "403,200" and formatting.per_second(1034.4) == "1,034"
    assert formatting.seconds(1116.04) == "1,116.0" and formatting.milliseconds(0.0178) == "17.8 ms"
    assert formatting.hours(0.31) == "0.310" and formatting.extra_hours(0.5) == "+0.500"
    assert formatting.money(0.031) == "0.031"
    assert formatting.predicted(0.3149) == "0.31" and formatting.budgeted(2.0) == "2"
    assert formatting.factor(2.345) == "2.3" and formatting.p_value(0.00312) == "0.0031"
    assert formatting.similarity(0.907) == "0.91"
