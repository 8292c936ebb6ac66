"""Monitors where gateways run on several machines: they read the rows of all, or say that they could not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateways import settings, write_settings
from passgap.decisions.canary import Advice
from passgap.promotion.telemetry.reading import telemetry_folder
from postgres import postgres
from promotions import RULES, mirrored, opened
from watched import CANDIDATE, pair, written

pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")

STORE = {"store": {"url_variable": "STORE_URL", "study": "autocomplete"}, "secret_variable": "SPLIT_SECRET"}


class _At:
    def __init__(self, url: str) -> None:
        self.url = url


def declared() -> dict[str, Any]:
    servers = (_At("http://127.0.0.1:9/v1"), _At("http://127.0.0.1:10/v1"))
    return settings(*servers, shadow={"share": 1.0}, telemetry=STORE)


def test_a_store_that_cannot_be_reached_stops_a_promotion_and_no_rollback(
    shadowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_URL", "postgresql://user:pass-word@127.0.0.1:9/x")
    study = opened(shadowed, RULES)
    mirrored(study, range(400))
    alone = study.canary()
    assert alone.decision.advice is Advice.PROMOTE and alone.not_fetched is None
    write_settings(shadowed, declared())
    report = study.canary()
    assert report.not_fetched is not None and "pass-word" not in report.model_dump_json()
    assert report.decision.advice is Advice.KEEP_GOING and "could not be fetched" in report.decision.reasons[0]
    mirrored(study, range(400, 900), outcome="timeout", status=None)
    assert study.canary().decision.advice is Advice.ROLL_BACK


@pytest.mark.slow
def test_the_rows_of_another_machine_are_fetched_at_every_reading(
    shadowed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from passgap.promotion.telemetry.postgres import PostgresStore  # noqa: PLC0415

    study, there = opened(shadowed, RULES), tmp_path / "there"
    name = study.registry.find("candidate").id

    def happened_there(numbers: range) -> None:
        rows = (row for number in numbers for row in pair(number))
        written(there, ({**row, "checkpoint": name} if row["checkpoint"] == CANDIDATE else row for row in rows))

    write_settings(shadowed, declared())
    with postgres() as server:
        monkeypatch.setenv("STORE_URL", server.url)
        with PostgresStore(server.url, "autocomplete") as store:
            happened_there(range(30))
            assert store.copy(there) == 60
            first = study.canary()
            assert (first.evidence.pairs, first.not_fetched) == (30, None)
            happened_there(range(30, 400))
            store.copy(there)
            second = study.canary()
    assert second.evidence.pairs == 400 and second.decision.advice is Advice.PROMOTE
    [fetched] = telemetry_folder(shadowed).glob("calls-*")
    assert fetched.read_bytes() == (there / fetched.name).read_bytes()
