"""Architectures that the decoder does not know, through ``generate``: the distribution of the fast path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from passgap.engines.local import sampler as local  # noqa: E402 - after the skip
from passgap.engines.local.sampler import LocalSampler  # noqa: E402
from passgap.errors import EngineError  # noqa: E402
from passgap.ports import SampleRequest  # noqa: E402
from passgap.records import Decoding, FinishReason, Prompt, sample_seed  # noqa: E402

VOCABULARY = {"vocab_size": 420, "bos_token_id": 0, "eos_token_id": 2}
SIZES: dict[str, Any] = {
    **VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
}
OTHERS = {
    "gpt2": lambda: transformers.GPT2Config(**VOCABULARY, n_positions=256, n_embd=32, n_layer=2, n_head=4),
    "gemma2": lambda: transformers.Gemma2Config(**SIZES, head_dim=8, sliding_window=8),
    "mamba": lambda: transformers.MambaConfig(
        vocab_size=420, hidden_size=32, num_hidden_layers=2, state_size=4, bos_token_id=0, eos_token_id=2
    ),
}


def write(config: Any, tokenizer_from: Path, folder: Path) -> Path:
    torch.manual_seed(3)
    model = transformers.AutoModelForCausalLM.from_config(config)
    # What a model's authors put here is not part of a study's decoding.
    model.generation_config.repetition_penalty = 1.7
    model.generation_config.no_repeat_ngram_size = 2
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(tokenizer_from).save_pretrained(folder)
    return folder


def requests(samples: int, problems: int = 2, stop: tuple[str, ...] = ()) -> list[SampleRequest]:
    return [
        SampleRequest(
            problem_id=f"p{number}",
            prompt=Prompt(user="Write a function that adds. " * (number + 1), prefix="```python\n", stop=stop),
            indices=tuple(range(samples)),
            seeds=tuple(sample_seed(1, number, index) for index in range(samples)),
        )
        for number in range(problems)
    ]


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_other_architectures_are_sampled_from_their_own_distribution(
    name: str, tiny_model: Path, tmp_path: Path
) -> None:
    sampler = LocalSampler(write(OTHERS[name](), tiny_model, tmp_path / name), device="cpu", dtype="float32", workers=1)
    assert sampler.identity.versions["path"] == "generate"
    decoding = Decoding(temperature=0.0, max_new_tokens=5)
    [request] = requests(1, problems=1)
    [sample] = sampler.sample([request], decoding)
    model = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / name)
    tokens = sampler._prompts.tokens(request.prompt)
    for _ in range(5):
        with torch.no_grad():
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
        if tokens[-1] == 2:
            break
    written = [token for token in tokens[-sample.completion_tokens :] if token != 2]
    assert sample.completion == sampler._prompts.tokenizer.decode(written, skip_special_tokens=True)

    logits = sampler.next_token_logits(request.prompt, "def add(a, b):\n", 4)
    assert logits.shape == (4, 420)
    prefix = sampler._prompts.tokens(request.prompt)
    with torch.no_grad():
        wanted = model(torch.tensor([prefix])).logits[0, -1].numpy()
    assert logits[0] == pytest.approx(wanted, abs=1e-4)


def test_a_sample_is_its_own_whatever_else_is_drawn_with_it(tiny_model: Path, tmp_path: Path) -> None:
    folder = write(OTHERS["gpt2"](), tiny_model, tmp_path / "gpt2")
    sampler = LocalSampler(folder, device="cpu", dtype="float32", workers=1, batch_size=5)
    decoding = Decoding(temperature=1.0, top_k=50, top_p=0.95, max_new_tokens=8)
    tokens: list[int] = []
    together = list(sampler.sample(requests(6), decoding, progress=tokens.append))
    assert sum(tokens) == sum(each.completion_tokens for each in together)
    assert {each.finish_reason for each in together} <= set(FinishReason)
    assert len({(each.problem_id, each.index) for each in together}) == 12
    alone = LocalSampler(folder, device="cpu", dtype="float32", workers=1, batch_size=1)
    by_key = {(each.problem_id, each.index): each for each in alone.sample(requests(6), decoding)}
    assert {(each.problem_id, each.index): each for each in together} == by_key


def test_stop_strings_and_limits_end_a_completion_as_in_the_fast_path(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same model in float32 through both paths, with the same seeds: the same samples."""
    decoding = Decoding(temperature=1.0, top_k=40, top_p=0.95, max_new_tokens=12)
    asked = requests(12, stop=("e", "\n"))
    fast = LocalSampler(tiny_model, device="cpu", dtype="float32", workers=1)
    wanted = {(each.problem_id, each.index): each for each in fast.sample(asked, decoding)}
    assert {each.finish_reason for each in wanted.values()} == set(FinishReason)
    assert "path" not in fast.identity.versions
    monkeypatch.setattr(local, "supports", lambda _: False)
    slow = LocalSampler(tiny_model, device="cpu", dtype="float32", workers=1)
    assert slow.identity.versions["path"] == "generate"
    assert {(each.problem_id, each.index): each for each in slow.sample(asked, decoding)} == wanted


def test_both_paths_agree_in_distribution(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First tokens of many samples with seeds of their own on each side, by a chi-square test of homogeneity."""
    decoding = Decoding(temperature=1.3, top_k=30, top_p=0.9, max_new_tokens=1)

    def counts(root: int) -> Any:
        sampler = LocalSampler(tiny_model, device="cpu", dtype="float32", workers=1)
        [request] = requests(1, problems=1)
        many = request.model_copy(
            update={
                "indices": tuple(range(1200)),
                "seeds": tuple(sample_seed(root, "p", index) for index in range(1200)),
            }
        )
        seen: dict[str, int] = {}
        for sample in sampler.sample([many], decoding):
            seen[sample.completion] = seen.get(sample.completion, 0) + 1
        return seen

    fast = counts(1)
    monkeypatch.setattr(local, "supports", lambda _: False)
    slow = counts(2)
    names = sorted({*fast, *slow})
    table = np.array([[side.get(name, 0) for name in names] for side in (fast, slow)])
    table = table[:, table.sum(axis=0) >= 10]
    assert table.shape[1] >= 5
    assert stats.chi2_contingency(table).pvalue > 1e-4


def test_a_model_without_a_limit_on_positions_has_none(tiny_model: Path, tmp_path: Path) -> None:
    folder = write(OTHERS["mamba"](), tiny_model, tmp_path / "mamba")
    long = [each.model_copy(update={"prompt": Prompt(user="word " * 400)}) for each in requests(1, problems=1)]
    sampler = LocalSampler(folder, device="cpu", workers=1)
    assert len(list(sampler.sample(long, Decoding(temperature=1.0, max_new_tokens=2)))) == 1


def test_an_answer_ends_with_the_tokens_that_the_generation_config_names(tiny_model: Path, tmp_path: Path) -> None:
    folder = write(OTHERS["gpt2"](), tiny_model, tmp_path / "gpt2")
    config = transformers.GenerationConfig.from_pretrained(folder)
    config.eos_token_id = [2, 7]
    config.save_pretrained(folder)
    assert LocalSampler(folder, device="cpu")._prompts.ends == {2, 7}


def test_a_folder_that_holds_no_causal_model_is_one_clear_error(tiny_model: Path, tmp_path: Path) -> None:
    transformers.T5Config(vocab_size=64, d_model=16, d_ff=16, num_layers=1, num_heads=2).save_pretrained(tmp_path)
    transformers.AutoTokenizer.from_pretrained(tiny_model).save_pretrained(tmp_path)
    sampler = LocalSampler(tmp_path, device="cpu", workers=1)
    with pytest.raises(EngineError, match="cannot be loaded"):
        list(sampler.sample(requests(1), Decoding(temperature=1.0, max_new_tokens=2)))
