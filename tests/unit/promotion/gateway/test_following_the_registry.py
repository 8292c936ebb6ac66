"""A gateway that follows the registry: every promotion and every rollback is in force without an edit of its file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateways import ASKED, gateway, settings, stubs, until
from passgap.errors import StudyError
from passgap.promotion.gateway.aliases_file import publish_to_gateways
from passgap.promotion.registry import Checkpoint, CheckpointManifest, Move, Registry, Signature, State
from passgap.promotion.rollback import roll_back
from passgap.promotion.telemetry.rows import Role
from passgap.store import Ledger

BY = Signature(who="a test", time=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[Any, Any]]:
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        yield base, tuned


def added(registry: Registry, arm: str, state: State) -> Checkpoint:
    manifest = CheckpointManifest(study="s", study_digest="s", model="m", arm=arm, weights=arm, files=(), licence="MIT")
    return registry.add(manifest, None, by=BY, why="a test", state=state)


def moved(registry: Registry, *moves: tuple[Checkpoint, State, State]) -> None:
    registry.move([Move(checkpoint=one.id, before=a, after=b) for one, a, b in moves], by=BY, why="a test")
    assert publish_to_gateways(registry, BY.time)
    assert not publish_to_gateways(registry, BY.time), "nothing has changed"


def test_a_gateway_starts_without_a_candidate_that_nobody_serves_and_not_without_production(
    tmp_path: Path, servers: Any
) -> None:
    registry = Registry(tmp_path, Ledger(tmp_path / "ledger.jsonl"))
    base, one = added(registry, "base", State.PRODUCTION), added(registry, "ssd", State.CANDIDATE)
    moved(registry, (one, State.CANDIDATE, State.SHADOW))
    found = settings(servers[0], changes={"base": {"checkpoint": "base"}})
    declared = {**found, "base": "base", "roles": "registry"}
    with gateway(tmp_path, declared) as running:
        assert running.post(ASKED).headers["x-passgap-checkpoint"] == "base"
        status = running.process.status()
        assert status.candidate is None and "no upstream serves it" in str(status.refused)
    moved(registry, (one, State.SHADOW, State.CANARY))
    moved(registry, (base, State.PRODUCTION, State.RETIRED), (one, State.CANARY, State.PRODUCTION))
    with pytest.raises(StudyError, match="the registry's roles cannot be had"), gateway(tmp_path, declared):
        pass


def test_every_move_is_followed_and_a_rollback_moves_the_aliases(tmp_path: Path, servers: Any) -> None:
    registry = Registry(tmp_path, Ledger(tmp_path / "ledger.jsonl"))
    base, one = added(registry, "base", State.PRODUCTION), added(registry, "ssd", State.CANDIDATE)
    other = added(registry, "dpo", State.CANDIDATE)
    publish_to_gateways(registry, BY.time)
    changes = {"base": {"checkpoint": "base"}, "tuned": {"checkpoint": one.short}}
    found = settings(*servers, changes=changes, shadow={"share": 1.0}, canary={"share": 1.0})
    declared = {**found, "candidate": None, "base": "base", "roles": "registry"}
    with gateway(tmp_path, declared) as running:

        def served() -> str:
            return running.post(ASKED).headers["x-passgap-checkpoint"]

        assert served() == "base" and running.process.status().candidate is None
        moved(registry, (one, State.CANDIDATE, State.SHADOW))
        until(lambda: running.process.status().candidate == "tuned")
        assert served() == "base"
        until(lambda: [row for row in running.rows() if row.role is Role.SHADOW])
        moved(registry, (one, State.SHADOW, State.CANARY))
        until(lambda: served() == one.short)
        assert running.rows()[-1].role is Role.CANARY
        moved(registry, (base, State.PRODUCTION, State.RETIRED), (one, State.CANARY, State.PRODUCTION))
        until(lambda: running.process.status().checkpoint == one.short)
        served()
        assert running.rows()[-1].role is Role.PRODUCTION
        moved(registry, (other, State.CANDIDATE, State.SHADOW))
        said = until(lambda: running.process.status().refused)
        assert "no upstream serves it" in said and served() == one.short, "what was in force stays"
        moved(registry, (other, State.SHADOW, State.CANDIDATE))
        until(lambda: running.process.status().refused is None)
        roll_back(tmp_path, who="a test", why="refusals")
        assert served() == "base"
        assert registry.production is not None and registry.production.id == base.id
        undone = roll_back(tmp_path, who="a test", why="it was right", undo=True)
        assert undone.production == one.short
        until(lambda: served() == one.short)
        assert registry.production is not None and registry.production.id == one.id
