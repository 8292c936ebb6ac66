"""The real process: SIGTERM ends it without losing a call, SIGKILL without losing a row, a full disk without either."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateways import ASKED, gateway, process, settings, stubs, until, write_settings
from passgap.promotion.gateway import protocol
from passgap.promotion.gateway.events import read_events
from passgap.promotion.gateway.status import live_gateways
from passgap.promotion.monitoring.watch import Watch
from passgap.promotion.telemetry.reading import read_rows, telemetry_folder
from passgap.promotion.telemetry.rows import CallRow, Outcome, Role
from passgap.spec.promotion import PromotionSection

STREAMED = {**ASKED, "stream": True}


@pytest.fixture(scope="module")
def base() -> Iterator[Any]:
    with stubs.stub_upstream("base-model") as stub:
        yield stub


def rows(study: Path) -> list[CallRow]:
    return [row for batch in read_rows(telemetry_folder(study), CallRow) for row in batch.rows]


class Load:
    """Clients that call without a pause, and remember whose answers were complete."""

    def __init__(self, url: str, clients: int = 4) -> None:
        self.answered: list[str] = []
        self.seen: list[str] = []
        """Of answers that had begun, whether they ended or not."""
        self.failed = 0
        self._url = url + "/v1/chat/completions"
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(each,)) for each in range(clients)]

    def __enter__(self) -> Load:
        for each in self._threads:
            each.start()
        until(lambda: len(self.answered) > 20)
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        self._stop.set()
        for each in self._threads:
            each.join(600)

    def _call(self, number: int) -> None:
        body = STREAMED if number % 2 else ASKED
        with httpx.Client(timeout=600) as client:
            while not self._stop.is_set():
                try:
                    with client.stream("POST", self._url, json=body) as answer:
                        name = answer.headers["x-passgap-request-id"]
                        self.seen.append(name)
                        answer.read()
                except httpx.HTTPError:
                    self.failed += 1
                    return
                assert answer.status_code == 200
                self.answered.append(name)


def test_a_kill_under_load_loses_and_doubles_no_row_of_an_answered_call(tmp_path: Path, base: Any) -> None:
    with process(tmp_path, settings(base)) as (running, status), Load(status.address) as load:
        running.kill()
        running.wait(600)
        load.end()
    names = [row.request_id for row in rows(tmp_path)]
    assert len(names) == len(set(names))
    assert set(load.answered) <= set(names)


def test_kills_under_load_leave_one_row_of_every_call_and_of_every_copy(tmp_path: Path) -> None:
    """Each gateway reads back what the one before it left; whatever a client has seen of a call, there is its row."""
    seen: list[str] = []
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        base.become(event_seconds=0.001)
        tuned.become(seconds=0.05)  # so that copies are queued, and in flight, when the kill comes
        declared = settings(base, tuned, shadow={"share": 1.0, "concurrency": 4, "queue": 40})
        for _ in range(3):
            with process(tmp_path, declared) as (running, status), Load(status.address, clients=8) as load:
                running.kill()
                running.wait(600)
                load.end()
            seen += load.seen
        with process(tmp_path, declared) as (running, _):
            running.terminate()
            assert running.wait(600) == 0
    found = rows(tmp_path)
    assert len({row.request_id for row in found}) == len(found)
    assert set(seen) <= {row.request_id for row in found if row.role is Role.PRODUCTION}
    originals = sorted(row.request_id for row in found if row.role is Role.PRODUCTION)
    assert sorted(row.pair_id for row in found if row.role is Role.SHADOW) == originals
    left = [row for row in found if row.outcome is Outcome.GATEWAY_KILLED]
    assert {row.role for row in left} == {Role.PRODUCTION, Role.SHADOW}
    assert not list(telemetry_folder(tmp_path).glob("in-flight.*"))
    events = [each.detail for each in read_events(tmp_path) if each.event == "read back"]
    assert sum(int(each.split()[0]) for each in events) == len(left)
    rules = PromotionSection(guards={"errors": 0.0})
    began = min(row.time for row in found)
    watch = Watch(telemetry_folder(tmp_path), tmp_path / "state.json", "tuned-checkpoint", rules, began)
    watch.read()
    counted = watch.state
    assert counted.pairs + sum(counted.drops.values()) + sum(counted.cut.values()) == len(originals)
    assert (counted.lost, counted.waiting) == (0, {}) and counted.cut["gateway_killed"] > 0
    assert counted.monitors["pairs:errors"].mean == 0.0, "no kill is a failure of the candidate"


def test_a_gateway_that_is_told_to_end_finishes_what_it_began(tmp_path: Path, base: Any) -> None:
    with process(tmp_path, settings(base)) as (running, status):
        base.become(event_seconds=0.03)
        aborted = len(base.seen.aborted)
        port = int(status.address.rpartition(":")[2])
        streams: list[socket.socket] = []
        for _ in range(64):
            data = json.dumps(STREAMED).encode()
            connection = socket.create_connection(("127.0.0.1", port))
            head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(data)}\r\n\r\n"
            connection.sendall(head.encode() + data)
            streams.append(connection)
        got = [connection.recv(65536) for connection in streams]
        running.send_signal(signal.SIGTERM)
        for number, connection in enumerate(streams):
            while part := connection.recv(65536):
                got[number] += part
        assert running.wait(600) == 0
        base.become()
    assert all(each.startswith(b"HTTP/1.1 200") and each.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n") for each in got)
    assert len(base.seen.aborted) == aborted, "no upstream was cancelled"
    assert [row.outcome for row in rows(tmp_path)] == [Outcome.OK] * 64
    assert live_gateways(tmp_path) == []
    assert not (tmp_path / "promotion" / "admin.sock").exists()


def test_a_call_on_a_kept_connection_is_answered_while_the_gateway_ends(
    tmp_path: Path, base: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "FAREWELL_SECONDS", 600.0)
    data = json.dumps(ASKED).encode()
    asked = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(data), data)
    with (
        gateway(tmp_path, settings(base)) as running,
        socket.create_connection(("127.0.0.1", running.port), timeout=600) as connection,
    ):
        connection.sendall(asked)
        first = b""
        while not first.endswith(base.chat):
            first += connection.recv(65536)
        running.loop.call_soon_threadsafe(running.process.stop)
        until(lambda: _refuses(running.port))
        connection.sendall(asked)
        second = b""
        while part := connection.recv(65536):
            second += part
    assert b"connection: close" not in first
    assert second.endswith(base.chat) and b"connection: close" in second
    assert [row.outcome for row in rows(tmp_path)] == [Outcome.OK, Outcome.OK]


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_answered_calls_are_rows_when_it_is_told_to_end_under_load(tmp_path: Path, base: Any) -> None:
    with stubs.stub_upstream("tuned-model") as tuned:
        declared = settings(base, tuned, shadow={"share": 1.0, "queue": 100_000})
        with process(tmp_path, declared) as (running, status), Load(status.address) as load:
            running.send_signal(signal.SIGTERM)
            assert running.wait(600) == 0
            load.end()
    found = rows(tmp_path)
    production = [row.request_id for row in found if row.role is Role.PRODUCTION]
    assert len({row.request_id for row in found}) == len(found)
    assert set(load.answered) <= set(production)
    assert sorted(row.pair_id for row in found if row.role is Role.SHADOW) == sorted(production)


def test_a_full_disk_costs_neither_a_call_nor_a_row(tmp_path: Path, base: Any) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9000, resource.RLIM_INFINITY))"
    with process(tmp_path, settings(base), limit) as (running, status):
        with httpx.Client(timeout=600) as client:
            for _ in range(60):
                assert client.post(status.address + "/v1/chat/completions", json=ASKED).status_code == 200
        admin = httpx.Client(transport=httpx.HTTPTransport(uds=str(tmp_path / "promotion" / "admin.sock")), timeout=600)
        state = admin.get("http://admin/status").json()
        assert state["rows_waiting"] + len(rows(tmp_path)) == 60 and state["rows_waiting"] > 0
        assert state["log_fault"]
        infinite = resource.RLIM_INFINITY
        resource.prlimit(running.pid, resource.RLIMIT_FSIZE, (infinite, infinite))
        until(lambda: len(rows(tmp_path)) == 60)
        assert len({row.request_id for row in rows(tmp_path)}) == 60
        assert admin.get("http://admin/status").json()["rows_lost"] == 0


def test_a_hangup_makes_it_read_its_settings_again(tmp_path: Path, base: Any) -> None:
    declared = settings(base)
    with process(tmp_path, declared) as (running, status):
        path = tmp_path / "serve.yaml"
        stat = path.stat()
        changed = path.read_text().replace("base-checkpoint", "best-checkpoint")
        path.write_text(changed)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        running.send_signal(signal.SIGHUP)
        until(lambda: live_gateways(tmp_path)[0].checkpoint == "best-checkpoint")
        answer = httpx.post(status.address + "/v1/chat/completions", json=ASKED, timeout=600)
        assert answer.headers["x-passgap-checkpoint"] == "best-checkpoint"


def test_a_port_that_is_taken_is_a_message_and_exit_code_2(tmp_path: Path, base: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        declared = settings(base, listen={"port": taken.getsockname()[1]})
        write_settings(tmp_path, declared)
        command = [sys.executable, "-m", "passgap", "serve", str(tmp_path)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 2 and "cannot be used" in ran.stderr and "Traceback" not in ran.stderr
    with suppress(FileNotFoundError):
        (tmp_path / "promotion" / "admin.sock").unlink()
