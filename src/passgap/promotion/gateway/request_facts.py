"""The facts that the gateway reads from a request to decide who serves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from passgap.promotion.gateway.headers import First, value_of
from passgap.promotion.json_text import parsed
from passgap.promotion.routing.json_edits import with_model

_LONGEST_USER = 1024


@dataclass(frozen=True)
class RequestFacts:
    """A request's body and what it says."""

    body: bytes
    readable: bool
    """Whether it is a JSON object. What is none goes to production as it is, which answers for itself."""
    model: str | None = None
    stream: bool = False
    user: str | None = None

    def renamed(self, model: str | None) -> bytes:
        """The body with another model; as it is for None."""
        if model is None or not self.readable:
            return self.body
        return with_model(self.body.decode("utf-8"), model).encode("utf-8")


def facts_of(body: bytes, headers: First, user_from: Sequence[str], key: str | None) -> RequestFacts:
    """Read a request.

    Args:
        body: of the request.
        headers: of the request.
        user_from: where its user may be named, in this order.
        key: the name of the client's key.
    """
    said = parsed(body)
    readable = isinstance(said, dict)
    fields = said if readable else {}
    model = fields.get("model")
    return RequestFacts(
        body=body,
        readable=readable,
        model=model if isinstance(model, str) else None,
        stream=fields.get("stream") is True,
        user=next(filter(None, (_user(each, fields, headers, key) for each in user_from)), None),
    )


def _user(source: str, fields: dict[str, object], headers: First, key: str | None) -> str | None:
    place, _, name = source.partition(":")
    if place == "key":
        return key and f"key:{key}"
    value = fields.get(name) if place == "body" else value_of(headers, name.lower().encode())
    return value[:_LONGEST_USER] if isinstance(value, str) else None
