"""Training on tiny models of several architectures: packing and the fused loss are exact, and the target is learned."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytest.importorskip("peft")

from safetensors.torch import load_file  # noqa: E402

from passgap.ports import SupervisedJob  # noqa: E402
from passgap.records import Prompt, TrainConfig, TrainExample  # noqa: E402
from passgap.trainers import open_trainer  # noqa: E402
from passgap.trainers.supervised.completion_loss import give_completion_loss, logits_are_a_product  # noqa: E402
from passgap.trainers.supervised.completion_trainer import attention_of, tensors_of  # noqa: E402
from passgap.trainers.supervised.encoding import encode_examples  # noqa: E402
from passgap.trainers.supervised.packing import Example, pack, packs_of  # noqa: E402
from passgap.trainers.supervised.side_by_side import side_by_side_agrees  # noqa: E402

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
EXPERTS = {"num_experts_per_tok": 2, "moe_intermediate_size": 32, "intermediate_size": 48}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {**SMALL, "intermediate_size": 64, "tie_word_embeddings": True}),
    "qwen3": ("Qwen3", {**SMALL, "intermediate_size": 64, "head_dim": 16}),
    "qwen3-moe": ("Qwen3Moe", {**SMALL, **EXPERTS, "num_experts": 4, "head_dim": 16}),
    "mixtral": ("Mixtral", {**SMALL, "intermediate_size": 48, "num_local_experts": 4, "num_experts_per_tok": 2}),
    "gemma2": ("Gemma2", {**SMALL, "intermediate_size": 64, "head_dim": 16, "sliding_window": 16}),
    "gpt2": ("GPT2", {"n_embd": 32, "n_layer": 2, "n_head": 2}),
    "mamba": ("Mamba", {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8}),
}
"""Mixtures of experts among them; Gemma 2 has layers that see a window alone, and bounds its logits; GPT-2 has learned
positions, and Mamba no attention."""

ONE_BY_ONE = {"gemma2", "mamba"}
"""A mask of one's own takes the place of Gemma's windows, and a recurrent layer reads on into the next example."""

PROMPTS = [Prompt(user=f"Write a function that adds {word}.", prefix="```python\n") for word in ("two", "all", "rows")]
EXAMPLES = [
    TrainExample(prompt=PROMPTS[number % 3], completion=f"def add(a, b):\n    return a + b + {number % 5}\n```")
    for number in range(18)
]


@pytest.fixture(scope="module")
def models(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    folders = {}
    for name, (kind, settings) in KINDS.items():
        torch.manual_seed(5)
        config = getattr(transformers, f"{kind}Config")(
            vocab_size=len(tokenizer), eos_token_id=tokenizer.eos_token_id, bos_token_id=0, pad_token_id=0, **settings
        )
        folders[name] = tmp_path_factory.mktemp("models") / name
        transformers.AutoModelForCausalLM.from_config(config).save_pretrained(folders[name])
        for path in [*tiny_model.glob("tokenizer*"), *tiny_model.glob("*.jinja")]:
            shutil.copy(path, folders[name])
    return folders


def loaded(folder: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def examples_for(folder: Path) -> list[Example]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return [Example.of(row) for row in encode_examples(tokenizer, EXAMPLES[:7], 512).rows]


def gradients(model: Any, packs: list[Any]) -> tuple[float, dict[str, Any]]:
    model.train()
    total = 0.0
    for each in packs:
        loss = model(**tensors_of(each, attention_of(model), "cpu"), scale=0.1)
        loss.backward()
        total += float(loss.detach())
    return total, {name: value.grad for name, value in model.named_parameters() if value.grad is not None}


@pytest.mark.parametrize("name", KINDS)
def test_loss_and_gradients_are_those_of_the_examples_one_by_one_with_the_models_own_logits(
    name: str, models: dict[str, Path]
) -> None:
    examples = examples_for(models[name])
    plain, packed = loaded(models[name]), loaded(models[name])
    for each in (plain, packed):
        each.config.attention_dropout = each.config.attn_pdrop = each.config.resid_pdrop = 0.0
        for module in each.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
    together = side_by_side_agrees(packed, examples)
    fused = logits_are_a_product(packed, torch.tensor([examples[0].prompt]))
    assert together is (name not in ONE_BY_ONE)
    assert fused is (name != "gemma2"), "bounded logits are no product"
    give_completion_loss(plain, fused=False)
    give_completion_loss(packed, fused=fused)
    loss, slopes = gradients(plain, [pack([each]) for each in examples])
    packs = packs_of(examples, 4, 4096, shared=together)
    assert (len(packs) == 1) is together
    packed_loss, packed_slopes = gradients(packed, packs)
    assert packed_loss == pytest.approx(loss, rel=1e-5)
    assert slopes.keys() == packed_slopes.keys()
    for parameter, slope in slopes.items():
        torch.testing.assert_close(packed_slopes[parameter], slope, rtol=1e-3, atol=1e-6)


def mean_log_probability(folder: Path) -> float:
    model = loaded(folder).eval()
    total, tokens = 0.0, 0
    with torch.no_grad():
        for each in examples_for(folder):
            ids = torch.tensor([each.prompt + each.target])
            logs = model(input_ids=ids).logits.log_softmax(-1)[0, len(each.prompt) - 1 : -1]
            total += float(logs.gather(1, torch.tensor(each.target)[:, None]).sum())
            tokens += len(each.target)
    return total / tokens


@pytest.mark.parametrize(
    ("name", "method"),
    [("llama", "full"), ("qwen3", "full"), ("mixtral", "full"), ("llama", "lora"), ("qwen3-moe", "lora")],
)
def test_the_loss_falls_and_the_target_becomes_more_likely_by_far_more_than_noise(
    name: str, method: str, models: dict[str, Path], tmp_path: Path
) -> None:
    # Adapters leave the random embeddings and the output layer alone, so that they learn less.
    rate, margin = (1e-2, 0.5) if method == "full" else (3e-2, 0.2)
    config = TrainConfig(method=method, learning_rate=rate, batch_size=6, epochs=4, lora_rank=4, lora_alpha=8)
    job = SupervisedJob(base=models[name], output=tmp_path / "m", config=config, seed=1, examples=tuple(EXAMPLES))
    result = open_trainer("supervised", "cpu", "float32").train(job)
    assert result.losses[-1][1] < result.losses[0][1] - margin
    assert mean_log_probability(tmp_path / "m") > mean_log_probability(models[name]) + margin
    before, after = (load_file(folder / "model.safetensors") for folder in (models[name], tmp_path / "m"))
    assert before.keys() == after.keys()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    experts = [key for key in before if "expert" in key and "gate." not in key]
    assert set(experts) <= changed, "the experts of a mixture are trained too"
    assert result.trained_parameters < sum(each.numel() for each in before.values()) or method == "full"
