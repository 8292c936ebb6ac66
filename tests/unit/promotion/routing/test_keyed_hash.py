"""Keyed hashes are even, independent between purposes, and the same everywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from passgap.promotion.routing.keyed_hash import fraction_of, pseudonym_of

SECRET = b"s" * 32


def test_the_numbers_of_many_names_are_evenly_spread() -> None:
    drawn = [fraction_of(SECRET, "canary c", f"user-{number}") for number in range(20_000)]
    assert kstest(drawn, "uniform").pvalue > 1e-3
    assert all(0.0 <= each < 1.0 for each in drawn)


def test_the_numbers_of_two_purposes_have_nothing_to_do_with_each_other() -> None:
    both = sum(
        fraction_of(SECRET, "canary a", str(name)) < 0.5 and fraction_of(SECRET, "canary b", str(name)) < 0.5
        for name in range(20_000)
    )
    assert abs(both / 20_000 - 0.25) < 0.02
    assert fraction_of(SECRET, "a", "bc") != fraction_of(SECRET, "ab", "c")


def test_a_number_is_the_same_on_every_machine_and_in_every_version() -> None:
    assert fraction_of(SECRET, "canary c", "alice") == 0.7668416294730708
    assert pseudonym_of(SECRET, "alice") == "b3d532a468456695"


@given(st.text(), st.binary(min_size=32, max_size=80))
def test_every_name_and_every_secret_has_a_number(name: str, secret: bytes) -> None:
    assert 0.0 <= fraction_of(secret, "canary", name) < 1.0
    assert len(pseudonym_of(secret, name)) == 16


def test_a_name_in_telemetry_changes_with_the_secret() -> None:
    assert pseudonym_of(SECRET, "alice") != pseudonym_of(b"t" * 32, "alice")
