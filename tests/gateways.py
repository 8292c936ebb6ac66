"""Gateways of the tests: the real process in a thread of this one, between real servers on loopback."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop
import yaml

from loaded import module_at
from passgap.promotion.gateway.serving import GatewayProcess
from passgap.promotion.gateway.status import GatewayStatus, live_gateways
from passgap.promotion.telemetry.reading import Row, read_rows, telemetry_folder
from passgap.promotion.telemetry.rows import CallRow

stubs = module_at(Path(__file__).parents[1] / "benchmarks" / "stub_upstream.py", "stub_upstream")

ASKED = {"model": "base-model", "messages": [{"role": "user", "content": "Add two numbers."}], "user": "alice"}


def settings(base: Any, tuned: Any = None, **more: Any) -> dict[str, Any]:
    """Settings with a base model and a candidate."""
    upstreams = {"base": {"base_url": base.url, "model": "base-model", "checkpoint": "base-checkpoint"}}
    if tuned is not None:
        upstreams["tuned"] = {"base_url": tuned.url, "model": "tuned-model", "checkpoint": "tuned-checkpoint"}
        more = {"candidate": "tuned", **more}
    for name, changes in more.pop("changes", {}).items():
        upstreams[name].update(changes)
    quick = {"reserve_bytes": 0, **more.pop("telemetry", {})}
    return {
        "upstreams": upstreams,
        "production": "base",
        "listen": {"port": 0, "grace_seconds": 30},
        "telemetry": quick,
        **more,
    }


def write_settings(study: Path, declared: dict[str, Any]) -> Path:
    """Write the settings as a person's editor does: a new file in place of the old."""
    path = study / "serve.yaml"
    study.mkdir(parents=True, exist_ok=True)
    (study / ".new").write_text(yaml.safe_dump(declared))
    (study / ".new").replace(path)
    return path


def until(holds: Callable[[], Any], seconds: float = 600.0) -> Any:
    """Wait until something holds, and return it."""
    end, pause = time.monotonic() + seconds, 0.002
    while not (found := holds()):
        assert time.monotonic() < end, "it did not come to hold"
        time.sleep(pause)
        pause = min(1.2 * pause, 0.05)  # to look takes time as well, of which the machine may have little
    return found


class Running:
    """A gateway that runs."""

    def __init__(self, study: Path) -> None:
        self.study = study
        self.statuses: list[GatewayStatus] = []
        self.process: GatewayProcess
        self.loop: asyncio.AbstractEventLoop

    @property
    def url(self) -> str:
        return self.statuses[0].address

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def change(self, declared: dict[str, Any]) -> GatewayStatus:
        """Write other settings, and wait for what the gateway makes of them."""
        known = len(self.statuses)
        write_settings(self.study, declared)
        return until(lambda: self.statuses[known:])[-1]

    def rows(self, kind: type[Row] = CallRow) -> list[Row]:  # type: ignore[assignment]
        """All rows so far, in the order in which they were written."""
        return [row for batch in read_rows(telemetry_folder(self.study), kind) for row in batch.rows]

    def post(self, body: Any = None, path: str = "/v1/chat/completions", **headers: str) -> httpx.Response:
        """Send one request on a connection of its own."""
        content = body if isinstance(body, bytes) else json.dumps(ASKED if body is None else body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(
            self.url + path, content=content, headers={"content-type": "application/json", **named}, timeout=600
        )


@contextmanager
def gateway(study: Path, declared: dict[str, Any]) -> Iterator[Running]:
    """Run a gateway for the length of a block."""
    path = write_settings(study, declared)
    running, ready = Running(study), threading.Event()
    failures: list[BaseException] = []

    def started(status: GatewayStatus) -> None:
        running.statuses.append(status)
        ready.set()

    async def run() -> None:
        running.loop = asyncio.get_running_loop()
        running.process = GatewayProcess(path, started, signals=False)
        await running.process.run()

    def main() -> None:
        try:
            uvloop.run(run())
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)
            ready.set()

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    assert ready.wait(600)
    if failures:
        raise failures[0]
    try:
        until(lambda: _accepts(running.port))
        yield running
    finally:
        running.loop.call_soon_threadsafe(running.process.stop)
        thread.join(600)
        if failures:
            raise failures[0]


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def process(
    study: Path, declared: dict[str, Any], prelude: str = ""
) -> Iterator[tuple[subprocess.Popen[bytes], GatewayStatus]]:
    """Run ``passgap serve`` in a process of its own."""
    write_settings(study, declared)
    code = f"import sys\nfrom passgap.cli import main\n{prelude}\nmain(['serve', sys.argv[1]])"
    with subprocess.Popen([sys.executable, "-c", code, str(study)], stderr=subprocess.PIPE) as running:
        try:
            [status] = until(lambda: _alive(study, running))
            yield running, status
        finally:
            running.kill()


def _alive(study: Path, running: subprocess.Popen[bytes]) -> list[GatewayStatus]:
    assert running.poll() is None, running.stderr and running.stderr.read()
    found = [each for each in live_gateways(study) if each.pid == running.pid]
    with socket.socket() as probe:
        port = int(found[0].address.rpartition(":")[2]) if found else 0
        return found if found and probe.connect_ex(("127.0.0.1", port)) == 0 else []
