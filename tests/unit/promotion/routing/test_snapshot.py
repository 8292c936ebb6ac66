"""Who serves a call: sticky by user, monotone in the share, and everybody at base after the flip."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from passgap.promotion.routing.snapshot import Snapshot
from passgap.promotion.settings import GatewaySettings
from passgap.promotion.telemetry.rows import Role

SECRET = b"s" * 32

shares = st.floats(min_value=0.0, max_value=1.0)


def snapshot(secret: bytes = SECRET, **changes: Any) -> Snapshot:
    upstreams = {
        name: {"base_url": f"http://127.0.0.1:{port}/v1", "model": f"{name}-model", "checkpoint": f"{name}-checkpoint"}
        for name, port in (("first", 1), ("now", 2), ("tuned", 3))
    }
    declared = {"upstreams": upstreams, "production": "now", "base": "first", "candidate": "tuned", **changes}
    return Snapshot(GatewaySettings.model_validate(declared), secret)


@given(st.text(max_size=30), shares, shares)
def test_nobody_leaves_the_canary_when_the_share_grows(user: str, one: float, other: float) -> None:
    small, large = sorted((one, other))
    if snapshot(canary={"share": small}).assign("c", user, "now-model").role is Role.CANARY:
        assert snapshot(canary={"share": large}).assign("c", user, "now-model").role is Role.CANARY


@given(st.text(max_size=30), shares, st.text(max_size=8), st.text(max_size=8))
def test_a_user_has_one_checkpoint_on_every_gateway_and_in_every_call(
    user: str, share: float, one: str, other: str
) -> None:
    served = {
        snapshot(canary={"share": share}, shadow={"share": shadow}).assign(call, user, "now-model").upstream.checkpoint
        for call, shadow in ((one, 0.0), (other, 1.0))
    }
    assert len(served) == 1


def test_the_share_of_users_and_of_copies_is_what_was_declared() -> None:
    split = snapshot(canary={"share": 0.2}, shadow={"share": 0.3})
    assigned = [split.assign(f"call-{number}", f"user-{number}", "now-model") for number in range(10_000)]
    canary = sum(each.role is Role.CANARY for each in assigned)
    assert abs(canary - 2000) < 4 * math.sqrt(10_000 * 0.2 * 0.8)
    mirrored = sum(each.mirror is not None for each in assigned)
    rest = 10_000 - canary
    assert abs(mirrored - 0.3 * rest) < 4 * math.sqrt(rest * 0.3 * 0.7)
    assert all(each.mirror is None for each in assigned if each.role is Role.CANARY)


def test_the_next_candidate_is_tried_on_other_users() -> None:
    users = [f"user-{number}" for number in range(2000)]
    one, other = snapshot(canary={"share": 0.5}), snapshot(candidate="first", base="now", canary={"share": 0.5})
    both = sum(
        one.assign("c", user, "now-model").role is other.assign("c", user, "now-model").role is Role.CANARY
        for user in users
    )
    assert 400 < both < 600


def test_shares_of_zero_and_one_are_exact() -> None:
    none, everybody = snapshot(), snapshot(canary={"share": 1.0})
    for number in range(200):
        assert none.assign("c", f"user-{number}", "now-model").role is Role.PRODUCTION
        assert everybody.assign("c", f"user-{number}", "now-model").role is Role.CANARY


def test_a_call_without_a_user_or_of_another_model_is_productions() -> None:
    everything = snapshot(canary={"share": 1.0}, shadow={"share": 1.0})
    unknown = everything.assign("c", None, "now-model")
    assert (unknown.role, unknown.upstream.name) == (Role.PRODUCTION, "now")
    assert unknown.mirror is not None and unknown.mirror.name == "tuned"
    other = everything.assign("c", "alice", "another-model")
    assert (other.role, other.mirror) == (Role.PRODUCTION, None)
    assert everything.assign("c", "alice", None).role is Role.PRODUCTION


def test_the_flip_sends_everybody_to_base_and_the_candidate_gets_nothing() -> None:
    before = snapshot(canary={"share": 1.0}, shadow={"share": 1.0})
    after = Snapshot(before.settings.rolled_back(), SECRET)
    assert before.config_hash != after.config_hash
    for user in (None, "alice", "bob"):
        assigned = after.assign("c", user, "now-model")
        assert (assigned.role, assigned.upstream.name, assigned.mirror) == (Role.PRODUCTION, "first", None)
    assert (after.canary_share, after.shadow_share) == (0.0, 0.0)


def test_the_model_is_renamed_where_the_upstream_calls_it_otherwise() -> None:
    split = snapshot(served_as=["autocomplete"])
    assert split.renamed(split.production, "now-model") is None
    assert split.renamed(split.production, "autocomplete") == "now-model"
    assert split.renamed(split.upstreams["tuned"], "now-model") == "tuned-model"
    assert split.renamed(split.upstreams["tuned"], "another-model") is None
    assert split.renamed(split.upstreams["tuned"], None) is None
