"""Which headers pass the gateway: those that are valid, whatever stands beside them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.gateway.headers import first_of, for_client, value_of

SOUND = (b"content-type", b"text/plain")

HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"x-a", b"x-b", b"content-type", b"te", b"x-passgap-route", b"", b"x a", b"x:a", b"x\r\na"]),
        st.binary(max_size=6) | st.sampled_from([b"", b"a b", b"a\r\nset-cookie: x", b"\x00", b"\xe9", b"a\tb"]),
    ),
    max_size=5,
)


@given(headers=HEADERS)
def test_a_header_that_no_answer_may_carry_does_not_pass_and_stops_no_other(
    headers: list[tuple[bytes, bytes]],
) -> None:
    passed = for_client([*headers, SOUND])
    assert passed[-1] == SOUND
    allowed = bytes([9, *range(32, 127), *range(128, 256)])
    sound = [
        (name, value)
        for name, value in headers
        if name in (b"x-a", b"x-b", b"content-type") and all(byte in allowed for byte in value)
    ]
    assert passed[:-1] == sound


def test_headers_that_a_connection_names_are_of_that_connection() -> None:
    assert for_client([(b"connection", b"close, X-Hop"), (b"x-hop", b"1"), SOUND]) == [SOUND]
    assert for_client([]) == []


def test_of_several_headers_the_first_counts() -> None:
    first = first_of([(b"a", b"1"), (b"b", b"2"), (b"a", b"3")])
    assert (value_of(first, b"a"), value_of(first, b"b"), value_of(first, b"c")) == ("1", "2", None)
