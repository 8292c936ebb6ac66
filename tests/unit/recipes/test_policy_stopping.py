"""The rules that end a policy gradient early."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.recipes.policy_stopping import reason_to_stop
from passgap.records import PolicyConfig


@dataclass
class Group:
    informative: bool


@dataclass
class Update:
    entropy: float
    groups: list[Group]


def updates(*entropies: float, informative: bool = True) -> list[Update]:
    return [Update(each, [Group(False), Group(informative)]) for each in entropies]


def test_nothing_ends_it_where_nothing_is_declared() -> None:
    assert reason_to_stop(PolicyConfig(steps=9), updates(*[0.0] * 20, informative=False)) is None


def test_entropy_ends_it_once_its_mean_over_five_updates_is_below_the_bound() -> None:
    policy = PolicyConfig(steps=9, stop_entropy=0.1)
    assert reason_to_stop(policy, updates(0.0, 0.0, 0.0, 0.0)) is None
    assert reason_to_stop(policy, updates(9.0, 0.5, 0.0, 0.0, 0.0, 0.0)) is None
    assert "entropy" in (reason_to_stop(policy, updates(9.0, 0.4, 0.0, 0.0, 0.0, 0.0)) or "")


def test_idle_updates_end_it_where_so_many_come_in_a_row() -> None:
    policy = PolicyConfig(steps=9, stop_idle=2)
    idle, busy = updates(1.0, informative=False), updates(1.0)
    assert reason_to_stop(policy, idle) is None
    assert reason_to_stop(policy, [*idle, *busy, *idle]) is None
    assert "stop_idle" in (reason_to_stop(policy, [*busy, *idle, *idle]) or "")
