"""The clients' side of the gateway, as a raw ASGI application."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from pydantic import Field, ValidationError

from passgap.messages import describe_errors
from passgap.promotion.gateway.admission import ClientKey
from passgap.promotion.gateway.calls import Call, new_id
from passgap.promotion.gateway.exchange import Exchange
from passgap.promotion.gateway.headers import First, first_of, for_upstream, value_of
from passgap.promotion.gateway.inbound import EXTENSION, Inbound
from passgap.promotion.gateway.interruptions import Cause, Interruption
from passgap.promotion.gateway.live import InForce
from passgap.promotion.gateway.mirrors import Mirrors
from passgap.promotion.gateway.replies import Receive, Refusal, Send, error_body, read_body, reply, too_large
from passgap.promotion.gateway.request_facts import facts_of
from passgap.promotion.gateway.services import Services
from passgap.promotion.gateway.to_client import ToClient, naming
from passgap.promotion.routing.keyed_hash import pseudonym_of
from passgap.promotion.routing.routes import Route, Treatment
from passgap.promotion.settings import LimitsSection, OnClientClose
from passgap.promotion.telemetry.rows import FeedbackRow, Outcome, Signal
from passgap.records import Record

_LOG = logging.getLogger("passgap.gateway")

_UNKNOWN_ROUTE = "other"
"""The name in telemetry of all paths that are not served: their names are the clients' own."""


_TRACE = ("traceparent", "tracestate")


class Feedback(Record):
    """The body of ``POST /v1/feedback``."""

    request_id: str = Field(pattern=r"^[0-9a-f]{32}$")
    signal: Signal
    value: float | None = Field(default=None, allow_inf_nan=False)


class Gateway:
    """Serves clients.

    Args:
        in_force: returns the settings and keys that a call which arrives now is pinned to.
        services: what calls share.
        mirrors: takes copies of calls.
    """

    def __init__(self, in_force: Callable[[], InForce], services: Services, mirrors: Mirrors) -> None:
        self._in_force = in_force
        self._services = services
        self._mirrors = mirrors

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            return
        pinned, headers = self._in_force(), first_of(scope["headers"])
        route = pinned.snapshot.routes.find(scope["path"])
        call = Call(pinned.snapshot, route.path if route else _UNKNOWN_ROUTE, self._services.name)
        key: ClientKey | None = None
        placed = False
        try:
            if pinned.keys.clients:
                key = pinned.keys.client_of(headers)
                if key is None:
                    self._services.metrics.refuse()
                    call.written = True
                    raise Refusal(401, "invalid_key", "No valid key: send `Authorization: Bearer KEY`.")
                call.key = key.name
            exhausted = self._services.places.take(pinned.snapshot.settings.limits.concurrency, key)
            if exhausted is not None:
                status = 503 if exhausted == "too_many_calls" else 429
                raise Refusal(status, exhausted, "Too many calls at once.", ((b"retry-after", b"1"),))
            placed = True
            await self._serve(_allowed(route, scope), call, pinned, scope, headers, receive, send)
        except Refusal as refused:
            call.status = refused.status
            self._services.end(call, Outcome.REFUSED, refused.code)
            body = error_body(refused.code, refused.message)
            await reply(send, refused.status, body, (*refused.headers, *naming(call)))
        except ConnectionResetError:
            self._services.end(call, Outcome.CLIENT_CLOSED, "request_body")
        except TimeoutError:
            call.status = 408
            self._services.end(call, Outcome.REFUSED, "request_timeout")
            body = error_body("request_timeout", "The request's body did not arrive in time.")
            await reply(send, 408, body, ((b"connection", b"close"), *naming(call)))
        except asyncio.CancelledError:
            self._services.end(call, Outcome.GATEWAY_CUT, "shutdown")
        except Exception:
            _LOG.exception("a bug in passgap: call %s failed", call.request_id)
            self._services.end(call, Outcome.REFUSED, "bug_in_gateway")
            raise
        finally:
            if placed:
                self._services.places.give(key)

    async def _serve(
        self,
        route: Route,
        call: Call,
        pinned: InForce,
        scope: dict[str, Any],
        headers: First,
        receive: Receive,
        send: Send,
    ) -> None:
        settings, inbound = pinned.snapshot.settings, scope["extensions"][EXTENSION]
        body = await _body(inbound, settings.limits, headers, receive)
        if self._services.trace is not None:
            call.trace = {name: headers[name.encode()].decode("latin-1") for name in _TRACE if name.encode() in headers}
        if route.treatment is Treatment.FEEDBACK:
            await self._feedback(call, body, send)
            return
        call.request = facts_of(body, headers, settings.canary.user_from, call.key)
        if call.request.user is not None:
            call.user = pseudonym_of(pinned.snapshot.secret, call.request.user)
        model = call.request.model if route.treatment is Treatment.SPLIT else None
        assigned = pinned.snapshot.assign(call.request_id, call.request.user, model)
        call.role, call.upstream = assigned.role, assigned.upstream
        call.mirrored = assigned.mirror is not None
        self._services.begin(call)
        target, passed = _target(scope), for_upstream(scope["headers"])
        if assigned.mirror is not None:
            key = pinned.keys.upstreams.get(assigned.mirror.name)
            self._mirrors.submit(call, assigned.mirror, scope["method"], target, passed, key, route.answers)
        key = pinned.keys.upstreams.get(assigned.upstream.name)
        to_client = ToClient(call, send, self._services)
        interruption = Interruption()
        exchange = Exchange(
            call,
            self._services.client,
            key,
            route.answers,
            assigned.upstream.section.total_seconds,
            self._services.deadlines,
            interruption,
        )
        sent = call.request.renamed(pinned.snapshot.renamed(assigned.upstream, model))
        inbound.when_gone(lambda: _let_upstream_know(exchange, to_client))
        try:
            ended = await exchange.run(scope["method"], target, passed, sent, to_client)
        except asyncio.CancelledError:
            self._services.end(call, Outcome.GATEWAY_CUT, "shutdown")
            raise
        finally:
            inbound.end()
        await to_client.end(ended)

    async def _feedback(self, call: Call, body: bytes, send: Send) -> None:
        try:
            said = Feedback.model_validate(json.loads(body.decode("utf-8")))
        except ValidationError as error:
            raise Refusal(422, "invalid_feedback", describe_errors(error.errors())) from error
        except (ValueError, RecursionError) as error:
            raise Refusal(422, "invalid_feedback", "The body is not a JSON object.") from error
        row = FeedbackRow(
            feedback_id=new_id(),
            request_id=said.request_id,
            time=call.time,
            signal=said.signal,
            value=said.value,
            key=call.key,
        )
        self._services.log.append(row)
        call.written = True
        await reply(send, 202, json.dumps({"feedback_id": row.feedback_id}).encode(), naming(call))


async def _body(inbound: Inbound, limits: LimitsSection, headers: First, receive: Receive) -> bytes:
    """Read a request's body, within bounds of size and time.

    Raises:
        Refusal: it is larger than the limit.
        TimeoutError: it did not arrive in time.
        ConnectionResetError: the client went away.
    """
    announced = value_of(headers, b"content-length")
    if announced is None and b"transfer-encoding" not in headers:
        return b""
    arrived = inbound.body()
    if arrived is not None and len(arrived) <= limits.body_bytes:
        return arrived
    if arrived is not None:
        raise too_large(limits.body_bytes)
    async with asyncio.timeout(limits.body_seconds):
        return await read_body(receive, limits.body_bytes, announced)


def _let_upstream_know(exchange: Exchange, to_client: ToClient) -> None:
    """Let the upstream know that its client has gone, as its settings say."""
    assert exchange.call.upstream is not None
    section = exchange.call.upstream.section
    if section.on_client_close is OnClientClose.CANCEL:
        exchange.interruption.interrupt(Cause.CLIENT_CLOSED)
        return
    to_client.gone = True
    if exchange.limits is not None:
        exchange.limits.shorten(section.drain_seconds)


def _allowed(route: Route | None, scope: dict[str, Any]) -> Route:
    """The route of a call.

    Raises:
        Refusal: the path or the method is not served.
    """
    if route is None:
        raise Refusal(404, "no_such_path", "This path is not served.")
    if scope["method"] not in route.methods:
        allowed = ", ".join(sorted(route.methods)).encode()
        raise Refusal(405, "method_not_allowed", "This method is not served here.", ((b"allow", allowed),))
    return route


def _target(scope: dict[str, Any]) -> str:
    """Path and query below an upstream's base URL, which ends in the version's path itself."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return (path.removeprefix(b"/v1") + (b"?" + query if query else b"")).decode("ascii", "ignore")
