"""Opening a served model, with or without its log-probabilities."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.engines.server.sampler import ServerSampler
from passgap.engines.server.top_logprobs import ScoringServerSampler
from passgap.ports import EngineIdentity
from passgap.spec import ServerEngine


def open_server(
    model: str, *, engine: ServerEngine, context_tokens: int, recorded: Sequence[EngineIdentity] = ()
) -> ServerSampler:
    """Open a served model; one whose log-probabilities can be had is a ``TopLogprobSource`` too."""
    scores = engine.logprobs and engine.tokenizer and engine.dialect.takes_tokens
    kind = ScoringServerSampler if scores else ServerSampler
    return kind(model, engine=engine, context_tokens=context_tokens, recorded=recorded)
