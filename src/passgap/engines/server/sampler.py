"""Sampling through an OpenAI-compatible server, one request per sample, many of them in flight."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import zip_longest
from typing import Any

import anyio

from passgap.engines.server.client import Client
from passgap.engines.server.dialects import settings_of
from passgap.engines.server.faults import RefusedPromptError
from passgap.engines.server.portal import LoopPortal
from passgap.engines.server.prompt_payload import CHAT, PayloadBuilder, PromptPayload
from passgap.engines.server.responses import ServedCompletion, read_response
from passgap.engines.server.thoughts import refuse_unkept, thinking_fields
from passgap.errors import EngineError
from passgap.ports import EngineIdentity, Progress, SampleRequest
from passgap.records import Decoding, Prompt, Sample, canonical_json
from passgap.spec import ServerEngine, unsupported_settings, unsupported_thinking

CONCURRENT_SHARDS = 2
"""Shards that are drawn side by side, so that the end of one keeps no request of the next waiting. Shards are cut by
it, so it may not depend on the declared number of requests in flight, which may change from run to run."""


@dataclass(frozen=True)
class _Piece:
    """One sample to be drawn."""

    request: SampleRequest
    position: int
    prompt: PromptPayload


class ServerSampler:
    """Implements :class:`passgap.ports.Sampler`. Nothing is sent before the first sample or the identity is asked for.

    Args:
        model: the name under which the server has the model.
        engine: the server, as the study declares it.
        context_tokens: prompts and completions must fit into it.
        recorded: the identities that the study has in its ledger: where one of them is this model's on this server, it
            is trusted without asking, and confirmed before anything is drawn.
    """

    concurrency = CONCURRENT_SHARDS
    devices = 1

    def __init__(
        self,
        model: str,
        *,
        engine: ServerEngine,
        context_tokens: int,
        recorded: Sequence[EngineIdentity] = (),
    ) -> None:
        self._engine = engine
        self._context = context_tokens
        self._portal = LoopPortal()
        self._payloads = PayloadBuilder(engine.dialect, engine.tokenizer)
        declared = {
            "dialect": engine.dialect.value,
            "prompts": self._payloads.form,
            "lanes": str(CONCURRENT_SHARDS),  # the name that identities in ledgers have for it
        }
        if self._payloads.digest is not None:
            declared["tokenizer"] = self._payloads.digest
        if engine.thinking is not None:
            declared["thinking"] = canonical_json(engine.thinking.model_dump(mode="json", exclude_defaults=True))
        self._client = Client(engine, model, declared, tuple(recorded))

    @cached_property
    def identity(self) -> EngineIdentity:
        """The server, the model's name there, and what the server reports of both.

        Raises:
            EngineError: it was never recorded, and the server does not answer or does not serve the model.
        """
        return self._portal.call(self._client.identity)

    def sample(
        self, requests: Sequence[SampleRequest], decoding: Decoding, *, progress: Progress | None = None
    ) -> Iterator[Sample]:
        """Draw as the protocol says. The same seeds give the same samples where the server computes the same.

        ``progress`` is called with the new tokens of each sample as it arrives.
        """
        engine = self._engine
        refused = [
            *unsupported_settings(engine.dialect, decoding),
            *unsupported_thinking(engine.dialect.value, engine.thinking, engine.tokenizer),
        ]
        if refused:
            raise EngineError(f"the server cannot be told to draw like this ({self._engine.dialect.value})", refused)
        pieces = self._pieces(requests, decoding)
        if not pieces:
            return
        for sample in self._portal.stream(partial(self._draw, pieces, decoding)):
            if progress is not None:
                progress(sample.completion_tokens)
            yield sample

    @property
    def context_tokens(self) -> int:
        """Implements :class:`passgap.ports.TokenCounter`."""
        return self._context

    def count_tokens(self, prompt: Prompt) -> int | None:
        """Implements :class:`passgap.ports.TokenCounter`; None where the study names no tokenizer."""
        return self._payloads.build(prompt).tokens

    def close(self) -> None:
        """Give up what is in flight and close the connections."""
        self._portal.close(self._client.close)

    def _pieces(self, requests: Sequence[SampleRequest], decoding: Decoding) -> deque[_Piece]:
        """Each prompt's first sample first: a prompt that the server refuses shows before the rest is paid for.

        Raises:
            EngineError: prompts do not fit; every one is named.
        """
        prepared = [(request, self._payloads.build(request.prompt)) for request in requests]
        room = self._context - decoding.max_new_tokens
        too_long = [(each, prompt.tokens) for each, prompt in prepared if (prompt.tokens or 0) > room]
        if too_long:
            raise EngineError(
                f"{len(too_long)} prompts do not fit into the model's context of {self._context} tokens",
                [f"{each.problem_id}: {have} tokens and {decoding.max_new_tokens} new ones" for each, have in too_long],
            )
        columns = ([_Piece(each, place, prompt) for place in range(len(each.indices))] for each, prompt in prepared)
        return deque(piece for row in zip_longest(*columns) for piece in row if piece is not None)

    async def _draw(self, pieces: deque[_Piece], decoding: Decoding, give: Callable[[Sample], None]) -> None:
        """Draw every piece, as many at once as the study declares, and give each sample as it arrives."""
        refused: dict[str, list[str]] = {}

        async def work() -> None:
            while pieces:
                piece = pieces.popleft()
                if refused and piece.position > 0:
                    return
                try:
                    give(await self._sample(piece, decoding))
                except RefusedPromptError as fault:
                    refused.setdefault(str(fault), []).append(piece.request.problem_id)

        try:
            async with anyio.create_task_group() as group:
                for _ in range(min(len(pieces), self._engine.concurrency)):
                    group.start_soon(work)
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        if refused:
            raise EngineError(
                f"the server refuses {sum(map(len, refused.values()))} prompts",
                [f"{', '.join(sorted(names))}: {said}" for said, names in refused.items()],
            )
        await self._client.confirm()

    async def _sample(self, piece: _Piece, decoding: Decoding) -> Sample:
        request, position, prompt = piece.request, piece.position, piece.prompt
        settings = settings_of(self._engine.dialect, decoding, request.prompt.stop, request.seeds[position])
        if prompt.path == CHAT:
            settings = thinking_fields(self._engine.dialect, self._engine.thinking, settings)
        served = await self._ask(prompt, settings, request.prompt.stop, decoding.max_new_tokens)
        return Sample(
            problem_id=request.problem_id,
            index=request.indices[position],
            completion=served.text,
            finish_reason=served.reason,
            seed=request.seeds[position],
            prompt_tokens=served.prompt_tokens,
            completion_tokens=served.completion_tokens,
            end_token=served.end_token,
            stop=served.stop,
        )

    async def _ask(
        self, prompt: PromptPayload, settings: dict[str, Any], stop: tuple[str, ...], new_tokens: int
    ) -> ServedCompletion:
        count = self._payloads.count if self._payloads.has_tokenizer else None

        def read(document: dict[str, Any]) -> ServedCompletion:
            refuse_unkept(document, self._engine.thinking)
            return read_response(document, stop=stop, prompt_tokens=prompt.tokens, count=count)

        return await self._client.ask(prompt.path, prompt.body | settings, prompt.about + new_tokens, read)
