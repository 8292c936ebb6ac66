"""Sampling of tokens: temperature, then top-k, then top-p on the renormalised top-k (arXiv 2604.01193).

A token is chosen by inverting the cumulative distribution at a random number that depends on the sample's seed and
position alone, so that a sample does not depend on which sequences happen to share its batch.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from passgap.records import Decoding

CANDIDATES = 64
"""The nucleus is searched among so many of the most likely tokens before a whole vocabulary is sorted."""

_BLOCK = 128

_CACHED_ROWS = 8
"""Rows of logits whose float32 copy stays in a core's cache."""


def uniforms(seeds: npt.NDArray[np.uint64], position: npt.NDArray[np.uint64]) -> npt.NDArray[np.float64]:
    """One number in [0, 1) for each (seed, position): SplitMix64 (Steele, Lea and Flood 2014) as a counter."""
    with np.errstate(over="ignore"):
        state = seeds + (position + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return np.asarray((state >> np.uint64(11)).astype(np.float64) * 2.0**-53, dtype=np.float64)


def sample_tokens(
    logits: Tensor,
    decoding: Decoding,
    seeds: Sequence[int],
    positions: Sequence[int],
    rows: Sequence[int] | None = None,
) -> Tensor:
    """Sample tokens, one for each seed.

    Args:
        logits: of shape (rows, vocabulary), in any float type.
        decoding: temperature below 1e-5 takes the most likely token.
        seeds: one per token.
        positions: the number of tokens that have been sampled with each seed before.
        rows: the row of logits that each token is sampled from; by default one token is sampled from each row.

    Returns:
        Token ids of shape (tokens,).
    """
    owners = None if rows is None else torch.tensor(rows, device=logits.device)
    if decoding.greedy:
        return _of(logits.argmax(dim=-1), owners)
    chance = uniforms(np.asarray(seeds, dtype=np.uint64), np.asarray(positions, dtype=np.uint64))
    points = torch.from_numpy(chance).to(logits.device)[:, None]
    if decoding.top_k == 0 and decoding.top_p >= 1.0:
        weights = _likely(torch.softmax(logits.double() / decoding.temperature, dim=-1), decoding.min_p)
        return _invert(_of(weights, owners), points).squeeze(1)
    wanted = decoding.top_k if decoding.top_k > 0 else CANDIDATES
    values, tokens = _largest(logits, min(wanted, logits.shape[-1]))
    scaled = values.double() / decoding.temperature
    if decoding.top_k > 0:
        kept = _likely(_within(torch.softmax(scaled, dim=-1), decoding.top_p), decoding.min_p)
        return _choose(kept, tokens, owners, points)
    probabilities = torch.exp(scaled - _log_total(logits, decoding.temperature).double())
    chosen = _choose(_within(probabilities, decoding.top_p), tokens, owners, points)
    short = probabilities.sum(dim=-1) < decoding.top_p
    again = _of(short, owners)
    if bool(again.any()):
        ordered, tokens = logits[short].double().sort(dim=-1, descending=True)
        nucleus = _within(torch.softmax(ordered / decoding.temperature, dim=-1), decoding.top_p)
        places = None if owners is None else (short.cumsum(0) - 1)[owners[again]]
        chosen[again] = _choose(nucleus, tokens, places, points[again])
    return chosen


def logprobs_of(
    logits: Tensor, tokens: Tensor, rows: Sequence[int] | None = None, *, temperature: float = 1.0
) -> Tensor:
    """The model's own log-probability of each sampled token, in float32.

    Args:
        logits: of shape (rows, vocabulary), in any float type.
        tokens: token ids of shape (tokens,).
        rows: the row of logits that each token was sampled from; by default one token was sampled from each row.
        temperature: what the logits are divided by.
    """
    owners = torch.arange(len(tokens)) if rows is None else torch.tensor(rows)
    owners = owners.to(logits.device)
    return logits[owners, tokens].float() / temperature - _log_total(logits, temperature)[owners, 0]


def _log_total(logits: Tensor, temperature: float) -> Tensor:
    """The logarithm of each row's softmax denominator in float32, of shape (rows, 1)."""
    rows = _CACHED_ROWS if logits.device.type == "cpu" else len(logits)
    parts = [torch.logsumexp(part.float() / temperature, dim=-1, keepdim=True) for part in torch.split(logits, rows)]
    return torch.cat(parts)


def _within(probabilities: Tensor, top_p: float) -> Tensor:
    """Keep the smallest leading set of probabilities, in descending order, that adds up to at least ``top_p``."""
    before = probabilities.cumsum(dim=-1) - probabilities
    return torch.where(before < top_p, probabilities, 0.0)


def _likely(probabilities: Tensor, min_p: float) -> Tensor:
    """Keep the probabilities that are at least this share of their row's largest one."""
    if min_p == 0.0:
        return probabilities
    return torch.where(probabilities >= min_p * probabilities.amax(dim=-1, keepdim=True), probabilities, 0.0)


def _choose(weights: Tensor, tokens: Tensor, owners: Tensor | None, points: Tensor) -> Tensor:
    """For each point a token of its row, in proportion to the row's weights."""
    return _of(tokens, owners).gather(1, _invert(_of(weights, owners), points)).squeeze(1)


def _of(rows: Tensor, owners: Tensor | None) -> Tensor:
    """The row of each token; without owners there is one token per row, and nothing is copied."""
    return rows if owners is None else rows[owners]


def _invert(weights: Tensor, points: Tensor) -> Tensor:
    """The first position whose cumulative weight exceeds the point's share of the total."""
    cumulative = weights.cumsum(dim=-1)
    target = points * cumulative[:, -1:]
    return torch.searchsorted(cumulative, target, right=True).clamp_(max=weights.shape[-1] - 1)


def _largest(logits: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` largest logits of each row and their tokens, largest first.

    The largest ``count`` values lie in the ``count`` blocks with the largest maxima, so only those are searched.
    """
    rows, vocabulary = logits.shape
    if vocabulary % _BLOCK or vocabulary // _BLOCK <= count:
        return logits.topk(count, dim=-1)
    blocks = logits.view(rows, vocabulary // _BLOCK, _BLOCK)
    leading = blocks.amax(dim=-1).topk(count, dim=-1).indices.sort(dim=-1).values
    within = blocks.gather(1, leading[:, :, None].expand(-1, -1, _BLOCK)).reshape(rows, -1)
    values, places = within.topk(count, dim=-1)
    return values, leading.gather(1, places // _BLOCK) * _BLOCK + places % _BLOCK
