"""A real PostgreSQL as the store that gateways share: no row is lost or doubled, and every machine gets all files."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

psycopg = pytest.importorskip("psycopg")

from command_line import invoke  # noqa: E402
from gateways import ASKED, gateway, settings, stubs, until, write_settings  # noqa: E402
from passgap.errors import StoreError  # noqa: E402
from passgap.promotion.gateway.status import live_gateways  # noqa: E402
from passgap.promotion.telemetry.day_log import DayLog  # noqa: E402
from passgap.promotion.telemetry.postgres import PostgresStore  # noqa: E402
from passgap.promotion.telemetry.reading import DayFile, day_files, read_rows, telemetry_folder  # noqa: E402
from passgap.promotion.telemetry.rows import CallRow, FeedbackRow, Role  # noqa: E402
from postgres import Server, postgres  # noqa: E402
from telemetry_rows import call  # noqa: E402

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgres() as running:
        yield running


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {each.path.name: each.path.read_bytes() for each in day_files(folder)}


def feedback(request: str) -> FeedbackRow:
    time = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    fields = {"feedback_id": f"f-{request}", "request_id": request, "time": time, "signal": "accepted"}
    return FeedbackRow.model_validate({**fields, "value": None, "key": None})


def signals(folder: Path) -> list[str]:
    return sorted(row.request_id for batch in read_rows(folder, FeedbackRow) for row in batch.rows)


def names(folder: Path) -> list[str]:
    return sorted(row.request_id for batch in read_rows(folder, CallRow) for row in batch.rows)


def test_every_machine_gets_the_files_of_all_byte_for_byte(server: Server, tmp_path: Path) -> None:
    here, there, third = tmp_path / "here", tmp_path / "there", tmp_path / "third"
    one, two = DayLog(here, "aa"), DayLog(there, "bb")
    for number in range(2500):
        one.append(call(number, request_id=f"here-{number}", model="modèle 模型 \x00 \u2028"))
    for number in range(10):
        two.append(call(number, request_id=f"there-{number}", time=dt.datetime(2026, 5, 2, tzinfo=dt.UTC)))
    with PostgresStore(server.url, "study") as store, PostgresStore(server.url, "another") as another:
        assert (store.copy(here), store.copy(there), store.copy(here)) == (2500, 10, 0)
        assert store.fetch(third) == 2510 and another.fetch(tmp_path / "empty") == 0
        assert bytes_of(third) == {**bytes_of(here), **bytes_of(there)}
        one.append(call(1, request_id="later"))
        with (here / "calls-2026-05-01.aa.jsonl").open("ab") as handle:
            handle.write(b'{"half')
        assert store.copy(here) == 1, "a line that is not written to its end waits"
        assert store.fetch(third) == 1 and store.fetch(third) == 0
    with PostgresStore(server.url, "study") as again:
        assert again.copy(here) == 0, "another process knows how far the copy has come"
        again._copied["calls-2026-05-01.aa.jsonl"] = 0
        again.copy(here)
        assert again.fetch(tmp_path / "fourth") == 2511
        assert names(tmp_path / "fourth") == sorted({*names(third)})
        with (third / "calls-2026-05-02.bb.jsonl").open("ab") as handle:
            handle.truncate(5)
        assert again.fetch(third) == 10, "a fetching that was killed within a line goes on"
        assert bytes_of(third)["calls-2026-05-02.bb.jsonl"] == bytes_of(there)["calls-2026-05-02.bb.jsonl"]
        (third / "calls-2026-05-02.bb.jsonl").write_bytes(b"{}\n")
        with pytest.raises(StoreError, match="other lines than the database"):
            again.fetch(third)
        assert again.forget(before=dt.date(2026, 5, 2)) == 2501
        assert again.fetch(tmp_path / "fifth") == 10


def test_a_fetching_never_writes_to_the_files_of_a_gateway_of_this_machine(server: Server, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    log = DayLog(here, "aa")
    log.append(call(1))
    with PostgresStore(server.url, "own files") as store:
        store.copy(here)
        store.fetch(there)
        own = here / "calls-2026-05-01.aa.jsonl"
        own.write_bytes(b"")  # the database is ahead of the file, as between two looks at a file that grows
        assert store.fetch(here) == 0 and own.read_bytes() == b""
        log.append(call(2))
        assert names(there) == ["r1"]


def test_a_copy_has_the_row_of_a_call_before_what_was_made_of_its_answer(server: Server, tmp_path: Path) -> None:
    """A signal that arrives while calls are copied is copied with the next round, as its call may be."""
    here = tmp_path / "here"
    log = DayLog(here, "aa")
    log.append(call(1))
    log.append(feedback("r1"))
    with PostgresStore(server.url, "order") as store:
        copied = store._copy_file

        def slowly(file: DayFile, size: int) -> int:
            count = copied(file, size)
            if file.kind == "calls" and names(here) == ["r1"]:
                log.append(call(2))
                log.append(feedback("r2"))
            return count

        store._copy_file = slowly  # type: ignore[method-assign]
        assert store.copy(here) == 2
        store.fetch(tmp_path / "there")
        assert names(tmp_path / "there") == ["r1"] and signals(tmp_path / "there") == ["r1"]
        assert store.copy(here) == 2


def test_a_database_that_is_not_there_is_an_error_without_its_address(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        PostgresStore("postgresql://user:pass-word@127.0.0.1:9/x", "study")
    assert "pass-word" not in str(refused.value)


def test_gateways_of_two_machines_split_alike_and_share_their_rows_over_an_outage(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE_URL", server.url)
    monkeypatch.setenv("SPLIT_SECRET", "s" * 32)
    telemetry = {
        "store": {"url_variable": "STORE_URL", "study": "split"},
        "secret_variable": "SPLIT_SECRET",
    }
    folders = [tmp_path / "one", tmp_path / "two"]
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        declared = settings(base, tuned, canary={"share": 0.5}, telemetry=telemetry)
        with gateway(folders[0], declared) as one, gateway(folders[1], declared) as two:
            served: list[list[str]] = [[], []]
            named = []

            def ask(users: range) -> None:
                for number in users:
                    for answers, running in zip(served, (one, two), strict=True):
                        answer = running.post({**ASKED, "user": f"user-{number}"})
                        answers.append(answer.headers["x-passgap-checkpoint"])
                        named.append(answer.headers["x-passgap-request-id"])

            def stored() -> int:
                with psycopg.connect(server.url) as connection:
                    counted: Any = connection.execute("SELECT count(*) FROM passgap_rows WHERE study = 'split'")
                    return int(counted.fetchone()[0])

            ask(range(20))
            until(lambda: stored() == 40)
            server.stop()
            try:
                ask(range(20, 30))
                until(lambda: live_gateways(folders[0]) and one.process.status().store_fault)
                assert b"passgap_store_unreachable 1.0" in one.process._metrics()
            finally:
                server.start()
            ask(range(30, 40))
            until(lambda: stored() == 80)
            until(lambda: one.process.status().store_fault is None)
            assert b"passgap_store_unreachable 0.0" in one.process._metrics()
            said = two.post({"request_id": named[0], "signal": "accepted"}, "/v1/feedback")
            assert said.status_code == 202, "a signal on a call of the other gateway"
    assert served[0] == served[1] and len(set(served[0])) == 2
    third = tmp_path / "three"
    write_settings(third, declared)
    fetched = invoke("telemetry", str(third), "--fetch", "--json")
    assert fetched.code == 0, fetched.stderr
    assert names(telemetry_folder(third)) == sorted(named)
    rows = [row for batch in read_rows(telemetry_folder(third), CallRow) for row in batch.rows]
    assert {row.role for row in rows} == {Role.PRODUCTION, Role.CANARY}
    assert signals(telemetry_folder(third)) == [named[0]]


def test_without_a_store_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    write_settings(tmp_path, settings(type("At", (), {"url": "http://127.0.0.1:9/v1"})))
    refused = invoke("telemetry", str(tmp_path), "--fetch")
    assert refused.code == 2 and "no shared store" in refused.stderr
