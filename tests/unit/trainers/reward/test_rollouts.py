"""How TRL asks for rollouts, which it calls experimental: what passgap relies on, against the installed version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.unit.trainers.reward.conftest import train

pytest.importorskip("trl")

from passgap.errors import EngineError
from passgap.records import PolicyConfig
from passgap.testing.reward_contract import JudgedMeans, reward_job
from passgap.trainers.reward import rollouts
from passgap.trainers.reward.rollouts import Rollouts, _require_groups


def test_trl_asks_once_per_update_for_groups_side_by_side_and_rewards_what_it_was_given(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, list[str]]] = []
    given: list[dict[str, list[Any]]] = []
    rewarded: list[dict[str, Any]] = []
    draw, rewards = Rollouts.draw, Rollouts.rewards

    def watched_draw(self: Rollouts, prompts: list[str], trainer: Any) -> Any:
        asked.append((trainer.state.global_step, list(prompts)))
        given.append(draw(self, prompts, trainer))
        return given[-1]

    def watched_rewards(self: Rollouts, **columns: Any) -> Any:
        rewarded.append(columns)
        return rewards(self, **columns)

    monkeypatch.setattr(Rollouts, "draw", watched_draw)
    monkeypatch.setattr(Rollouts, "rewards", watched_rewards)
    means = JudgedMeans(lambda rollout: rollout.sample.index % 2 == 0)
    result = train(reward_job(tiny_model, tmp_path / "tuned", policy={"steps": 2, "group_size": 3}), means)
    assert asked == [(0, ["0"] * 3 + ["1"] * 3), (1, ["2"] * 3 + ["3"] * 3)], "once per update, repeated by TRL"
    for drawn, columns, update in zip(given, rewarded, means.updates, strict=True):
        assert columns["completion_ids"] == drawn["completion_ids"]
        assert columns["rollout"] == list(range(6)), "an extra list reaches the reward function"
        assert [list(rollout.sample.tokens or ()) for rollout, _ in update] == drawn["completion_ids"]
    problems = [[rollout.problem.id for rollout, _ in update] for update in means.updates]
    assert all(each[:3] == [each[0]] * 3 and each[3:] == [each[3]] * 3 and each[0] != each[3] for each in problems)
    assert [group.passed for group in result.curve[0].groups] == [2, 2]
    assert result.curve[0].loss == pytest.approx(0.0, abs=1e-5), "weights of 1: advantages of a group sum to zero"


def test_another_way_of_asking_is_refused_before_anything_is_drawn() -> None:
    policy = PolicyConfig(steps=2, group_size=2, prompts_per_step=2)
    _require_groups(["2", "2", "3", "3"], policy, 1, 1, 0)
    _require_groups(["3", "3"], policy, 1, 2, 1)
    for wrong in (["2", "3"], ["2", "3", "2", "3"], ["0", "0", "1", "1"], ["2"] * 4 + ["3"] * 4):
        with pytest.raises(EngineError, match="asks for rollouts in another way"):
            _require_groups(wrong, policy, 1, 1, 0)


def test_a_policy_that_is_not_finite_is_an_error_and_no_reward(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = rollouts.live_weights
    monkeypatch.setattr(
        rollouts, "live_weights", lambda model: ((name, each * float("nan")) for name, each in real(model))
    )
    with pytest.raises(EngineError, match="infinite or undefined"):
        train(reward_job(tiny_model, tmp_path / "none"), JudgedMeans(lambda _: True))
    assert not (tmp_path / "none").exists()
