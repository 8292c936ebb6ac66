"""The reward trainer on real, tiny models: which tokens carry which gradient, and what rises for it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from tests.unit.trainers.reward.conftest import train

torch = pytest.importorskip("torch")
pytest.importorskip("trl")

from safetensors.torch import load_file  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from passgap.models.chat import prompt_tokens  # noqa: E402
from passgap.ports import Rollout  # noqa: E402
from passgap.testing.reward_contract import JudgedMeans, even, reward_job  # noqa: E402
from passgap.trainers.reward import policy_trainer  # noqa: E402

Gradient = dict[str, Any]


@pytest.fixture
def gradients(monkeypatch: pytest.MonkeyPatch) -> list[Gradient]:
    """The gradient of every update, as the optimiser is given it."""
    kept: list[Gradient] = []
    fill = policy_trainer.IdleUpdates.on_pre_optimizer_step

    def watched(self: Any, *arguments: Any, **have: Any) -> None:
        fill(self, *arguments, **have)
        trained = ((name, each) for name, each in have["model"].named_parameters() if each.requires_grad)
        kept.append({name: each.grad.clone() for name, each in trained})

    monkeypatch.setattr(policy_trainer.IdleUpdates, "on_pre_optimizer_step", watched)
    return kept


def expected(
    base: Path, update: list[tuple[Rollout, bool | None]], loss: str, scale: str, temperature: float, limit: int
) -> Gradient:
    """The gradient of one update from its samples, written down from the papers without any trainer."""
    tokenizer = AutoTokenizer.from_pretrained(base)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    scored = [(rollout, float(passed)) for rollout, passed in update if passed is not None]
    groups: dict[str, list[float]] = {}
    for rollout, reward in scored:
        groups.setdefault(rollout.problem.id, []).append(reward)
    total = 0.0
    tokens = sum(len(rollout.sample.tokens or ()) for rollout, _ in scored)
    for rollout, reward in scored:
        group = torch.tensor(groups[rollout.problem.id])
        advantage = reward - float(group.mean())
        if scale == "group":
            advantage = advantage / (float(group.std()) + 1e-4) if len(group) > 1 else 0.0
        prefix, drawn = prompt_tokens(tokenizer, rollout.prompt), list(rollout.sample.tokens or ())
        logits = model(torch.tensor([[*prefix, *drawn]])).logits[0, len(prefix) - 1 : -1] / temperature
        logprobs = logits.log_softmax(-1).gather(1, torch.tensor(drawn)[:, None]).sum()
        weight = {"dapo": 1 / tokens, "dr_grpo": 1 / (len(scored) * limit), "grpo": 1 / (len(scored) * len(drawn))}
        total = total - advantage * logprobs * weight[loss]
    total.backward()  # type: ignore[attr-defined]
    return {name: each.grad for name, each in model.named_parameters()}


def assert_same(found: Gradient, wanted: Gradient) -> None:
    assert found.keys() == wanted.keys()
    largest = max(float(each.abs().max()) for each in wanted.values())
    assert largest > 0
    for name, each in wanted.items():
        assert torch.allclose(found[name], each, rtol=2e-3, atol=1e-4 * largest), name


def one_unscored(rollout: Rollout) -> bool | None:
    return None if rollout.sample.index == 1 else even(rollout)


@pytest.mark.parametrize(
    ("loss", "scale", "temperature", "judge"),
    [
        ("dapo", "group", 1.0, even),
        ("dapo", "group", 1.0, one_unscored),
        ("dr_grpo", "none", 0.7, one_unscored),
        ("grpo", "group", 1.3, one_unscored),
    ],
)
def test_the_gradient_is_that_of_the_tokens_that_were_drawn_and_of_the_scored_samples_alone(
    tiny_model: Path,
    tmp_path: Path,
    gradients: list[Gradient],
    loss: str,
    scale: str,
    temperature: float,
    judge: Any,
) -> None:
    """Tokens, temperature, group baseline, weights of 1 and averages all stand in it; unscored samples do not."""
    means = JudgedMeans(judge)
    policy = {"loss": loss, "scale_rewards": scale, "temperature": temperature}
    result = train(reward_job(tiny_model, tmp_path / "tuned", policy=policy), means)
    assert_same(gradients[0], expected(tiny_model, means.updates[0], loss, scale, temperature, 5))
    [update] = result.curve
    assert update.logprob_difference < 1e-5, "sampler and trainer compute the same distribution"
    assert sum(group.unscored for group in update.groups) == (2 if judge is one_unscored else 0)


@pytest.mark.parametrize("name", ["llama", pytest.param("experts", marks=pytest.mark.slow)])
def test_adapters_are_trained_on_what_the_merged_model_says(
    small_models: dict[str, Path], tmp_path: Path, gradients: list[Gradient], name: str
) -> None:
    base = small_models[name]
    job = reward_job(
        base, tmp_path / "tuned", policy={"steps": 2}, config={"method": "lora", "lora_rank": 4, "lora_alpha": 8}
    )
    result = train(job, JudgedMeans(even))
    assert all("lora_" in each for each in gradients[0])
    assert any("experts" in each for each in gradients[0]) == (name == "experts")
    assert all(each.logprob_difference < 1e-4 for each in result.curve)
    plain, tuned = (load_file(folder / "model.safetensors") for folder in (base, tmp_path / "tuned"))
    assert plain.keys() == tuned.keys()
    assert any(not torch.equal(plain[name], tuned[name]) for name in plain)


def test_a_rewarded_token_is_drawn_more_often_beyond_noise(tiny_model: Path, tmp_path: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    wanted = {token for token in range(len(tokenizer)) if tokenizer.decode([token]).isalpha()}
    means = JudgedMeans(lambda rollout: (rollout.sample.tokens or (0,))[0] in wanted)
    policy = {"steps": 8, "group_size": 8, "max_new_tokens": 1}
    job = reward_job(tiny_model, tmp_path / "tuned", policy=policy, config={"learning_rate": 5e-2})
    result = train(job, means)
    first, last = ([each.reward or 0.0 for each in part] for part in (result.curve[:2], result.curve[-2:]))
    before, after = sum(first) / 2, sum(last) / 2
    error = math.sqrt((before * (1 - before) + after * (1 - after)) / (2 * 16))
    assert after - before > 4 * error
    assert result.curve[-1].entropy < result.curve[0].entropy


def test_groups_that_agree_leave_the_policy_alone(tiny_model: Path, tmp_path: Path) -> None:
    result = train(reward_job(tiny_model, tmp_path / "tuned"), JudgedMeans(lambda _: False))
    plain, tuned = (load_file(folder / "model.safetensors") for folder in (tiny_model, tmp_path / "tuned"))
    assert all(torch.equal(plain[name], tuned[name]) for name in plain)
    assert [group.informative for each in result.curve for group in each.groups] == [False] * 2
    assert all(each.reward == 0.0 and each.loss == 0.0 for each in result.curve)


def test_a_sandbox_that_scores_nothing_is_no_reward_of_zero(tiny_model: Path, tmp_path: Path) -> None:
    result = train(reward_job(tiny_model, tmp_path / "tuned"), JudgedMeans(lambda _: None))
    [update] = result.curve
    assert update.reward is None
    assert [(group.scored, group.unscored) for group in update.groups] == [(0, 4), (0, 4)]
    plain, tuned = (load_file(folder / "model.safetensors") for folder in (tiny_model, tmp_path / "tuned"))
    assert all(torch.equal(plain[name], tuned[name]) for name in plain)


@pytest.mark.parametrize("name", ["qwen3", "experts"])
def test_other_architectures_are_sampled_as_they_are_trained(
    small_models: dict[str, Path], tmp_path: Path, gradients: list[Gradient], name: str
) -> None:
    means = JudgedMeans(even)
    [update] = train(reward_job(small_models[name], tmp_path / "tuned"), means).curve
    assert update.logprob_difference < 1e-4
    assert_same(gradients[0], expected(small_models[name], means.updates[0], "dapo", "group", 1.0, 5))


def test_the_divergence_from_the_base_model_is_measured_where_it_counts(tiny_model: Path, tmp_path: Path) -> None:
    result = train(reward_job(tiny_model, tmp_path / "tuned", policy={"steps": 2, "beta": 0.1}), JudgedMeans(even))
    first, second = (each.divergence for each in result.curve)
    assert first == pytest.approx(0.0, abs=1e-6)
    assert second is not None and second > 0.0


@pytest.mark.parametrize("method", ["full", pytest.param("lora", marks=pytest.mark.slow)])
def test_a_killed_fine_tune_goes_on_with_the_same_samples_to_the_same_bytes(
    tiny_model: Path, tmp_path: Path, method: str
) -> None:
    class Killed(BaseException):
        """Nothing handles it, and nothing is written because of it."""

    def job(name: str) -> Any:
        policy = {"steps": 3, "prompts_per_step": 1, "order": "curriculum"}
        config = {"method": method, "lora_rank": 2, "checkpoint_minutes": 1e-9}
        return reward_job(tiny_model, tmp_path / f"{name}-tuned", work=tmp_path / name, policy=policy, config=config)

    def killed(rollout: Rollout) -> bool:
        if len(means.updates) == 2:
            raise Killed
        return even(rollout)

    whole = JudgedMeans(even)
    wanted = train(job("whole"), whole)
    means = JudgedMeans(killed)
    with pytest.raises(Killed):
        train(job("killed"), means)
    rest = JudgedMeans(even)
    found = train(job("killed"), rest)
    assert 1 <= len(rest.updates) < 3, "it did not begin again"
    assert rest.updates == whole.updates[-len(rest.updates) :]
    timed = {"rollout_seconds", "reward_seconds", "update_seconds"}
    assert [each.model_dump(exclude=timed) for each in found.curve] == [
        each.model_dump(exclude=timed) for each in wanted.curve
    ]
    first, second = (load_file(each.checkpoint / "model.safetensors") for each in (wanted, found))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_it_ends_early_where_a_declared_rule_says_so(tiny_model: Path, tmp_path: Path) -> None:
    job = reward_job(tiny_model, tmp_path / "tuned", policy={"steps": 6, "stop_idle": 2})
    result = train(job, JudgedMeans(lambda _: True))
    assert result.steps == len(result.curve) == 2
    assert result.ended_early is not None and "stop_idle" in result.ended_early


def test_nobody_is_told_of_a_fine_tune() -> None:
    kind = policy_trainer.PolicyTrainer
    assert kind._send_telemetry is not policy_trainer.GRPOTrainer._send_telemetry, "TRL has it under another name"
