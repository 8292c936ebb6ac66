"""Rules on settings that look at more than one field."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from passgap.promotion.settings.traffic import Roles, RouteSection
from passgap.promotion.settings.upstreams import UpstreamSection

BUILT_IN = ("/v1/chat/completions", "/v1/completions", "/v1/models", "/v1/models/*", "/v1/feedback")
"""The paths that need no declaration."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def refusals(read: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything in which the fields that could be read contradict each other."""
    yield from _roles(read)
    yield from _shares(read)
    yield from _listeners(read)
    yield from _keys(read)
    yield from _routes(read.get("routes", ()))
    telemetry = read.get("telemetry")
    if telemetry is not None and telemetry.store is not None and telemetry.secret_variable is None:
        yield (
            "telemetry.secret_variable: missing. Gateways that share a store have to put the same users into the "
            "canary, so they need the same secret. Example: `secret_variable: PASSGAP_SPLIT_SECRET`."
        )


def _roles(read: Mapping[str, Any]) -> Iterator[str]:
    upstreams: Mapping[str, UpstreamSection] | None = read.get("upstreams")
    if upstreams is None:
        return
    for role in ("production", "base", "candidate"):
        name = read.get(role)
        if name is not None and name not in upstreams:
            yield f"{role}: there is no upstream {name!r}. There are: {', '.join(upstreams)}."
    candidate = read.get("candidate")
    if candidate is not None and read.get("roles") is Roles.REGISTRY:
        yield "candidate: `roles: registry` leaves it to the registry. Remove it, or set `roles: file`."
        return
    if read.get("roles") is Roles.REGISTRY and read.get("base") is None:
        yield (
            "base: missing. With `roles: registry` production is whatever was promoted, so the upstream that a "
            "rollback goes back to has to be named. Example: `base: base`."
        )
    if candidate is None or candidate not in upstreams:
        return
    if candidate == read.get("production"):
        yield (
            f"candidate: {candidate!r} is production already. Remove `candidate`, or name the upstream under test: a "
            f"checkpoint is not compared with itself."
        )
    if candidate == (read.get("base") or read.get("production")) and candidate != read.get("production"):
        yield f"candidate: {candidate!r} is the upstream that a rollback goes back to. Name another as `base`."


def _shares(read: Mapping[str, Any]) -> Iterator[str]:
    if read.get("candidate") is not None or read.get("roles") is Roles.REGISTRY:
        return
    for name in ("shadow", "canary"):
        section = read.get(name)
        if section is not None and section.share > 0.0:
            yield f"{name}.share: {section.share:g} of nothing: no `candidate` is named. Name one, or set it to 0."


def _listeners(read: Mapping[str, Any]) -> Iterator[str]:
    listen, admin, keys = read.get("listen"), read.get("admin"), read.get("keys")
    if listen is not None and keys == () and not is_loopback(listen.host):
        yield (
            f"keys: none, and `listen.host` is {listen.host}, which other machines can reach. Declare at least one "
            f"key. Example: `keys: [{{name: editor-team, variable: EDITOR_TEAM_KEY}}]`."
        )
    if admin is None:
        return
    if admin.port is not None and admin.socket is not None:
        yield "admin: `socket` and `port` are both given. Keep one of them."
    if admin.port is not None and admin.key_variable is None:
        yield (
            "admin.key_variable: missing. A port can be reached by every user of this machine, so it needs a key. "
            "Example: `key_variable: PASSGAP_ADMIN_KEY`."
        )
    if listen is not None and admin.port and (admin.host, admin.port) == (listen.host, listen.port):
        yield f"admin.port: {admin.port} is the clients' port. Operators need one of their own."


def _keys(read: Mapping[str, Any]) -> Iterator[str]:
    keys, admin = read.get("keys", ()), read.get("admin")
    for number, key in enumerate(keys):
        if (key.variable is None) == (key.sha256 is None):
            yield f"keys.{number}: give either `variable` or `sha256`, and not both."
        if admin is not None and key.variable is not None and key.variable == admin.key_variable:
            yield f"keys.{number}.variable: {key.variable} is the operators' key. Clients need one of their own."
    yield from (f"keys: the name {name!r} stands twice." for name in _doubled(key.name for key in keys))


def _routes(routes: Sequence[RouteSection]) -> Iterator[str]:
    paths = [each.path for each in routes]
    for each in routes:
        path = each.path
        if path in BUILT_IN:
            yield f"routes: {path} is always served. Remove it."
        if each.split and "POST" not in each.methods:
            yield f"routes: {path} is to be split, and no POST is passed: a request without a body names no model."
        if ".." in path or "//" in path:
            yield f"routes: {path} is not the plain path of an endpoint."
    yield from (f"routes: {path} stands twice." for path in _doubled(paths))


def _doubled(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
