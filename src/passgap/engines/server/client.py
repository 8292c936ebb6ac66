"""One server, asked patiently: paced, retried within a declared time, and known again after it was away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from passgap.engines.server.faults import NoAnswerError, RefusedPromptError, TryAgainError, wait_before
from passgap.engines.server.identity import identity_of, refuse_another, reported_by
from passgap.engines.server.rate_limit import Pace
from passgap.engines.server.transport import Wire, key_of
from passgap.errors import EngineError
from passgap.ports import EngineIdentity
from passgap.spec import ServerEngine

_FIRST_CONTACT_SECONDS = 15.0
"""How long a server that has never answered is waited for: it may be loading, or its address may be wrong."""

T = TypeVar("T")


class Client:
    """Lives in one event loop.

    Args:
        engine: what the study declares of the server.
        model: the name under which it serves the model.
        declared: what of the study is part of the engine's identity.
        written_down: the identities that the study has in its ledger.
    """

    def __init__(
        self, engine: ServerEngine, model: str, declared: dict[str, str], written_down: tuple[EngineIdentity, ...]
    ) -> None:
        self._engine = engine
        self._model = model
        self._declared = declared
        self._wire: Wire | None = None
        self._pace = Pace(engine.concurrency, engine.requests_per_minute, engine.tokens_per_minute)
        self._source = random.Random()  # noqa: S311 - spreads waits; no sample depends on it
        self._recognised = False
        self._recognising = asyncio.Lock()
        ours = [each for each in written_down if self._is_ours(each)]
        self._neighbours = [each for each in ours if each.model != model]
        self._before = next((each for each in reversed(ours) if each.model == model), None)

    async def identity(self) -> EngineIdentity:
        """Return the server's identity as the study recorded it, or as the server reports it where none is recorded.

        Raises:
            EngineError: the server does not answer, or does not serve the model.
        """
        if self._before is None:
            seconds = min(_FIRST_CONTACT_SECONDS, self._engine.retry_seconds)
            await self._patiently(self._recognise, seconds)
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
            if not self._recognised:
                await self._recognise()
            async with self._pace.turn(tokens):
                return read(await self._connected().post(path, {"model": self._model, **body}))

        return await self._patiently(attempt, self._engine.retry_seconds)

    async def confirm(self) -> None:
        """Make sure that the server is still the one that was asked: it may have been exchanged between two requests.

        Raises:
            EngineError: it is another, or does not answer any more.
        """
        self._recognised = False
        await self._patiently(self._recognise, self._engine.retry_seconds)

    async def close(self) -> None:
        """Close the connections."""
        if self._wire is not None:
            await self._wire.close()

    def _connected(self) -> Wire:
        """The connection, made when it is first needed: what is on disk can be read without a key."""
        if self._wire is None:
            self._wire = Wire(self._engine, key_of(self._engine))
        return self._wire

    async def _recognise(self) -> None:
        """Make sure that this is the server, and the model, that the study's samples come from."""
        async with self._recognising:
            if self._recognised:
                return
            reported = await reported_by(self._connected(), self._engine.dialect, self._model)
            now = identity_of(self._model, self._engine.base_url, self._declared, reported)
            for before in (*self._neighbours, self._before or now):
                refuse_another(before, now)
            self._before = now
            self._recognised = True

    async def _patiently(self, attempt: Callable[[], Awaitable[T]], seconds: float) -> T:
        """Try until it works or has failed for so long."""
        clock = asyncio.get_running_loop().time
        began: float | None = None
        tries = 0
        while True:
            tries += 1
            try:
                return await attempt()
            except TryAgainError as fault:
                if fault.cut:  # whoever answers next may be another server
                    self._recognised = False
                began = clock() if began is None else began
                left = seconds - (clock() - began)
                if left <= 0.0 or fault.wait > left:
                    raise self._dead(fault, tries, clock() - began) from None
                wait = min(left, wait_before(tries, fault.wait, self._source))
                if fault.wait:
                    self._pace.hold_off(fault.wait)
            except RefusedPromptError:
                raise
            except NoAnswerError as fault:
                raise EngineError(f"the server at {self._engine.base_url} refuses this study", [str(fault)]) from None
            await asyncio.sleep(wait)

    def _dead(self, fault: TryAgainError, tries: int, seconds: float) -> EngineError:
        return EngineError(
            f"the server at {self._engine.base_url} gives no answers",
            [
                f"{'One try' if tries == 1 else f'{tries} tries in {seconds:.0f} seconds'}; the last: {fault}.",
                "Finished shards are kept. See what the server says, start it again if it has ended, and run the same "
                "command: it goes on from there. A server that is only slow or overloaded wants a longer "
                "`engine.timeout_seconds` or `engine.retry_seconds`, a lower `engine.concurrency`, or "
                "`engine.requests_per_minute`.",
            ],
        )

    def _is_ours(self, identity: EngineIdentity) -> bool:
        """Whether an identity is of this server, as the study declares it now."""
        declared = {name: value for name, value in identity.versions.items() if not name.startswith("reported ")}
        place = (identity.engine, identity.device)
        return place == ("server", self._engine.base_url) and declared == self._declared
