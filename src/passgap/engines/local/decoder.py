"""A decoder for the Llama family, optimised for many samples of each prompt.

It computes what ``transformers`` computes, with differences that matter on a CPU: weights are packed once, the
projections of queries, keys and values are fused, the KV cache is written in place, and the sequences and query heads
that share keys are one block of queries. It is batch-invariant: no sequence's arithmetic depends on those beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from passgap.engines.local.attention import attend, merge
from passgap.engines.local.kv_cache import KVCache
from passgap.engines.local.linear import Linear, linear
from passgap.engines.local.prefix_cache import Prefix, PrefixBatch

FAMILIES = frozenset({"llama", "qwen2", "qwen3"})
"""The ``model_type`` of the architectures that this decoder computes exactly."""

LENGTH_DEPENDENT_ROTARY = frozenset({"dynamic", "longrope"})
"""Rotary embeddings whose angles change as a sequence grows; sequences of different lengths cannot share a step."""


@dataclass(frozen=True)
class _Layer:
    """One layer's weights."""

    input_norm: Tensor
    qkv: Linear
    query_norm: Tensor | None
    key_norm: Tensor | None
    output: Linear
    mlp_norm: Tensor
    gate: Linear
    up: Linear
    down: Linear


def supports(config: Any) -> bool:
    """Whether the decoder computes a model of this configuration exactly."""
    plain = getattr(config, "hidden_act", "silu") == "silu" and not getattr(config, "mlp_bias", False)
    whole = not getattr(config, "use_sliding_window", False)
    rotary = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    fixed = rotary.get("rope_type", "default") not in LENGTH_DEPENDENT_ROTARY
    return config.model_type in FAMILIES and plain and whole and fixed


class Decoder:
    """A causal language model whose cache the caller keeps. All methods run without gradients."""

    def __init__(self, model: Any) -> None:
        config = model.config
        self.heads = int(config.num_attention_heads)
        self.key_heads = int(config.num_key_value_heads)
        self.head_size = int(getattr(config, "head_dim", None) or config.hidden_size // self.heads)
        self.epsilon = float(config.rms_norm_eps)
        self.device = model.device
        self.dtype = model.dtype
        self._embedding: Tensor = model.model.embed_tokens.weight.detach()
        self._head = linear(model.lm_head.weight.detach())
        self._norm: Tensor = model.model.norm.weight.detach()
        self._rotary = model.model.rotary_emb
        self._layers = [_packed(layer) for layer in model.model.layers]

    def new_cache(self, slots: int, length: int) -> KVCache:
        """Room for ``slots`` sequences of ``length`` tokens. Padding has no weight in attention, but must be finite."""
        shape = (len(self._layers), slots, self.key_heads, length, self.head_size)
        keys = torch.zeros(shape, dtype=self.dtype, device=self.device)
        return KVCache(keys, torch.zeros_like(keys))

    @torch.inference_mode()
    def prefill(self, tokens: Tensor) -> tuple[Prefix, Tensor]:
        """Compute the keys and values of one prompt.

        Args:
            tokens: token ids of shape (length,).

        Returns:
            The keys and values, and the hidden states of all positions, of shape (length, hidden size).
        """
        length, group = len(tokens), self.heads // self.key_heads
        cache = self.new_cache(1, length)
        hidden = functional.embedding(tokens, self._embedding)
        angles = self._angles(torch.arange(length, device=self.device), hidden)
        for number, layer in enumerate(self._layers):
            query, key, value = (part.transpose(0, 1) for part in self._project(layer, hidden, angles))
            cache.keys[number, 0] = key
            cache.values[number, 0] = value
            attended = functional.scaled_dot_product_attention(
                query[None],
                key.repeat_interleave(group, 0)[None],
                value.repeat_interleave(group, 0)[None],
                is_causal=True,
            )
            hidden = self._finish(layer, hidden, attended[0].transpose(0, 1).reshape(length, -1))
        return Prefix(cache.keys[:, 0], cache.values[:, 0]), self._normed(hidden, self._norm)

    @torch.inference_mode()
    def extend(self, prefix: Prefix, tokens: Tensor) -> Tensor:
        """Compute texts that continue one prompt, side by side; nothing is kept of them.

        Args:
            prefix: the keys and values of the prompt.
            tokens: token ids of shape (sequences, length), shorter sequences padded at their ends with any token.

        Returns:
            The hidden states, of shape (sequences, length, hidden size).
        """
        count, length = tokens.shape
        group = self.heads // self.key_heads
        hidden = functional.embedding(tokens.reshape(-1), self._embedding)
        positions = prefix.length + torch.arange(length, device=self.device)
        angles = self._angles(positions.repeat(count), hidden)
        own = torch.ones(length, length, dtype=torch.bool, device=self.device).tril()
        seen = torch.cat((own.new_ones(length, prefix.length), own), dim=1)
        for number, layer in enumerate(self._layers):
            query, key, value = (
                part.view(count, length, -1, self.head_size).transpose(1, 2)
                for part in self._project(layer, hidden, angles)
            )
            keys, values = (
                torch.cat((before[number].expand(count, -1, -1, -1), part), dim=2).repeat_interleave(group, 1)
                for before, part in ((prefix.keys, key), (prefix.values, value))
            )
            attended = functional.scaled_dot_product_attention(query, keys, values, attn_mask=seen)
            hidden = self._finish(layer, hidden, attended.transpose(1, 2).reshape(count * length, -1))
        return self._normed(hidden, self._norm).view(count, length, -1)

    @torch.inference_mode()
    def step(
        self, tokens: Tensor, places: Tensor, starts: Tensor, caches: Sequence[KVCache], prefixes: PrefixBatch
    ) -> Tensor:
        """Compute one further token of each sequence, and write its keys and values into the caches in place.

        Args:
            tokens: token ids of shape (sequences,).
            places: the position of each token among its sequence's own tokens, of shape (sequences,).
            starts: the length of each sequence's prompt in tokens, of shape (sequences,).
            caches: the KV caches of the sequences' own tokens, the sequences of the first cache first.
            prefixes: their prompts.

        Returns:
            The hidden states, of shape (sequences, hidden size).
        """
        count, group = len(tokens), self.heads // self.key_heads
        hidden = functional.embedding(tokens, self._embedding)
        angles = self._angles(starts + places, hidden)
        buckets = _bucket_steps(caches, places)
        for number, layer in enumerate(self._layers):
            query, key, value = self._project(layer, hidden, angles)
            grouped = query.reshape(count, self.key_heads, group, self.head_size)
            parts = [bucket.attend(number, grouped, key, value) for bucket in buckets]
            own, own_total = (torch.cat(each) for each in zip(*parts, strict=True))
            shared, shared_total = attend(
                prefixes.gather(grouped), prefixes.keys[number], prefixes.values[number], prefixes.mask
            )
            attended = merge(prefixes.scatter(shared, group), prefixes.scatter(shared_total, group), own, own_total)
            hidden = self._finish(layer, hidden, attended.reshape(count, -1))
        return self._normed(hidden, self._norm)

    @torch.inference_mode()
    def logits(self, hidden: Tensor) -> Tensor:
        """Logits over the vocabulary for hidden states of shape (tokens, hidden size)."""
        return self._head(hidden)

    def _angles(self, positions: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines for each token and all heads, of shape (tokens, 1, head size)."""
        cosine, sine = self._rotary(like, positions[None])
        # The first half rotates against the second; the sign is applied here, once for all layers.
        sine = torch.cat((-sine[..., : self.head_size // 2], sine[..., self.head_size // 2 :]), dim=-1)
        return cosine[0, :, None], sine[0, :, None]

    def _project(self, layer: _Layer, hidden: Tensor, angles: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values with rotary positions, each of shape (tokens, heads, head size)."""
        fused = layer.qkv(self._normed(hidden, layer.input_norm)).view(len(hidden), -1, self.head_size)
        rotated, value = torch.split(fused, [self.heads + self.key_heads, self.key_heads], dim=1)
        if layer.query_norm is not None and layer.key_norm is not None:
            query, key = torch.split(rotated, [self.heads, self.key_heads], dim=1)
            rotated = torch.cat((self._normed(query, layer.query_norm), self._normed(key, layer.key_norm)), dim=1)
        query, key = torch.split(_rotate(rotated, *angles), [self.heads, self.key_heads], dim=1)
        return query, key, value

    def _finish(self, layer: _Layer, hidden: Tensor, attended: Tensor) -> Tensor:
        hidden = layer.output.add(attended, hidden)
        normed = self._normed(hidden, layer.mlp_norm)
        return layer.down.add(layer.up.mul(normed, layer.gate.silu(normed)), hidden)

    def _normed(self, hidden: Tensor, weight: Tensor) -> Tensor:
        return functional.rms_norm(hidden, weight.shape, weight, self.epsilon)


@dataclass(frozen=True)
class _BucketStep:
    """The sequences of one cache in a step: which they are, and the positions of their tokens."""

    cache: KVCache
    sequences: slice
    slots: Tensor
    places: Tensor
    mask: Tensor

    def attend(self, layer: int, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Write the sequences' new keys and values, and attend to all of their own tokens."""
        keys, values = self.cache.keys[layer], self.cache.values[layer]
        keys[self.slots, :, self.places] = key[self.sequences]
        values[self.slots, :, self.places] = value[self.sequences]
        return attend(query[self.sequences], keys, values, self.mask)


def _bucket_steps(caches: Sequence[KVCache], places: Tensor) -> list[_BucketStep]:
    steps: list[_BucketStep] = []
    for start, end in pairwise(accumulate((cache.slots for cache in caches), initial=0)):
        cache, sequences = caches[len(steps)], slice(start, end)
        unseen = torch.arange(cache.length, device=places.device)[None] > places[sequences, None]
        mask = torch.zeros(unseen.shape, device=places.device).masked_fill_(unseen, float("-inf"))
        slots = torch.arange(cache.slots, device=places.device)
        steps.append(_BucketStep(cache, sequences, slots, places[sequences], mask[:, None, None]))
    return steps


def _packed(layer: Any) -> _Layer:
    attention, mlp = layer.self_attn, layer.mlp
    parts = (attention.q_proj, attention.k_proj, attention.v_proj)
    biases = [part.bias.detach() for part in parts if part.bias is not None]
    return _Layer(
        input_norm=layer.input_layernorm.weight.detach(),
        qkv=linear(torch.cat([part.weight.detach() for part in parts]), torch.cat(biases) if biases else None),
        query_norm=attention.q_norm.weight.detach() if hasattr(attention, "q_norm") else None,
        key_norm=attention.k_norm.weight.detach() if hasattr(attention, "k_norm") else None,
        output=linear(
            attention.o_proj.weight.detach(),
            None if attention.o_proj.bias is None else attention.o_proj.bias.detach(),
        ),
        mlp_norm=layer.post_attention_layernorm.weight.detach(),
        gate=linear(mlp.gate_proj.weight.detach()),
        up=linear(mlp.up_proj.weight.detach()),
        down=linear(mlp.down_proj.weight.detach()),
    )


def _rotate(tensor: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary position embedding (Su et al. 2021), halves rotated against each other."""
    return torch.addcmul(tensor * cosine, tensor.roll(tensor.shape[-1] // 2, -1), sine)
