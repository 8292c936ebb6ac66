"""The operators' side: state, metrics and rollback, on a listener of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import Field, ValidationError

from passgap.messages import describe_errors
from passgap.promotion.gateway.admission import Keys
from passgap.promotion.gateway.headers import first_of
from passgap.promotion.gateway.replies import Receive, Refusal, Send, error_body, read_body, reply
from passgap.promotion.gateway.status import GatewayStatus
from passgap.records import Record

_LARGEST = 64 * 1024


class FlipRequest(Record):
    """The body of ``POST /rollback``."""

    who: str = Field(min_length=1, max_length=200)
    why: str = Field(min_length=1, max_length=2000)
    force: bool = False


class AdminApplication:
    """Serves operators.

    Args:
        keys: returns the keys in force.
        status: returns the state of the gateway.
        metrics: returns its metrics as text.
        flip: carries a rollback out.
    """

    def __init__(
        self,
        keys: Callable[[], Keys],
        status: Callable[[], GatewayStatus],
        metrics: Callable[[], bytes],
        flip: Callable[[FlipRequest], None],
    ) -> None:
        self._keys, self._status, self._metrics, self._flip = keys, status, metrics, flip

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        try:
            if not self._keys().is_admin(first_of(scope["headers"])):
                raise Refusal(401, "invalid_key", "No valid operators' key: send `Authorization: Bearer KEY`.")
            await self._serve(scope["method"], scope["path"], receive, send)
        except Refusal as refused:
            await reply(send, refused.status, error_body(refused.code, refused.message), refused.headers)
        except ConnectionResetError:
            return

    async def _serve(self, method: str, path: str, receive: Receive, send: Send) -> None:
        match (method, path):
            case ("GET", "/status"):
                await reply(send, 200, self._status().model_dump_json().encode())
            case ("GET", "/healthz"):
                await reply(send, 200, b'{"alive": true}')
            case ("GET", "/metrics"):
                await reply(send, 200, self._metrics(), content_type=b"text/plain; version=0.0.4; charset=utf-8")
            case ("POST", "/rollback"):
                body = await read_body(receive, _LARGEST, None)
                try:
                    self._flip(FlipRequest.model_validate(json.loads(body)))
                except ValidationError as error:
                    raise Refusal(422, "invalid_rollback", describe_errors(error.errors())) from error
                except (ValueError, RecursionError) as error:
                    raise Refusal(422, "invalid_rollback", "The body is not a JSON object.") from error
                await reply(send, 202, b'{"accepted": true}')
            case (_, "/status" | "/healthz" | "/metrics" | "/rollback"):
                raise Refusal(405, "method_not_allowed", "This method is not served here.")
            case _:
                raise Refusal(404, "no_such_path", "There are: /status, /healthz, /metrics, /rollback.")
