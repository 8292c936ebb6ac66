"""The faults that can come back instead of an answer, and when to ask again."""

from __future__ import annotations

import email.utils
import random
import time
from http import HTTPStatus

FIRST_WAIT = 1.0
LONGEST_WAIT = 60.0

_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_NEVER = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED})
_OF_THIS_PROMPT = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class NoAnswerError(Exception):
    """A request that got no answer.

    Args:
        text: what was seen, for people; it holds no secret.
        wait: how many seconds the server asked to wait.
        disconnected: whether the connection was lost, after which another server may be there.
    """

    def __init__(self, text: str, *, wait: float = 0.0, disconnected: bool = False) -> None:
        super().__init__(text)
        self.wait = wait
        self.disconnected = disconnected


class TryAgainError(NoAnswerError):
    """Worth another try: too many requests, a server error, a lost connection, an answer that cannot be read."""


class RefusedPromptError(NoAnswerError):
    """The server understood this request and will not answer it, however often it is asked."""


class RefusedStudyError(NoAnswerError):
    """The server will answer no request of this study: a wrong key, path or method."""


def fault_of_status(status: int, text: str, retry_after: str | None) -> NoAnswerError:
    """The fault that an HTTP status other than success stands for."""
    seen = f"HTTP {status}: {text}" if text else f"HTTP {status}"
    if status in _OF_THIS_PROMPT:
        return RefusedPromptError(seen)
    if status in _AGAIN or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NEVER):
        wait = seconds_of(retry_after)
        return TryAgainError(f"{seen} (asks for {wait:.0f} seconds)" if wait else seen, wait=wait)
    return RefusedStudyError(seen)


def seconds_of(retry_after: str | None) -> float:
    """Read a Retry-After header (RFC 9110, 10.2.3): seconds, or a date; 0 where it is absent or unreadable."""
    if not retry_after:
        return 0.0
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def wait_before(attempt: int, asked: float, source: random.Random) -> float:
    """Seconds to wait before try number ``attempt`` + 1: exponential with full jitter, and never less than asked.

    Full jitter spreads the clients of a server that comes back (M. Brooker, "Exponential backoff and jitter", 2015).
    """
    ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt - 1, 16))
    return max(asked, source.uniform(0.0, ceiling))
