"""Whether an upstream answers, and serves the model that its settings name."""

from __future__ import annotations

import asyncio
import json

from passgap.promotion.gateway.ports import UpstreamClient, UpstreamFault
from passgap.promotion.routing.snapshot import Upstream
from passgap.records import Record

PROBE_SECONDS = 2.0

_LARGEST = 1 << 20


class Probe(Record):
    """The finding of an upstream's list of models."""

    answers: bool
    serves: bool | None
    """Whether the model is in the list; None where there is no list to see."""
    detail: str


async def probe(client: UpstreamClient, upstream: Upstream, key: str | None) -> Probe:
    """Ask an upstream for its models."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            status, body = await _asked(client, upstream, key)
    except TimeoutError:
        return Probe(answers=False, serves=None, detail=f"no answer within {PROBE_SECONDS:g} seconds")
    except UpstreamFault as fault:
        return Probe(answers=False, serves=None, detail=f"no answer ({fault.kind})")
    if status >= 500:
        return Probe(answers=False, serves=None, detail=f"it answers with the status {status}")
    names = _names(body) if status == 200 else None
    if names is None:
        return Probe(answers=True, serves=None, detail=f"it answers with the status {status} and lists no models")
    model = upstream.section.model
    listed = model in names
    detail = f"it serves {model!r}" if listed else f"it answers, and {model!r} is not in its list of models"
    return Probe(answers=True, serves=listed, detail=detail)


async def _asked(client: UpstreamClient, upstream: Upstream, key: str | None) -> tuple[int, bytes]:
    answer = await client.open(upstream, "GET", "/models", (), b"", key)
    try:
        body = b""
        while len(body) < _LARGEST and (data := await answer.read()):
            body += data
        return answer.status, body
    finally:
        answer.close()


def _names(body: bytes) -> list[str] | None:
    try:
        listed = json.loads(body)["data"]
        return [str(each["id"]) for each in listed]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
