"""The decoder computes what transformers computes, for each family and whatever runs beside a sequence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from passgap.engines.local.decoder import Decoder, supports  # noqa: E402 - after the skip
from passgap.engines.local.prefix_cache import PrefixBatch  # noqa: E402

SIZES: dict[str, Any] = {
    "vocab_size": 128,
    "hidden_size": 48,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
FAMILIES = {
    "llama": lambda: transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES)),
    "llama-tied": lambda: transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, tie_word_embeddings=True)),
    "llama-biased": lambda: transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, attention_bias=True)),
    "llama-scaled": lambda: transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            **SIZES,
            rope_parameters={
                "rope_type": "llama3",
                "rope_theta": 10000.0,
                "factor": 8.0,
                "low_freq_factor": 1.0,
                "high_freq_factor": 4.0,
                "original_max_position_embeddings": 64,
            },
        )
    ),
    "qwen2": lambda: transformers.Qwen2ForCausalLM(transformers.Qwen2Config(**SIZES)),
    "qwen3": lambda: transformers.Qwen3ForCausalLM(transformers.Qwen3Config(**SIZES, head_dim=16)),
}


@pytest.fixture(params=sorted(FAMILIES))
def model(request: pytest.FixtureRequest) -> Any:
    torch.manual_seed(11)
    built = FAMILIES[request.param]().eval()
    with torch.no_grad():
        for parameter in built.parameters():
            # Biases and norms begin at 0 and 1, where a decoder that forgot them would still agree.
            parameter.add_(0.05 * torch.randn_like(parameter))
    return built


def reference(model: Any, tokens: list[int]) -> Any:
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0]


def test_prefill_gives_the_logits_of_transformers(model: Any) -> None:
    tokens = torch.randint(0, 128, (23,)).tolist()
    decoder = Decoder(model)
    _, hidden = decoder.prefill(torch.tensor(tokens))
    torch.testing.assert_close(decoder.logits(hidden), reference(model, tokens), rtol=1e-4, atol=1e-4)


def test_texts_that_continue_a_prompt_give_the_logits_of_transformers(model: Any) -> None:
    decoder = Decoder(model)
    prompt, first, second = (torch.randint(0, 128, (length,)).tolist() for length in (7, 9, 4))
    prefix, _ = decoder.prefill(torch.tensor(prompt))
    hidden = decoder.extend(prefix, torch.tensor([first, [*second, 0, 0, 0, 0, 0]]))
    for row, tokens in zip(hidden, (first, second), strict=True):
        expected = reference(model, [*prompt, *tokens])[len(prompt) :]
        torch.testing.assert_close(decoder.logits(row[: len(tokens)]), expected, rtol=1e-4, atol=1e-4)


def test_steps_of_sequences_of_different_lengths_give_the_logits_of_transformers(model: Any) -> None:
    decoder = Decoder(model)
    sequences = [torch.randint(0, 128, (length,)).tolist() for length in (3, 17, 9)]
    sequences.append(list(sequences[1]))
    starts = torch.tensor([len(tokens) for tokens in sequences])
    caches = [decoder.new_cache(3, 32), decoder.new_cache(1, 64)]
    prefixes = PrefixBatch([decoder.prefill(torch.tensor(tokens))[0] for tokens in sequences[:3]])
    prefixes.assign([0, 1, 2, 1])
    for place in range(4):
        fresh = torch.randint(0, 128, (len(sequences),))
        places = torch.full((len(sequences),), place)
        hidden = decoder.step(fresh, places, starts, caches, prefixes)
        for tokens, token in zip(sequences, fresh.tolist(), strict=True):
            tokens.append(token)
        wanted = torch.stack([reference(model, tokens)[-1] for tokens in sequences])
        torch.testing.assert_close(decoder.logits(hidden), wanted, rtol=1e-4, atol=1e-4)


def test_only_what_is_computed_exactly_is_supported() -> None:
    assert supports(transformers.LlamaConfig(**SIZES))
    assert supports(transformers.Qwen2Config(**SIZES))
    assert not supports(transformers.LlamaConfig(**SIZES, mlp_bias=True))
    assert not supports(transformers.LlamaConfig(**SIZES, hidden_act="gelu"))
    assert not supports(transformers.Qwen2Config(**SIZES, use_sliding_window=True))
    assert not supports(transformers.GPT2Config(vocab_size=128))
    dynamic = {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 2.0}
    assert not supports(transformers.LlamaConfig(**SIZES, rope_parameters=dynamic))


@pytest.mark.slow
def test_the_embedded_model_agrees_within_bfloat16(embedded_folder: Path) -> None:
    model = transformers.AutoModelForCausalLM.from_pretrained(embedded_folder, dtype=torch.bfloat16).eval()
    exact = transformers.AutoModelForCausalLM.from_pretrained(embedded_folder, dtype=torch.float32).eval()
    tokens = torch.randint(0, 49000, (96,), generator=torch.Generator().manual_seed(5))
    decoder = Decoder(model)
    _, hidden = decoder.prefill(tokens)
    with torch.no_grad():
        plain = model(tokens[None]).logits[0].float()
        wide = exact(tokens[None]).logits[0]
    ours = decoder.logits(hidden).float()
    # Neither is nearer to float32 than the other by more than rounding.
    assert (ours - wide).abs().mean() < 1.2 * (plain - wide).abs().mean()
    assert (ours - plain).abs().mean() < 1.5 * (plain - wide).abs().mean()
