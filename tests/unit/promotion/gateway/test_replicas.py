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
from passgap.promotion.gateway.flip import Flip, read_flip  # noqa: E402
from passgap.promotion.gateway.status import live_gateways  # noqa: E402
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
