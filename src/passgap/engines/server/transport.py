"""HTTP to one server: JSON documents or faults come back, and no message repeats the key."""

from __future__ import annotations

import ipaddress
import os
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import anyio
import httpx

from passgap.engines.server.faults import NoAnswerError, TryAgainError, fault_of_status
from passgap.errors import EngineError
from passgap.spec import ServerEngine

MAX_QUOTED = 300
"""The most characters of a server's own words that a message repeats."""

MOST_BYTES = 64 * 2**20
"""The largest answer that is read: one with log-probabilities of a long completion has a tenth of it."""

_CONNECT_SECONDS = 10.0
_OF_CODED_BODIES = ("content-encoding", "content-length", "transfer-encoding")


def key_of(engine: ServerEngine, named: str = "engine") -> str | None:
    """Read the key from the environment variable that a section of the study names.

    Raises:
        EngineError: the variable is not set.
    """
    if engine.key_variable is None:
        return None
    key = os.environ.get(engine.key_variable, "").strip()
    if not key:
        raise EngineError(
            f"the key for {engine.base_url} is not there",
            [f"{named}.key_variable: the environment variable {engine.key_variable} is not set, or is empty."],
        )
    return key


class Transport:
    """Sends JSON and returns JSON objects; everything else is a ``NoAnswerError``."""

    def __init__(self, engine: ServerEngine, key: str | None) -> None:
        self._key = key
        self._seconds = engine.timeout_seconds
        self._base = engine.base_url
        self._root = engine.base_url.removesuffix("/v1")
        self._http = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(self._seconds, connect=min(_CONNECT_SECONDS, self._seconds), pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=engine.concurrency),
            trust_env=not _loopback(engine.base_url),
        )

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a request below the base URL.

        Raises:
            NoAnswerError: there is no answer.
        """
        return await self._exchange("POST", f"{self._base}/{path}", body)

    async def get(self, path: str, *, outside_api: bool = False) -> dict[str, Any]:
        """Ask for a document below the base URL, or ``outside_api``, where servers keep what the OpenAI API lacks.

        Raises:
            NoAnswerError: there is no answer.
        """
        return await self._exchange("GET", f"{self._root if outside_api else self._base}/{path}", None)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _exchange(self, method: str, url: str, body: dict[str, Any] | None) -> dict[str, Any]:
        try:
            with anyio.fail_after(self._seconds):
                response = await self._read(method, url, body)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise TryAgainError(f"no answer within {self._seconds:g} seconds ({type(error).__name__})") from None
        except httpx.TransportError as error:
            raise TryAgainError(self.quoted(f"{type(error).__name__}: {error}"), disconnected=True) from None
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise NoAnswerError(self.quoted(f"{type(error).__name__}: {error}")) from None
        if response.status_code != HTTPStatus.OK:
            words = self.quoted(_words_of(response))
            raise fault_of_status(response.status_code, words, response.headers.get("retry-after"))
        try:
            document = response.json()
        except ValueError:
            raise TryAgainError(f"an answer that is no JSON: {self.quoted(response.text)}") from None
        if not isinstance(document, dict):
            raise TryAgainError(f"an answer that is no JSON object: {self.quoted(response.text)}")
        return document

    async def _read(self, method: str, url: str, body: dict[str, Any] | None) -> httpx.Response:
        """The response with its body, which must end before it fills the memory."""
        async with self._http.stream(method, url, json=body) as response:
            received, size = [], 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > MOST_BYTES:
                    raise TryAgainError(f"an answer of more than {MOST_BYTES // 2**20} MiB", disconnected=True)
                received.append(part)
            return httpx.Response(
                response.status_code, headers=_without_coding(response.headers), content=b"".join(received)
            )

    def quoted(self, text: str) -> str:
        """A server's words, short, on one line, and without the key: some repeat it."""
        shown = " ".join(text.split())
        if self._key:
            shown = shown.replace(self._key, "[key]")
        return shown if len(shown) <= MAX_QUOTED else f"{shown[:MAX_QUOTED]}..."


def _without_coding(headers: httpx.Headers) -> list[tuple[str, str]]:
    """The headers of a body that is decoded already."""
    return [(name, value) for name, value in headers.multi_items() if name not in _OF_CODED_BODIES]


def _words_of(response: httpx.Response) -> str:
    """The message in an error's body, in the shapes that servers use, or the body as it is."""
    try:
        document = response.json()
    except ValueError:
        return response.text
    for name in ("error", "message", "detail"):
        found = document.get(name) if isinstance(document, dict) else None
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str):
            return found
    return response.text


def _loopback(url: str) -> bool:
    """Whether a URL means this machine, which no proxy of the environment can reach."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
