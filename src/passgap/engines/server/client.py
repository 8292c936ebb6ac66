"""One server, asked patiently: rate-limited, retried within a declared time, identified again after a disconnect."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio

from passgap.engines.server.faults import NoAnswerError, RefusedPromptError, TryAgainError, wait_before
from passgap.engines.server.identity import identity_of, refuse_another, reported_by
from passgap.engines.server.rate_limit import RateLimiter
from passgap.engines.server.transport import Transport, key_of
from passgap.errors import EngineError
from passgap.ports import EngineIdentity
from passgap.spec import ServerEngine

_FIRST_CONTACT_SECONDS = 15.0
"""How long to wait for a server that has never answered: it may be loading, or its address may be wrong."""

T = TypeVar("T")


class Client:
    """Lives in one event loop.

    Args:
        engine: what the study declares of the server.
        model: the name under which it serves the model.
        declared: what of the study is part of the engine's identity.
        recorded: the identities that the study has in its ledger.
        named: the section of the study that declares the server, for messages.
    """

    def __init__(
        self,
        engine: ServerEngine,
        model: str,
        declared: dict[str, str],
        recorded: tuple[EngineIdentity, ...],
        named: str = "engine",
    ) -> None:
        self._engine = engine
        self._named = named
        self._model = model
        self._declared = declared
        self._transport: Transport | None = None
        self._limiter = RateLimiter(engine.concurrency, engine.requests_per_minute, engine.tokens_per_minute)
        self._source = random.Random()  # noqa: S311 - spreads waits; no sample depends on it
        self._identified = False
        self._identifying = anyio.Lock()
        of_this_server = [each for each in recorded if self._is_of_this_server(each)]
        self._of_other_models = [each for each in of_this_server if each.model != model]
        self._before = next((each for each in reversed(of_this_server) if each.model == model), None)

    async def identity(self) -> EngineIdentity:
        """Return the server's identity as the study recorded it, or as the server reports it where none is recorded.

        Raises:
            EngineError: the server does not answer, or does not serve the model.
        """
        if self._before is None:
            seconds = min(_FIRST_CONTACT_SECONDS, self._engine.retry_seconds)
            await self._patiently(self._identify, seconds)
        assert self._before is not None
        return self._before

    async def ask(self, path: str, body: dict[str, Any], tokens: int, read: Callable[[dict[str, Any]], T]) -> T:
        """Send one request until there is an answer that can be read.

        Args:
            path: the endpoint, below the base URL.
            body: the request, without the model's name.
            tokens: how many prompt and new tokens it may take, for the rate limit.
            read: reads the answer; what it raises as a :class:`TryAgainError` is asked again.

        Raises:
            RefusedPromptError: the server will not answer this request.
            EngineError: the server is dead, refuses everything, or is another than before.
        """

        async def attempt() -> T:
            if not self._identified:
                await self._identify()
            async with self._limiter.slot(tokens):
                return read(await self._connected().post(path, {"model": self._model, **body}))

        return await self._patiently(attempt, self._engine.retry_seconds)

    async def confirm(self) -> None:
        """Make sure that the server is still the one that was asked: it may have been replaced between two requests.

        Raises:
            EngineError: it is another, or no longer answers.
        """
        self._identified = False
        await self._patiently(self._identify, self._engine.retry_seconds)

    def quoted(self, text: str) -> str:
        """Words of the server, short, on one line, and without the key."""
        return self._connected().quoted(text)

    async def close(self) -> None:
        """Close the connections."""
        if self._transport is not None:
            await self._transport.close()

    def _connected(self) -> Transport:
        """The connection, opened when it is first needed: what is on disk can be read without a key."""
        if self._transport is None:
            self._transport = Transport(self._engine, key_of(self._engine, self._named))
        return self._transport

    async def _identify(self) -> None:
        """Make sure that this is the server, and the model, that the study's samples come from."""
        async with self._identifying:
            if self._identified:
                return
            reported = await reported_by(self._connected(), self._engine.dialect, self._model)
            now = identity_of(self._model, self._engine.base_url, self._declared, reported)
            for before in (*self._of_other_models, self._before or now):
                refuse_another(before, now)
            self._before = now
            self._identified = True

    async def _patiently(self, attempt: Callable[[], Awaitable[T]], seconds: float) -> T:
        """Try until it succeeds or has failed for so many seconds."""
        began: float | None = None
        tries = 0
        while True:
            tries += 1
            try:
                return await attempt()
            except TryAgainError as fault:
                if fault.disconnected:  # whoever answers next may be another server
                    self._identified = False
                now = anyio.current_time()
                began = now if began is None else began
                left = seconds - (now - began)
                if left <= 0.0 or fault.wait > left:
                    raise self._dead(fault, tries, now - began) from None
                wait = min(left, wait_before(tries, fault.wait, self._source))
                if fault.wait:
                    self._limiter.pause(fault.wait)
            except RefusedPromptError:
                raise
            except NoAnswerError as fault:
                raise EngineError(f"the server at {self._engine.base_url} refuses this study", [str(fault)]) from None
            await anyio.sleep(wait)

    def _dead(self, fault: TryAgainError, tries: int, seconds: float) -> EngineError:
        return EngineError(
            f"the server at {self._engine.base_url} gives no answers",
            [
                f"{'One try' if tries == 1 else f'{tries} tries in {seconds:.0f} seconds'}; the last: {fault}.",
                "Finished shards are kept. See what the server says, start it again if it has ended, and run the same "
                "command: it goes on from there. A server that is only slow or overloaded wants a longer "
                f"`{self._named}.timeout_seconds` or `{self._named}.retry_seconds`, a lower "
                f"`{self._named}.concurrency`, or `{self._named}.requests_per_minute`.",
            ],
        )

    def _is_of_this_server(self, identity: EngineIdentity) -> bool:
        """Whether an identity is of this server, as the study declares it now."""
        declared = {name: value for name, value in identity.versions.items() if not name.startswith("reported ")}
        place = (identity.engine, identity.device)
        return place == ("server", self._engine.base_url) and declared == self._declared
