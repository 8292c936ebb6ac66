"""Gateways of two machines behind a load balancer, with a real PostgreSQL: a rollback on one holds on both."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")

from gateways import ASKED, process, settings, stubs, until  # noqa: E402
from passgap.errors import StudyError  # noqa: E402
from passgap.promotion.fetching import fetch_rows, open_replicas  # noqa: E402
from passgap.promotion.gateway.aliases_file import publish_to_gateways  # noqa: E402
from passgap.promotion.gateway.flip import Flip, read_flip  # noqa: E402
from passgap.promotion.gateway.shared_state import agree_on_all  # noqa: E402
from passgap.promotion.gateway.status import live_gateways  # noqa: E402
from passgap.promotion.registry import (  # noqa: E402
    Checkpoint,
    CheckpointManifest,
    Move,
    Registry,
    Signature,
    State,
)
from passgap.promotion.rollback import roll_back  # noqa: E402
from passgap.promotion.settings import StoreSection  # noqa: E402
from passgap.promotion.telemetry.reading import read_rows, telemetry_folder  # noqa: E402
from passgap.promotion.telemetry.rows import CallRow  # noqa: E402
from passgap.store import Ledger  # noqa: E402
from postgres import Server, postgres  # noqa: E402

pytestmark = pytest.mark.slow

ROLES = {"candidate": None, "production": "tuned", "base": "base"}
STORE = {"store": {"url_variable": "STORE_URL", "study": "replicas"}, "secret_variable": "SPLIT_SECRET"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with postgres() as running:
        monkeypatch.setenv("STORE_URL", running.url)
        monkeypatch.setenv("SPLIT_SECRET", "s" * 32)
        yield running


class Clients:
    """Clients of both gateways, who remember the calls that were answered."""

    def __init__(self) -> None:
        self.answered: list[str] = []

    def ask(self, url: str) -> str:
        answer = httpx.post(url + "/v1/chat/completions", json=ASKED, timeout=600)
        assert answer.status_code == 200
        self.answered.append(answer.headers["x-passgap-request-id"])
        return str(answer.headers["x-passgap-checkpoint"])


def test_a_rollback_on_one_machine_holds_on_both_over_an_outage_and_a_kill(server: Server, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    clients = Clients()
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        declared = {**settings(base, tuned, telemetry=STORE), **ROLES}
        with process(two, declared) as (_, there):
            with process(one, declared) as (running, here):
                assert {clients.ask(here.address), clients.ask(there.address)} == {"tuned-checkpoint"}
                report = roll_back(one, who="a test", why="refusals")
                assert set(report.gateways) == {here.instance, there.instance}
                assert {clients.ask(here.address), clients.ask(there.address)} == {"base-checkpoint"}
                undone = roll_back(two, who="a test", why="it was right", undo=True)
                assert set(undone.gateways) == {here.instance, there.instance}
                assert {clients.ask(here.address), clients.ask(there.address)} == {"tuned-checkpoint"}
                server.stop()
                with pytest.raises(StudyError, match="rolled back on this machine alone") as told:
                    roll_back(one, who="a test", why="during an outage")
                assert "gateways of other machines" in str(told.value)
                assert [each.kind for each in Ledger(one / "ledger.jsonl").entries()] == ["rollback"] * 2
                assert clients.ask(here.address) == "base-checkpoint"
                assert clients.ask(there.address) == "tuned-checkpoint", "calls are served without the store"
                running.kill()
                running.wait(600)
            with process(one, declared) as (_, again):
                assert clients.ask(again.address) == "base-checkpoint", "the flip of the folder holds over a restart"
                server.start()
                until(lambda: clients.ask(there.address) == "base-checkpoint")
                flip = read_flip(two)
                assert flip is not None and flip.why == "during an outage"
                until(lambda: _stored(server) >= len(clients.answered))
    third = tmp_path / "three"
    third.mkdir()
    (third / "serve.yaml").write_text((one / "serve.yaml").read_text())
    fetch_rows(third)
    names = [row.request_id for batch in read_rows(telemetry_folder(third), CallRow) for row in batch.rows]
    assert sorted(names) == sorted(clients.answered), "each row once, those of the outage and of the kill too"


def _stored(server: Server) -> int:
    with psycopg.connect(server.url) as connection:
        counted: Any = connection.execute("SELECT count(*) FROM passgap_rows WHERE kind = 'calls'")
        return int(counted.fetchone()[0])


def test_a_gateway_that_starts_takes_the_flip_of_the_others_before_its_first_call(
    server: Server, tmp_path: Path
) -> None:
    section = StoreSection(url_variable="STORE_URL", study="replicas")
    flip = Flip(who="another machine", why="a test", time=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))
    with open_replicas(section, os.environ) as replicas:
        assert replicas.write_value("flip", flip.model_dump_json(), after=0, version=1)
        assert not replicas.write_value("flip", None, after=0, version=1), "somebody was quicker"
        with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
            declared = {**settings(base, tuned, telemetry=STORE), **ROLES}
            with process(tmp_path, declared) as (running, status):
                assert Clients().ask(status.address) == "base-checkpoint"
                assert read_flip(tmp_path) == flip
                [known] = until(replicas.gateways)
                assert known.instance == status.instance == live_gateways(tmp_path)[0].instance
                running.terminate()
                assert running.wait(600) == 0
        assert replicas.gateways() == []


def test_a_promotion_on_one_machine_is_followed_by_the_gateways_of_another(server: Server, tmp_path: Path) -> None:
    ledger_is_here, gateway_is_there = tmp_path / "here", tmp_path / "there"
    registry = Registry(ledger_is_here, Ledger(ledger_is_here / "ledger.jsonl"))
    by = Signature(who="a test", time=dt.datetime(2026, 5, 1, tzinfo=dt.UTC))

    def added(arm: str, state: State) -> Checkpoint:
        fields = {"study": "s", "study_digest": "s", "model": "m", "arm": arm, "weights": arm, "licence": "MIT"}
        return registry.add(
            CheckpointManifest.model_validate({**fields, "files": ()}), None, by=by, why="a test", state=state
        )

    def moved(*moves: tuple[Checkpoint, State, State]) -> None:
        registry.move([Move(checkpoint=one.id, before=a, after=b) for one, a, b in moves], by=by, why="a test")
        publish_to_gateways(registry, dt.datetime.now(dt.UTC))
        with open_replicas(StoreSection(url_variable="STORE_URL", study="replicas"), os.environ) as replicas:
            agree_on_all(ledger_is_here, replicas)

    base_model, one = added("base", State.PRODUCTION), added("ssd", State.CANDIDATE)
    moved((one, State.CANDIDATE, State.SHADOW))
    clients = Clients()
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        changes = {"base": {"checkpoint": "base"}, "tuned": {"checkpoint": one.short}}
        declared = settings(base, tuned, changes=changes, shadow={"share": 1.0}, canary={"share": 1.0}, telemetry=STORE)
        by_registry = {**declared, "candidate": None, "base": "base", "roles": "registry"}
        with process(gateway_is_there, by_registry) as (_, status):
            assert status.candidate == "tuned", "known before its first call"
            assert clients.ask(status.address) == "base"
            moved((one, State.SHADOW, State.CANARY))
            until(lambda: clients.ask(status.address) == one.short)
            moved((base_model, State.PRODUCTION, State.RETIRED), (one, State.CANARY, State.PRODUCTION))
            until(lambda: live_gateways(gateway_is_there)[0].checkpoint == one.short)
            server.stop()
            assert clients.ask(status.address) == one.short, "it goes on by what it knew"
            server.start()
