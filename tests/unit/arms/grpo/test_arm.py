"""The GRPO arm: what it refuses, which prompts it takes, and what it says of its training."""

from __future__ import annotations

from math import comb
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from passgap.arms.grpo import ARM, facts
from passgap.arms.grpo.fine_tune import by_outcomes
from passgap.decisions.study_plan import Throughput
from passgap.errors import StudyError
from passgap.estimates import Counts
from passgap.ports import GroupOutcome, RewardStep
from passgap.records import ModelManifest, Stage
from passgap.spec.budget import Part
from passgap.spec.template import study_template
from passgap.stages import StageCost
from passgap.study.checking import parse_study
from passgap.study.cost_model import training_price
from passgap.testing.scripted_study import study_text


def declared(**section: Any) -> Any:
    return parse_study(study_text({"grpo": section}))


def flags_of(**section: Any) -> str:
    return "\n".join(declared(**section).flags)


def test_settings_that_cannot_be_carried_out_are_refused_by_their_path() -> None:
    wrong = {"max_new_tokens": 1024, "group_size": 1, "training": {"learning_rate": 2.0}, "loss": "ppo"}
    with pytest.raises(StudyError) as caught:
        declared(**wrong)
    said = "\n".join(caught.value.problems)
    assert all(f"arms.grpo.{path}" in said for path in ("group_size", "training.learning_rate", "loss"))
    with pytest.raises(StudyError) as caught:
        declared(max_new_tokens=1024)
    assert any("arms.grpo.max_new_tokens" in each and "no room" in each for each in caught.value.problems)


@pytest.mark.parametrize(
    ("section", "path"),
    [
        ({"steps": 5}, "steps"),
        ({"group_size": 2}, "group_size"),
        ({"partial_credit": True}, "partial_credit"),
        ({"prompts": "all", "sampling": {"per_prompt": 8}}, "sampling"),
        ({"training": {"learning_rate": 1e-3}}, "training.learning_rate"),
        ({"training": {"lora_alpha": 4}}, "training.lora_alpha"),
    ],
)
def test_what_is_unusual_or_has_no_effect_is_flagged(section: dict[str, Any], path: str) -> None:
    assert f"arms.grpo.{path}" in flags_of(**section)
    assert f"arms.grpo.{path}" not in flags_of()


def test_adapters_learn_ten_times_faster_and_an_update_is_of_all_its_samples() -> None:
    full, lora = (
        declared(group_size=4, prompts_per_step=6, training={"method": method}).spec.arms["grpo"].training_config
        for method in ("full", "lora")
    )
    assert lora.learning_rate == pytest.approx(10 * full.learning_rate)
    assert full.batch_size == lora.batch_size == 24
    assert full.weight_decay == 0.0 and lora.lora_alpha == 2 * lora.lora_rank


def test_only_problems_that_are_solved_now_and_then_are_taken() -> None:
    counts = Counts(
        ids=("always", "lost", "never", "often", "once"),
        difficulties=("unspecified",) * 5,
        samples=np.array([4, 0, 4, 4, 3]),
        correct=np.array([4, 0, 0, 3, 1]),
        unscored=np.array([0, 4, 0, 0, 1]),
    )
    chosen = by_outcomes(counts)
    assert chosen.ids == {"often", "once"}
    assert (chosen.always, chosen.never, chosen.unscored) == (1, 1, 1)


def test_what_the_policy_draws_is_paid_from_training_and_the_prefilter_is_shared_work() -> None:
    checked = declared(steps=10, sampling={"per_prompt": 16})
    drawn, ran, updates = ARM.work(checked.spec.arms["grpo"], checked.spec, 12, 6)
    assert (drawn.part, drawn.samples, drawn.draw) == (Part.SAMPLING, 96, True)
    assert (ran.samples, ran.run, ran.draw) == (96, True, False)
    assert (updates.part, updates.samples, updates.run) == (Part.TRAINING, 640, True)
    everything = declared(prompts="all")
    [alone] = ARM.work(everything.spec.arms["grpo"], everything.spec, 12, 6)
    assert alone.part is Part.TRAINING


def test_a_plan_prices_the_samples_that_an_update_draws() -> None:
    checked = declared(prompts="all")
    [work] = ARM.work(checked.spec.arms["grpo"], checked.spec, 12, 6)
    speed = Throughput(
        tokens_per_second=100.0, tokens_per_sample=50.0, run_seconds_per_sample=0.5, samples=9, source="a test"
    )
    tokens, hours = training_price(work, speed, checked.spec)
    assert tokens == work.samples * 50
    assert hours * 3600 == pytest.approx(work.samples * (0.5 + 0.5 + 0.5)), "trained, drawn and run"


def update(step: int, *, informative: bool = True, **changes: Any) -> RewardStep:
    group = GroupOutcome(problem_id="pool/1", passed=1, scored=3, unscored=1, informative=informative)
    return RewardStep(
        **{
            "step": step,
            "groups": (group, group.model_copy(update={"informative": False})),
            "reward": step / 100,
            "truncated": 2,
            "tokens": 40,
            "prompt_tokens": 80,
            "entropy": 1.0 - step / 100,
            "logprob_difference": 0.001,
            "largest_logprob_difference": 0.25,
            "loss": 0.0,
            "grad_norm": 1.0,
            "rollout_seconds": 3.0,
            "reward_seconds": 1.0,
            "update_seconds": 4.0,
            **changes,
        }
    )


def manifest(curve: list[RewardStep], **more: Any) -> ModelManifest:
    return ModelManifest.model_validate(
        {
            "examples": 8 * len(curve),
            "steps": len(curve),
            "tokens": 40 * len(curve),
            "losses": [[1, 0.0]],
            "dropped_too_long": 1,
            "curve": [each.model_dump(mode="json") for each in curve],
            "prompts": 5,
            "pool_problems": 9,
            "left_out": {"never": 3, "always": 0, "unscored": 0},
            **more,
        }
    )


def test_the_report_states_rewards_entropy_groups_and_how_far_sampler_and_trainer_are_apart() -> None:
    curve = [update(step, informative=step % 2 == 0) for step in range(1, 41)]
    said = dict(facts.in_words(facts.policy_facts(manifest(curve))))
    assert (
        said["prompts"]
        == "5 of the pool's 9 problems; left out by samples of the base model: 3 never solved; 1 were too long"
    )
    assert "320 samples in 40 updates, 1600 tokens; 80 truncated, 80 could not be scored" in said["rollouts"]
    assert said["mean reward"].startswith("0.045 (to update 8), ")
    assert said["mean reward"].endswith("0.365 (to update 40)")
    assert said["groups with a gradient"] == "20 of 80 (25.0 %); 20 of 40 updates had none"
    assert said["reward against entropy"].startswith("R = ")
    assert "0.00100 nats" in said["sampler against trainer"] and "0.250" in said["sampler against trainer"]
    assert "divergence from the base model" not in said and "ended early" not in said


def test_few_updates_are_not_fitted_and_an_early_end_is_told() -> None:
    curve = [update(step, reward=None, divergence=0.02) for step in range(1, 4)]
    said = dict(facts.in_words(facts.policy_facts(manifest(curve, ended_early="it was idle"))))
    assert said["mean reward"] == "none"
    assert said["reward against entropy"].startswith("not fitted")
    assert said["ended early"] == "it was idle"
    assert said["divergence from the base model"].startswith("0.0200")


def test_the_cost_is_that_of_rollouts_rewards_and_all_the_rest() -> None:
    trained = facts.policy_facts(manifest([update(1), update(2)]))
    whole = StageCost(name="grpo-model", stage=Stage.TRAINING, seconds=160.0, tokens=80, samples=16)
    parts = facts.costs_in_parts(whole, trained)
    assert [(each.stage, each.seconds) for each in parts] == [
        (Stage.ROLLOUTS, 6.0),
        (Stage.SCORING, 2.0),
        (Stage.TRAINING, 152.0),
    ]
    assert len({each.name for each in parts}) == 3
    on_gpus = facts.policy_facts(manifest([update(1), update(2)], processes=2, peak_device_bytes=1))
    assert [each.seconds for each in facts.costs_in_parts(whole, on_gpus)] == [12.0, 4.0, 144.0]
    assert facts.costs_in_parts(whole, facts.policy_facts(manifest([]))) == (whole,)


def test_the_template_names_it_as_it_is_declared() -> None:
    text = study_template("x")
    block = text[text.index("  # grpo:") :].split("\n\n", 1)[0]
    lines = [line.removeprefix("  # ") for line in block.splitlines()]
    section = yaml.safe_load("\n".join(lines))["grpo"]
    assert declared(**section).spec.arms["grpo"].steps == section["steps"]


def test_the_forecast_counts_groups_whose_rewards_will_differ() -> None:
    counts = Counts(
        ids=tuple(f"heldout/{number}" for number in range(40)),
        difficulties=("unspecified",) * 40,
        samples=np.full(40, 16),
        correct=np.array([8] * 10 + [0] * 30),
        unscored=np.zeros(40, dtype=int),
    )
    found = {}
    for prompts in ("prefiltered", "all"):
        checked = declared(prompts=prompts, steps=10, sampling={"per_prompt": 16})
        splits = SimpleNamespace(pool=SimpleNamespace(problems=[SimpleNamespace(id=f"pool/{n}") for n in range(400)]))
        study: Any = SimpleNamespace(spec=checked.spec, splits=splits)
        found[prompts] = ARM.forecast(checked.spec.arms["grpo"], study, counts)
    every, kept = found["all"], found["prefiltered"]
    assert every is not None and kept is not None
    informative = 1 - 2 * comb(8, 8) / comb(16, 8)
    assert every.groups.value == pytest.approx(80 * 0.25 * informative)  # type: ignore[union-attr]
    assert every.idle_steps.value == pytest.approx((1 - 0.25 * informative) ** 8)  # type: ignore[union-attr]
    assert kept.problems.value == pytest.approx(100.0)  # type: ignore[union-attr]
    assert kept.groups.value > 3 * every.groups.value  # type: ignore[union-attr]
    assert kept.groups.unit == "count"  # type: ignore[union-attr]
    assert kept.steps.value == 10 and kept.examples.value == 640  # type: ignore[union-attr]
