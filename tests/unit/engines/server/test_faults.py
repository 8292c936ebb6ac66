"""Which requests are sent again, and after how long."""

from __future__ import annotations

import email.utils
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passgap.engines.server.faults import (
    LONGEST_WAIT,
    RefusedPromptError,
    RefusedStudyError,
    TryAgainError,
    fault_of_status,
    seconds_of,
    wait_before,
)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_asked_again(status: int) -> None:
    fault = fault_of_status(status, "busy", "7")
    assert isinstance(fault, TryAgainError)
    assert fault.wait == 7.0
    assert str(fault) == f"HTTP {status}: busy (asks for 7 seconds)"


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_request_that_is_understood_and_refused_is_not(status: int) -> None:
    assert isinstance(fault_of_status(status, "", None), RefusedPromptError)


@pytest.mark.parametrize("status", [301, 307, 401, 402, 403, 404, 405, 501, 505])
def test_nor_is_what_every_request_would_meet(status: int) -> None:
    assert isinstance(fault_of_status(status, "", None), RefusedStudyError)


@pytest.mark.parametrize(
    ("header", "seconds"), [(None, 0.0), ("", 0.0), ("12", 12.0), ("0.5", 0.5), ("-3", 0.0), ("soon", 0.0)]
)
def test_retry_after_is_read_in_seconds(header: str | None, seconds: float) -> None:
    assert seconds_of(header) == seconds


def test_retry_after_is_read_as_a_date() -> None:
    later = email.utils.formatdate(time.time() + 100, usegmt=True)
    assert 95.0 < seconds_of(later) <= 100.0
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@given(st.integers(1, 10_000), st.floats(0.0, 1e4), st.integers())
def test_waits_are_never_shorter_than_asked_nor_longer_than_the_longest(attempt: int, asked: float, seed: int) -> None:
    wait = wait_before(attempt, asked, random.Random(seed))
    assert asked <= wait <= max(asked, LONGEST_WAIT)


def test_waits_are_spread_over_the_whole_of_a_growing_range() -> None:
    source = random.Random(1)
    for attempt, ceiling in ((1, 1.0), (4, 8.0), (20, 60.0)):
        waits = [wait_before(attempt, 0.0, source) for _ in range(500)]
        assert max(waits) <= ceiling
        assert max(waits) > 0.95 * ceiling
        assert min(waits) < 0.05 * ceiling
