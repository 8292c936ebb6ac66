"""Quantities are values; their text is the key that every file has had from the first version on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.estimates import (
    PASS_AT_1,
    GapAtK,
    PassAtK,
    counts_from_columns,
    estimate_all,
    gaps_in,
    parse_quantity,
    passes_in,
    quantities_for,
)
from passgap.records import Estimate, Insufficient


def test_a_quantity_is_written_as_it_always_was() -> None:
    assert [str(each) for each in (PASS_AT_1, PassAtK(16), GapAtK(4))] == ["pass@1", "pass@16", "gap@4"]


@given(st.integers(2, 10_000), st.sampled_from([PassAtK, GapAtK]))
def test_what_is_written_is_read_as_the_same(k: int, kind: type[PassAtK] | type[GapAtK]) -> None:
    assert parse_quantity(str(kind(k))) == kind(k)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("pass", "neither"),
        ("pass@", "neither"),
        ("pass@x", "neither"),
        ("pass@-1", "neither"),
        ("maj@4", "neither"),
        ("16", "neither"),
        ("pass@0", "pass@k needs k of 1 or more, not 0"),
        ("gap@1", "k must be 2 or more, not 1"),
    ],
)
def test_what_is_no_quantity_is_not_read_as_one(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        parse_quantity(text)


def test_every_k_has_a_pass_rate_and_every_larger_one_a_gap() -> None:
    assert [str(each) for each in quantities_for([8, 1, 4, 4])] == ["pass@1", "pass@4", "pass@8", "gap@4", "gap@8"]


def test_a_row_is_read_by_ascending_k() -> None:
    nothing = Insufficient(insufficient="none", n=0, m=0)
    row = {"pass@16": nothing, "gap@8": nothing, "pass@4": nothing, "gap@4": nothing}
    assert list(passes_in(row)) == [4, 16]
    assert list(gaps_in(row)) == [4, 8]


def test_a_table_gives_a_quantity_or_says_that_it_has_none() -> None:
    table = estimate_all(counts_from_columns(["a"], [4], [2]), [1, 4])
    measured = table.overall_of(PASS_AT_1)
    assert isinstance(measured, Estimate) and measured == table.overall["pass@1"]
    assert table.overall_of(GapAtK(8)) is None
