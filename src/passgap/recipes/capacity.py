"""Whether low-rank adapters can hold what the samples carry: bits of one against bits of the other.

Adapters learn as well as all weights do while their capacity exceeds the information in the data, whatever their rank
("LoRA Without Regret", Schulman et al. 2025); a parameter holds about two bits (Allen-Zhu and Li, arXiv 2404.05405).
"""

from __future__ import annotations

import math

BITS_PER_PARAMETER = 2.0

NATS_PER_TOKEN = 1.0
"""Of a model's own code under the settings that samples are drawn with, an upper bound: 0.2 to 0.8 is usual."""

LARGE_POOL = 10_000
"""Problems of a pool whose size is not declared: as many as the paper's (arXiv 2604.01193)."""


def lora_capacity(parameters: int, rank: int) -> float:
    """Bits that adapters of a rank on all linear layers hold, estimated from the model's size.

    Adapters of rank 1 have about 16 N^0.53 parameters on a decoder of N: within a third of those counted from the
    configurations of SmolLM2-135M, Qwen3-4B, Llama-3.1-8B and Llama-3.1-70B.

    Args:
        parameters: of the model.
        rank: of the adapters.
    """
    return BITS_PER_PARAMETER * rank * 16.0 * math.pow(parameters, 0.53)


def information(tokens: int) -> float:
    """Bits that completions of so many tokens carry at most."""
    return tokens * NATS_PER_TOKEN / math.log(2.0)
