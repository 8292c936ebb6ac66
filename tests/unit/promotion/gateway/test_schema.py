"""Every route under requests that schemathesis draws from a schema of the API, and that break it: never a failure."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings

schemathesis = pytest.importorskip("schemathesis")

from gateways import Running, gateway, settings, stubs  # noqa: E402

KEY, OPERATORS, UPSTREAM = "client-secret-4711", "operators-secret-4711", "upstream-secret-4711"

TEXT = {"type": "string"}


def operation(body: dict[str, Any] | None, *, required: tuple[str, ...] = (), path: str = "") -> dict[str, Any]:
    """A path's operation that takes a JSON object with these fields, or nothing."""
    declared: dict[str, Any] = {"responses": {"default": {"description": "an answer"}}}
    header = {"name": "x-passgap-user", "in": "header", "schema": TEXT}
    declared["parameters"] = [header, {"name": "limit", "in": "query", "schema": {"type": "integer"}}]
    if path:
        declared["parameters"].append({"name": path, "in": "path", "required": True, "schema": TEXT})
    if body is not None:
        schema = {"type": "object", "properties": body, "required": list(required)}
        declared["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return declared


MESSAGE = {"type": "object", "properties": {"role": TEXT, "content": {"anyOf": [TEXT, {"type": "array"}]}}}

SAMPLING = {"model": TEXT, "user": TEXT, "stream": {"type": "boolean"}, "temperature": {"type": "number"}}

CLIENTS: dict[str, Any] = {
    "/v1/chat/completions": {
        "post": operation({**SAMPLING, "messages": {"type": "array", "items": MESSAGE}}, required=("model", "messages"))
    },
    "/v1/completions": {"post": operation({**SAMPLING, "prompt": {}}, required=("model",))},
    "/v1/models": {"get": operation(None)},
    "/v1/models/{name}": {"get": operation(None, path="name")},
    "/v1/feedback": {
        "post": operation(
            {
                "request_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
                "signal": {"enum": ["accepted", "edited", "reverted"]},
                "value": {"type": "number"},
            },
            required=("request_id", "signal"),
        )
    },
    "/v1/files/{name}": {method: operation({}, path="name") for method in ("get", "post")},
}

ADMIN: dict[str, Any] = {
    "/status": {"get": operation(None)},
    "/healthz": {"get": operation(None)},
    "/metrics": {"get": operation(None)},
    "/rollback": {"post": operation({"who": TEXT, "why": TEXT, "force": {"type": "boolean"}}, required=("who", "why"))},
}


def schema_of(paths: dict[str, Any]) -> Any:
    return schemathesis.openapi.from_dict(
        {"openapi": "3.1.0", "info": {"title": "passgap serve", "version": "1"}, "paths": paths}
    )


def operations(paths: dict[str, Any]) -> list[Any]:
    return [
        pytest.param(each.ok(), id=f"{each.ok().method} {each.ok().path}")
        for each in schema_of(paths).get_all_operations()
    ]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch, stubs.stub_upstream("base-model", keep=False) as base:
        for name, value in (("TEAM_KEY", KEY), ("OPS_KEY", OPERATORS), ("BASE_KEY", UPSTREAM)):
            patch.setenv(name, value)
        declared = settings(
            base,
            changes={"base": {"key_variable": "BASE_KEY"}},
            keys=[{"name": "team", "variable": "TEAM_KEY"}],
            admin={"port": port, "key_variable": "OPS_KEY"},
            routes=[{"path": "/v1/files/*"}],
        )
        with gateway(tmp_path_factory.mktemp("schema"), declared) as found:
            yield found, port


def hold(call: Any, url: str, key: str | None) -> int | None:
    """Send a request, hold the answer against what no answer may be, and return its status; None if it was not sent."""
    headers = {**(call.headers or {}), **({"authorization": f"Bearer {key}"} if key else {})}
    try:
        answer = call.call(base_url=url, headers=headers, timeout=600)
    except (UnicodeError, ValueError):  # a header or a URL that this client cannot write
        return None
    assert answer.status_code < 500, (answer.status_code, answer.text)
    if key is None:
        assert answer.status_code in (400, 401, 404, 405), answer.status_code
    said = answer.text + json.dumps({name: list(values) for name, values in answer.headers.items()})
    for secret in (KEY, OPERATORS, UPSTREAM, "Traceback", "site-packages"):
        assert secret not in said
    return int(answer.status_code)


def try_all(operation: Any, url: str, key: str, examples: int) -> None:
    """Hold requests that keep the schema, and requests that break it, with the key and without."""
    statuses: Counter[int | None] = Counter()
    for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
        strategy = operation.as_strategy(generation_mode=mode)

        @hypothesis_settings(max_examples=examples, suppress_health_check=list(HealthCheck), database=None)
        @given(call=strategy)
        def one(call: Any) -> None:
            statuses[hold(call, url, key)] += 1
            hold(call, url, None)

        one()
    assert statuses.total() - statuses[None] >= examples, statuses
    assert any(status is not None and status < 300 for status in statuses), statuses


@pytest.mark.slow
@pytest.mark.parametrize("operation", operations(CLIENTS))
def test_no_request_of_a_client_makes_the_gateway_fail_or_tell_a_secret(
    operation: Any, running: tuple[Running, int]
) -> None:
    gateway_, _ = running
    try_all(operation, gateway_.url, KEY, 60)
    assert httpx.get(gateway_.url + "/v1/models", headers={"authorization": f"Bearer {KEY}"}, timeout=600).is_success


@pytest.mark.slow
@pytest.mark.parametrize("operation", operations(ADMIN))
def test_no_request_of_an_operator_makes_the_gateway_fail_or_tell_a_secret(
    operation: Any, running: tuple[Running, int]
) -> None:
    _, port = running
    try_all(operation, f"http://127.0.0.1:{port}", OPERATORS, 60)


def test_every_route_is_in_the_schema() -> None:
    from passgap.promotion.routing.routes import BUILT_IN  # noqa: PLC0415

    assert {each.path.replace("*", "{name}") for each in BUILT_IN} < set(CLIENTS)
