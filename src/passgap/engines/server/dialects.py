"""The decoding settings in the words of each kind of server.

Everything that can change a sample is sent, even where it is switched off: vLLM, SGLang and ``transformers serve`` take
what a request leaves out from the model's own generation config, and llama.cpp has further truncations that are on.
"""

from __future__ import annotations

import json
from typing import Any

from passgap.records import Decoding
from passgap.spec import Dialect

_SEEDS = 2**31 - 1
"""Seeds are sent modulo this prime: some servers take 32 bits, and JSON numbers are exact up to 2**53 only."""

_LLAMA_CPP_ORDER = ["temperature", "top_k", "top_p"]
"""llama.cpp's default order applies the temperature last, which is another distribution; others are switched off."""


def settings_of(
    dialect: Dialect, decoding: Decoding, stop: tuple[str, ...], seed: int, *, max_tokens: int | None = None
) -> dict[str, Any]:
    """The part of a request's body that says how to sample.

    Args:
        dialect: the kind of server.
        decoding: one that the server supports (:func:`passgap.spec.unsupported_settings`).
        stop: the stop strings.
        seed: the sample's seed.
        max_tokens: instead of the decoding's own.
    """
    limit = max_tokens or decoding.max_new_tokens
    temperature = 0.0 if decoding.greedy else decoding.temperature
    top_p = 1.0 if decoding.greedy else decoding.top_p
    top_k = 0 if decoding.greedy else decoding.top_k
    min_p = 0.0 if decoding.greedy else decoding.min_p
    body: dict[str, Any] = {"max_tokens": limit, "seed": seed % _SEEDS}
    if stop:
        body["stop"] = list(stop)
    if dialect is Dialect.TRANSFORMERS:
        return body | {"generation_config": json.dumps(_generation_config(temperature, top_k, top_p, min_p, limit))}
    body |= {"temperature": temperature, "top_p": top_p}
    if dialect is Dialect.OPENAI:
        return body
    if dialect is Dialect.LLAMA_CPP:
        nucleus: dict[str, Any] = {"min_p": min_p} if min_p else {}
        return body | {"top_k": top_k, "samplers": [*_LLAMA_CPP_ORDER, *nucleus], **nucleus}
    return body | {"top_k": top_k or -1, "min_p": min_p, "repetition_penalty": 1.0}


def _generation_config(temperature: float, top_k: int, top_p: float, min_p: float, limit: int) -> dict[str, Any]:
    """The settings under transformers' own names; a ``top_k`` of 0 is sent, since leaving it out means 50."""
    drawn = temperature > 0.0
    config: dict[str, Any] = {"do_sample": drawn, "max_new_tokens": limit, "repetition_penalty": 1.0}
    nucleus: dict[str, Any] = {"min_p": min_p} if min_p else {}
    return config | {"temperature": temperature, "top_k": top_k, "top_p": top_p, **nucleus} if drawn else config


CONTINUED_TURN: dict[str, Any] = {"add_generation_prompt": False, "continue_final_message": True}
"""Fields that make vLLM's and SGLang's chat endpoints continue the assistant's turn that ends the messages."""
