"""Keyed hashes: numbers and names that are the same on every gateway with one secret, and that nobody else can compute.

BLAKE2b (RFC 7693) in its keyed mode is a pseudo-random function, so that a share of its values is a random share of
what was hashed, whatever clients choose as their names.
"""

from __future__ import annotations

import hashlib

SECRET_BYTES = 32

_WIDTH = 8


def fraction_of(secret: bytes, purpose: str, name: str) -> float:
    """A number in ``[0, 1)`` for a name, independent between purposes.

    Args:
        secret: the key.
        purpose: what the number decides, and for which candidate: the same users are drawn anew for the next one.
        name: of the user or the call.
    """
    digest = _digest(secret, purpose, name, _WIDTH)
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


def pseudonym_of(secret: bytes, user: str) -> str:
    """The name of a user in telemetry: 16 hexadecimal digits that only the secret leads back to the user."""
    return _digest(secret, "user", user, _WIDTH).hex()


def _digest(secret: bytes, purpose: str, name: str, size: int) -> bytes:
    text = f"{len(purpose)}:{purpose}{name}"
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=secret[:64], digest_size=size).digest()
