"""A decoder for the Llama family that is made for many samples of each prompt.

It computes what ``transformers`` computes, with three differences that matter on a CPU: the projections of a layer that
share their input are one matrix, the key-value cache is allocated once and written in place, and the rows and query
heads that share keys are one block of queries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from passgap.engines.prefixes import Prefix, Prefixes, attend, join

FAMILIES = frozenset({"llama", "qwen2", "qwen3"})
"""The ``model_type`` of the architectures that this decoder computes exactly."""

LENGTH_DEPENDENT_ROTARY = frozenset({"dynamic", "longrope"})
"""Rotary embeddings whose angles change as a sequence grows; rows of different lengths cannot share a step."""


@dataclass(frozen=True)
class _Layer:
    """One layer's weights, fused."""

    input_norm: Tensor
    qkv: Tensor
    qkv_bias: Tensor | None
    query_norm: Tensor | None
    key_norm: Tensor | None
    output: Tensor
    output_bias: Tensor | None
    mlp_norm: Tensor
    gate_up: Tensor
    down: Tensor


class KeyValueCache:
    """Keys and values of ``rows`` sequences of up to ``length`` tokens, for all layers.

    ``keys`` have shape (layers, rows, key heads, head size, length), ``values`` have the last two exchanged.
    """

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        self.keys = keys
        self.values = values

    def first(self, rows: int) -> KeyValueCache:
        """The first rows, as a view."""
        return KeyValueCache(self.keys[:, :rows], self.values[:, :rows])

    def move(self, source: int, target: int) -> None:
        """Copy one row over another."""
        self.keys[:, target] = self.keys[:, source]
        self.values[:, target] = self.values[:, source]


def supports(config: Any) -> bool:
    """Whether the decoder computes a model of this configuration exactly."""
    plain = getattr(config, "hidden_act", "silu") == "silu" and not getattr(config, "mlp_bias", False)
    whole = not getattr(config, "use_sliding_window", False)
    rotary = getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}
    fixed = rotary.get("rope_type", "default") not in LENGTH_DEPENDENT_ROTARY
    return config.model_type in FAMILIES and plain and whole and fixed


class Decoder:
    """A causal language model with its cache in the caller's hands. All methods run without gradients."""

    def __init__(self, model: Any) -> None:
        config = model.config
        self.heads = int(config.num_attention_heads)
        self.key_heads = int(config.num_key_value_heads)
        self.head_size = int(getattr(config, "head_dim", None) or config.hidden_size // self.heads)
        self.epsilon = float(config.rms_norm_eps)
        self.device = model.device
        self.dtype = model.dtype
        self._embedding: Tensor = model.model.embed_tokens.weight.detach()
        self._head: Tensor = model.lm_head.weight.detach()
        self._norm: Tensor = model.model.norm.weight.detach()
        self._rotary = model.model.rotary_emb
        self._layers = [_fuse(layer) for layer in model.model.layers]

    def new_cache(self, rows: int, length: int) -> KeyValueCache:
        """Room for ``rows`` sequences of ``length`` tokens."""
        heads = (len(self._layers), rows, self.key_heads)
        return KeyValueCache(
            torch.zeros((*heads, self.head_size, length), dtype=self.dtype, device=self.device),
            torch.zeros((*heads, length, self.head_size), dtype=self.dtype, device=self.device),
        )

    @torch.inference_mode()
    def prefill(self, tokens: Tensor) -> tuple[Prefix, Tensor]:
        """Read one prompt.

        Args:
            tokens: token ids of shape (length,).

        Returns:
            Its keys and values, and the hidden states of all positions, of shape (length, hidden size).
        """
        length = len(tokens)
        cache = self.new_cache(1, length)
        hidden = functional.embedding(tokens, self._embedding)
        cosine, sine = self._angles(torch.arange(length, device=self.device)[None], hidden)
        for number, layer in enumerate(self._layers):
            query, key, value = self._project(layer, hidden, cosine, sine)
            cache.keys[number, 0] = key.permute(1, 2, 0)
            cache.values[number, 0] = value.transpose(0, 1)
            attended = functional.scaled_dot_product_attention(
                query.transpose(0, 1)[None],
                key.transpose(0, 1).repeat_interleave(self.heads // self.key_heads, 0)[None],
                value.transpose(0, 1).repeat_interleave(self.heads // self.key_heads, 0)[None],
                is_causal=True,
            )
            hidden = self._finish(layer, hidden, attended[0].transpose(0, 1).reshape(length, -1))
        prefix = Prefix(cache.keys[:, 0], cache.values[:, 0])
        return prefix, _rms_norm(hidden, self._norm, self.epsilon)

    @torch.inference_mode()
    def step(self, tokens: Tensor, places: Tensor, starts: Tensor, cache: KeyValueCache, prefixes: Prefixes) -> Tensor:
        """Read one further token of each row and write it into the cache in place.

        Args:
            tokens: token ids of shape (rows,).
            places: where each row's token stands among the row's own tokens, of shape (rows,).
            starts: the length of each row's prompt, of shape (rows,).
            cache: the rows' own tokens.
            prefixes: their prompts.

        Returns:
            The hidden states, of shape (rows, hidden size).
        """
        count, group = len(tokens), self.heads // self.key_heads
        rows = torch.arange(count, device=self.device)
        hidden = functional.embedding(tokens, self._embedding)
        cosine, sine = self._angles((starts + places)[:, None], hidden)
        cosine, sine = cosine.squeeze(1), sine.squeeze(1)
        longest = 1 + int(places.max())
        hidden_from = torch.arange(longest, device=self.device)[None] > places[:, None]
        mask = torch.zeros(count, 1, 1, longest, device=self.device)
        mask.masked_fill_(hidden_from[:, None, None, :], float("-inf"))
        for number, layer in enumerate(self._layers):
            query, key, value = self._project(layer, hidden, cosine, sine)
            cache.keys[number, rows, :, :, places] = key
            cache.values[number, rows, :, places] = value
            grouped = query.reshape(count, self.key_heads, group, self.head_size)
            own, own_total = attend(
                grouped, cache.keys[number, ..., :longest], cache.values[number, :, :, :longest], mask
            )
            shared, shared_total = attend(
                prefixes.gather(grouped), prefixes.keys[number], prefixes.values[number], prefixes.mask
            )
            attended = join(prefixes.scatter(shared, group), prefixes.scatter(shared_total, group), own, own_total)
            hidden = self._finish(layer, hidden, attended.reshape(count, -1))
        return _rms_norm(hidden, self._norm, self.epsilon)

    @torch.inference_mode()
    def logits(self, hidden: Tensor) -> Tensor:
        """Logits over the vocabulary for hidden states of shape (rows, hidden size)."""
        return functional.linear(hidden, self._head)

    def _angles(self, positions: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
        cosine, sine = self._rotary(like, positions)
        return (cosine[0], sine[0]) if positions.shape[0] == 1 and positions.shape[1] != 1 else (cosine, sine)

    def _project(self, layer: _Layer, hidden: Tensor, cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values with rotary positions, each of shape (tokens, heads, head size)."""
        count = hidden.shape[0]
        fused = functional.linear(_rms_norm(hidden, layer.input_norm, self.epsilon), layer.qkv, layer.qkv_bias)
        query, key, value = torch.split(
            fused.view(count, -1, self.head_size), [self.heads, self.key_heads, self.key_heads], dim=1
        )
        if layer.query_norm is not None and layer.key_norm is not None:
            query = _rms_norm(query, layer.query_norm, self.epsilon)
            key = _rms_norm(key, layer.key_norm, self.epsilon)
        cosine, sine = cosine[:, None, :], sine[:, None, :]
        return _rotate(query, cosine, sine), _rotate(key, cosine, sine), value

    def _finish(self, layer: _Layer, hidden: Tensor, attended: Tensor) -> Tensor:
        hidden = hidden + functional.linear(attended, layer.output, layer.output_bias)
        gate, up = functional.linear(_rms_norm(hidden, layer.mlp_norm, self.epsilon), layer.gate_up).chunk(2, dim=-1)
        return hidden + functional.linear(functional.silu(gate) * up, layer.down)


def _fuse(layer: Any) -> _Layer:
    attention, mlp = layer.self_attn, layer.mlp
    parts = (attention.q_proj, attention.k_proj, attention.v_proj)
    biases = [part.bias.detach() for part in parts if part.bias is not None]
    return _Layer(
        input_norm=layer.input_layernorm.weight.detach(),
        qkv=torch.cat([part.weight.detach() for part in parts]),
        qkv_bias=torch.cat(biases) if biases else None,
        query_norm=attention.q_norm.weight.detach() if hasattr(attention, "q_norm") else None,
        key_norm=attention.k_norm.weight.detach() if hasattr(attention, "k_norm") else None,
        output=attention.o_proj.weight.detach(),
        output_bias=None if attention.o_proj.bias is None else attention.o_proj.bias.detach(),
        mlp_norm=layer.post_attention_layernorm.weight.detach(),
        gate_up=torch.cat([mlp.gate_proj.weight.detach(), mlp.up_proj.weight.detach()]),
        down=mlp.down_proj.weight.detach(),
    )


def _rms_norm(hidden: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """Root-mean-square norm, computed in float32 as the models of the family do."""
    wide = hidden.float()
    wide = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + epsilon)
    return weight * wide.to(hidden.dtype)


def _rotate(tensor: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary position embedding (Su et al. 2021), halves rotated against each other."""
    first, second = tensor.chunk(2, dim=-1)
    return tensor * cosine + torch.cat((-second, first), dim=-1) * sine
