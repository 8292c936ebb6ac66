"""The local engine on given tokens: hidden states of completions, and the log-probabilities of their tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from passgap.engines.local.decoder import Decoder
from passgap.engines.local.generate import GenerateModel
from passgap.engines.local.token_sampling import logprobs_of

TOKENS_AT_ONCE = 4096
"""The most tokens of completions, padding included, that are computed side by side."""

PADDING = 0.125
"""The largest share of padding among the tokens that are computed side by side."""

LOGITS_AT_ONCE = 512
"""The most positions whose logits are held at once: a vocabulary has 50,000 to 250,000 of them."""


def logits_behind(model: Decoder | GenerateModel, prompt: Sequence[int], tokens: Sequence[int]) -> Tensor:
    """The logits from which each of ``tokens`` would be sampled behind a prompt, of shape (tokens, vocabulary)."""
    wanted = slice(len(prompt) - 1, len(prompt) - 1 + len(tokens))
    if isinstance(model, GenerateModel):
        return model.logits([*prompt, *tokens])[wanted]
    _, hidden = model.prefill(torch.tensor([*prompt, *tokens], device=model.device))
    return model.logits(hidden[wanted])


def logprobs_behind(
    model: Decoder | GenerateModel, prompt: Sequence[int], completions: Sequence[Sequence[int]]
) -> Iterator[list[float]]:
    """Yield the log-probabilities of the tokens of each completion of a prompt, which is computed once."""
    if isinstance(model, GenerateModel):
        for tokens in completions:
            yield _chosen(logits_behind(model, prompt, tokens), tokens)
        return
    prefix, hidden = model.prefill(torch.tensor(list(prompt), device=model.device))
    found: dict[int, list[float]] = {}
    for batch in _batches(completions):
        longest = max(len(completions[place]) for place in batch)
        padded = torch.tensor(
            [[*completions[place], *[0] * (longest - len(completions[place]))] for place in batch], device=model.device
        )
        # The last token of a completion predicts nothing that was drawn, so it is not computed.
        states = (
            model.extend(prefix, padded[:, :-1]) if longest > 1 else hidden.new_zeros(len(batch), 0, len(hidden[0]))
        )
        for place, own in zip(batch, states, strict=True):
            tokens = completions[place]
            before = torch.cat((hidden[-1:], own[: len(tokens) - 1]))
            logprobs: list[float] = []
            for start in range(0, len(tokens), LOGITS_AT_ONCE):
                part = slice(start, start + LOGITS_AT_ONCE)
                logprobs += _chosen(model.logits(before[part]), tokens[part])
            found[place] = logprobs
    yield from (found[place] for place in range(len(completions)))


def _chosen(logits: Tensor, tokens: Sequence[int]) -> list[float]:
    """The log-probability of one token of each row."""
    found: list[float] = logprobs_of(logits, torch.tensor(list(tokens), device=logits.device)).tolist()
    return found


def _batches(completions: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The places of completions that are computed side by side, each once: those of about one length, longest first."""
    batch: list[int] = []
    tokens = longest = 0
    for place in sorted(range(len(completions)), key=lambda place: -len(completions[place])):
        length = len(completions[place])
        size = (len(batch) + 1) * longest
        if batch and (size > TOKENS_AT_ONCE or size - tokens - length > PADDING * size):
            yield batch
            batch, tokens = [], 0
        if not batch:
            longest = length
        batch.append(place)
        tokens += length
    if batch:
        yield batch
