"""The diagnostics' joint statement: weights from a prior and a track record, never surer than the surest of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passgap.predictors import DECISIVE, Direction, Prediction, Standing, TrackCount, counts_of, weigh
from passgap.predictors import PREDICTORS as TABLE
from passgap.records import Estimate, Insufficient

HEARD = ("a", "b", "c")


def says(name: str, direction: Direction | None) -> Prediction:
    measured = Estimate(value=0.1, low=0.0, high=0.2, n=60, m=8, method="t", unit="difference")
    return Prediction(predictor=name, measured=measured, direction=direction, because="x")


@st.composite
def statements(draw: st.DrawFn) -> tuple[list[Prediction], dict[str, TrackCount]]:
    said = [says(name, draw(st.sampled_from([None, *Direction]))) for name in HEARD]
    record = {}
    for name in HEARD:
        studies = draw(st.integers(0, 40))
        record[name] = TrackCount(studies=studies, right=draw(st.floats(0, studies)))
    return said, record


@given(statements())
def test_the_pool_is_a_distribution_and_never_surer_than_its_surest_member(
    given_: tuple[list[Prediction], dict[str, TrackCount]],
) -> None:
    said, record = given_
    found = weigh("ssd", said, record, HEARD)
    if found is None:
        assert all(each.direction is None or record[each.predictor].chance <= 1 / 3 for each in said)
        return
    assert abs(found.up + found.none + found.down - 1.0) < 1e-9
    assert abs(sum(each.weight for each in found.voices) - 1.0) < 1e-9
    assert max(found.up, found.none, found.down) <= max(each.chance for each in found.voices) + 1e-9


@given(st.lists(st.sampled_from([None, *Direction]), min_size=3, max_size=3))
def test_without_a_track_record_nothing_is_decided(directions: list[Direction | None]) -> None:
    found = weigh("ssd", [says(*each) for each in zip(HEARD, directions, strict=True)], {}, HEARD)
    assert found is None or (max(found.up, found.none, found.down) < DECISIVE and not found.has_record)


def test_a_good_record_decides_and_a_bad_one_is_not_heard() -> None:
    said = [says("a", Direction.DOWN), says("b", Direction.UP)]
    good = weigh("ssd", said, {"a": TrackCount(studies=40, right=38), "b": TrackCount(studies=40, right=2)}, HEARD)
    assert good is not None and good.down > DECISIVE
    assert [each.weight for each in good.voices] == [1.0, 0.0]
    assert weigh("ssd", said, {}, ("c",)) is None
    assert weigh("ssd", said[1:], {"b": TrackCount(studies=40, right=2)}, HEARD) is None


def test_counts_are_of_studies_and_not_of_arms() -> None:
    share = Estimate(value=0.75, low=0.3, high=0.95, n=4, m=2, method="Wilson")
    nothing = Insufficient(insufficient="none", n=0, m=0)
    standing = Standing(
        predictor="a",
        studies=4,
        told=8,
        decided=8,
        right=6,
        share=share,
        commonest=6,
        sized=0,
        covered=0,
        coverage=nothing,
        error=nothing,
    )
    assert counts_of([standing]) == {"a": TrackCount(studies=4, right=3.0)}
    assert counts_of([standing.model_copy(update={"share": nothing})]) == {}


def test_what_the_verdict_reads_in_its_own_right_is_not_heard_again() -> None:
    own = {name for name, each in TABLE.items() if each.read_by_verdict}
    assert own >= {"gap", "plurality", "decoding-lift"}
    assert {"sharpening", "likelihood-auc", "likeliest"} <= set(TABLE) - own
