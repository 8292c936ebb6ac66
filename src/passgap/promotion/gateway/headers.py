"""Which headers pass the gateway, in both directions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from passgap.promotion.gateway.ports import Headers

CHECKPOINT, ROLE, REQUEST_ID = b"x-passgap-checkpoint", b"x-passgap-route", b"x-passgap-request-id"

_OWN = b"x-passgap-"

_HOP_BY_HOP = frozenset(
    (
        *(b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"),
        *(b"te", b"trailer", b"transfer-encoding", b"upgrade"),
    )
)
"""RFC 9110, 7.6.1, with the older names that are still sent."""

_CLIENTS_OWN = frozenset(
    (b"authorization", b"x-api-key", b"api-key", b"cookie", b"host", b"content-length", b"expect", b"forwarded")
)
"""Not for upstreams: the client's secrets, and what the gateway writes anew."""

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")

First = Mapping[bytes, bytes]
"""Headers by name, in lower case: of several with one name, the first."""


def first_of(headers: Headers) -> First:
    """Headers by name; their names are in lower case already."""
    return dict(reversed(headers))


def for_upstream(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of a client's request that an upstream may see; their names are in lower case."""
    named = _named_by_connection(headers)
    return [
        (name, value)
        for name, value in headers
        if name not in _HOP_BY_HOP
        and name not in _CLIENTS_OWN
        and name not in named
        and not name.startswith((_OWN, b"x-forwarded-"))
    ]


def for_client(headers: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of an upstream's answer that the client may see; their names are in lower case."""
    named = _named_by_connection(headers)
    passed = [
        (name, value)
        for name, value in headers
        if name not in _HOP_BY_HOP and name not in named and not name.startswith(_OWN)
    ]
    names, values = zip(*passed, strict=True) if passed else ((), ())
    if b"" not in names and _NAME.fullmatch(b"".join(names)) and _VALUE.fullmatch(b"".join(values)):
        return passed
    return [(name, value) for name, value in passed if _NAME.fullmatch(name) and _VALUE.fullmatch(value)]


def value_of(headers: First, name: bytes) -> str | None:
    """The value of a header."""
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


def _named_by_connection(headers: Headers) -> frozenset[bytes]:
    values = [value for name, value in headers if name == b"connection"]
    if not values:
        return frozenset()
    return frozenset(each.strip().lower() for each in b",".join(values).split(b","))
