"""Reward jobs on tiny real models: what they are given, and what they may use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("trl")

from passgap.ports import RewardJob, RewardResult  # noqa: E402
from passgap.testing.reward_contract import JudgedMeans  # noqa: E402
from passgap.trainers.reward.trainer import RewardTrainer  # noqa: E402


def train(job: RewardJob, means: JudgedMeans) -> RewardResult:
    """Train on a CPU in float32, where trainer and sampler compute alike."""
    return RewardTrainer(device="cpu", dtype="float32").train(job, means=means)


@pytest.fixture(scope="session")
def small_models(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Tiny models of other architectures, with the tiny model's tokenizer."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    common = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 256,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }
    experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32, "output_router_logits": True}
    kinds: dict[str, tuple[Any, Any, dict[str, Any]]] = {
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM, {"tie_word_embeddings": True}),
        "qwen3": (transformers.Qwen3Config, transformers.Qwen3ForCausalLM, {"head_dim": 16}),
        "experts": (transformers.Qwen3MoeConfig, transformers.Qwen3MoeForCausalLM, {"head_dim": 16, **experts}),
    }
    folders: dict[str, Path] = {}
    for name, (config, model, own) in kinds.items():
        torch.manual_seed(9)
        folders[name] = tmp_path_factory.mktemp("small") / name
        model(config(**common, **own)).save_pretrained(folders[name])
        tokenizer.save_pretrained(folders[name])
    return folders
