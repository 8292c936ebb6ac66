"""Who may call: keys compared in constant time, and how many calls at once."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from passgap.promotion.gateway.headers import First, value_of
from passgap.promotion.settings import GatewaySettings


@dataclass(frozen=True)
class ClientKey:
    """A key of clients, of which only the hash is held."""

    name: str
    sha256: bytes
    concurrency: int


class Keys:
    """The keys that are in force.

    Args:
        clients: those of clients; where there is none, everybody may call.
        admin: the SHA-256 of the operators' key, where they have one.
        upstreams: the keys of upstreams by the upstream's name.
        store: the address of the shared store, where there is one.
    """

    def __init__(
        self,
        clients: tuple[ClientKey, ...],
        admin: bytes | None,
        upstreams: Mapping[str, str],
        store: str | None = None,
    ) -> None:
        self.clients = clients
        self.admin = admin
        self.upstreams = upstreams
        self.store = store

    def client_of(self, headers: First) -> ClientKey | None:
        """The key that a request presents, among those of clients. Every key is compared, whichever matches."""
        presented = digest_of_key(presented_in(headers))
        found = None
        for each in self.clients:
            if hmac.compare_digest(each.sha256, presented):
                found = each
        return found

    def is_admin(self, headers: First) -> bool:
        """Whether a request may see and change the gateway's state."""
        return self.admin is None or hmac.compare_digest(self.admin, digest_of_key(presented_in(headers)))


def keys_of(settings: GatewaySettings, environment: Mapping[str, str]) -> tuple[Keys, list[str]]:
    """Read the keys that settings name, and say which are missing.

    Args:
        settings: with the names of environment variables.
        environment: their values.
    """
    problems: list[str] = []

    def read(variable: str, place: str) -> str:
        value = environment.get(variable, "").strip()
        if not value:
            problems.append(f"{place}: the environment variable {variable} is not set, or is empty.")
        elif not value.isascii() or not value.isprintable():
            problems.append(f"{place}: the value of {variable} holds characters that no header can carry.")
        return value

    clients = tuple(
        ClientKey(
            name=each.name,
            sha256=bytes.fromhex(each.sha256)
            if each.sha256
            else digest_of_key(read(each.variable or "", f"keys.{number}.variable")),
            concurrency=each.concurrency,
        )
        for number, each in enumerate(settings.keys)
    )
    upstreams = {
        name: read(each.key_variable, f"upstreams.{name}.key_variable")
        for name, each in settings.upstreams.items()
        if each.key_variable
    }
    shared = settings.telemetry.store
    store = read(shared.url_variable, "telemetry.store.url_variable") if shared else None
    variable = settings.admin.key_variable
    admin = digest_of_key(read(variable, "admin.key_variable")) if variable else None
    if admin is not None and any(hmac.compare_digest(admin, each.sha256) for each in clients):
        problems.append("admin.key_variable: its key is one of the clients' keys. Operators need one of their own.")
    return Keys(clients, admin, upstreams, store), problems


def digest_of_key(key: str) -> bytes:
    """The SHA-256 of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def presented_in(headers: First) -> str:
    """The key that a request presents; empty for none."""
    scheme, _, key = (value_of(headers, b"authorization") or "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    return value_of(headers, b"x-api-key") or ""


class Places:
    """Counts the calls in flight, over all and by key."""

    def __init__(self) -> None:
        self.taken = 0
        self._by_key: Counter[str] = Counter()

    def take(self, limit: int, key: ClientKey | None) -> str | None:
        """Take a place for a call; say what is exhausted where there is none."""
        if self.taken >= limit:
            return "too_many_calls"
        if key is not None and self._by_key[key.name] >= key.concurrency:
            return "too_many_calls_of_key"
        self.taken += 1
        if key is not None:
            self._by_key[key.name] += 1
        return None

    def give(self, key: ClientKey | None) -> None:
        """Give a place back."""
        self.taken -= 1
        if key is not None:
            self._by_key[key.name] -= 1
