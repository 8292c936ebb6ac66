"""The gateway under load while its candidate, its upstream, its disk or the gateway itself fails.

    python benchmarks/gateway_faults.py                     # 10,000 calls per fault, 64 at once
    python benchmarks/gateway_faults.py --calls 1000 --faults cut hanging
    python benchmarks/gateway_faults.py --memory 50000      # resident memory after 5,000 and after 50,000 calls

Every call is mirrored, and half of the calls are streams. The candidate misbehaves from the beginning; what restarts,
ends or fills up does so when half of the calls are made. The columns are counts of calls and rows:

whole       answers that are the upstream's own, byte for byte
other       answers of the gateway, such as a 502: there are some while the upstream restarts, and none else
cut         answers that broke off: some where the gateway is killed or the upstream restarts, none else
unanswered  connections that were closed without an answer: a kept connection at the moment of a stop, or a kill
missing     answers that had begun, whole or cut, without a row, which must be 0
doubled     rows beyond the first of a call, which must be 0
unpaired    sampled copies without a row, or rows of copies without one of their call, which must be 0
read back   rows of what was in flight at a kill, which the next gateway writes
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import yaml

from passgap.promotion.gateway.status import live_gateways
from passgap.promotion.rollback import roll_back
from passgap.promotion.telemetry.reading import read_rows, telemetry_folder
from passgap.promotion.telemetry.rows import CallRow, Outcome, Role

sys.path.insert(0, str(Path(__file__).parent))

from stub_upstream import chat_document, stream_events

FAULTS: dict[str, dict[str, Any]] = {
    "none": {},
    "dead": {"mode": "reset"},
    "hanging": {"mode": "hang"},
    "garbage": {"mode": "garbage"},
    "html": {"mode": "html"},
    "cut": {"mode": "cut"},
    "slow": {"seconds": 0.05},
    "rollback": {},
    "candidate restarts": {},
    "upstream restarts": {},
    "terminated": {},
    "killed": {},
    "full disk": {},
}
"""How the candidate behaves; what happens to others when half of the calls are made is in `meddle`."""

ASKED = {"model": "base-model", "messages": [{"role": "user", "content": "Add two numbers. " * 50}], "user": "u"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stub:
    """A stub in a process of its own."""

    def __init__(self, model: str) -> None:
        self.port, self._model = free_port(), model
        self.start()

    def start(self) -> None:
        command = [sys.executable, str(Path(__file__).parent / "stub_upstream.py"), str(self.port), self._model]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.process.stdout.readline()

    async def restart(self, seconds: float) -> None:
        """Kill it, and start it again after a while."""
        self.process.kill()
        self.process.wait()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.start)

    async def become(self, **how: Any) -> None:
        async with aiohttp.ClientSession() as session:
            await session.post(f"http://127.0.0.1:{self.port}/control", data=json.dumps(how))


class GatewayUnderTest:
    """``passgap serve`` on a study of its own."""

    def __init__(self, study: Path, base: Stub, tuned: Stub) -> None:
        def upstream(stub: Stub, name: str) -> dict[str, Any]:
            url = f"http://127.0.0.1:{stub.port}/v1"
            return {"base_url": url, "model": f"{name}-model", "checkpoint": name, "first_byte_seconds": 5}

        study.mkdir()
        declared = {
            "upstreams": {"base": upstream(base, "base"), "tuned": upstream(tuned, "tuned")},
            "production": "base",
            "candidate": "tuned",
            "shadow": {"share": 1.0, "concurrency": 64, "queue": 1000},
            "listen": {"port": free_port()},
            "telemetry": {"reserve_bytes": 0},
        }
        (study / "serve.yaml").write_text(yaml.safe_dump(declared))
        self.study = study
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "passgap", "serve", str(self.study)], stderr=subprocess.DEVNULL
        )
        while not (found := [each for each in live_gateways(self.study) if each.pid == self.process.pid]):
            time.sleep(0.1)
        self.url = found[0].address

    def megabytes(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def rows(self) -> list[CallRow]:
        return [row for batch in read_rows(telemetry_folder(self.study), CallRow) for row in batch.rows]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(120)


@dataclass
class Load:
    """Clients that make a number of calls, and what became of them."""

    url: str
    left: int
    answered: list[str] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    other: int = 0
    cut: int = 0
    unanswered: int = 0

    async def run(self, concurrency: int) -> None:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await asyncio.gather(*(self._client(session) for _ in range(concurrency)))

    async def _client(self, session: aiohttp.ClientSession) -> None:
        whole = {False: chat_document("base-model"), True: b"".join(stream_events("base-model"))}
        while self.left > 0:
            self.left -= 1
            streamed = bool(self.left % 2)
            try:
                async with session.post(
                    self.url + "/v1/chat/completions", json={**ASKED, "stream": streamed}
                ) as answer:
                    if answer.status == 200:
                        self.begun.append(answer.headers["x-passgap-request-id"])
                    body = await answer.read()
                    if answer.status == 200 and body == whole[streamed]:
                        self.answered.append(answer.headers["x-passgap-request-id"])
                    else:
                        self.other += 1
            except aiohttp.ClientConnectorError:  # the gateway is down, and the call was not made
                self.left += 1
                await asyncio.sleep(0.1)
            except aiohttp.ClientPayloadError:
                self.cut += 1
            except (aiohttp.ClientError, OSError):
                self.unanswered += 1


async def meddle(fault: str, gateway: GatewayUnderTest, base: Stub, tuned: Stub) -> None:
    """Do what the fault is, under load."""
    match fault:
        case "rollback":
            await asyncio.to_thread(roll_back, gateway.study, who="benchmark", why="in the middle")
        case "candidate restarts":
            await tuned.restart(2.0)
        case "upstream restarts":
            await base.restart(0.5)
        case "terminated" | "killed":
            gateway.process.send_signal(signal.SIGTERM if fault == "terminated" else signal.SIGKILL)
            await asyncio.to_thread(gateway.process.wait)
            await asyncio.to_thread(gateway.start)
        case "full disk":  # of a file that cannot grow: the telemetry of the second half has to wait
            size = max(each.stat().st_size for each in telemetry_folder(gateway.study).iterdir())
            resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def one_fault(fault: str, study: Path, base: Stub, tuned: Stub, calls: int, concurrency: int) -> str:
    await tuned.become(**FAULTS[fault])
    gateway = GatewayUnderTest(study, base, tuned)
    load = Load(gateway.url, calls)
    loading = asyncio.create_task(load.run(concurrency))
    while load.left > calls / 2:
        await asyncio.sleep(0.01)
    await meddle(fault, gateway, base, tuned)
    await loading
    waited = await _rows_waiting(gateway) if fault == "full disk" else 0
    await tuned.become()
    if fault == "full disk":
        infinite = resource.RLIM_INFINITY
        resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (infinite, infinite))
    gateway.end()
    rows = gateway.rows()
    names = Counter(row.request_id for row in rows)
    production = [row for row in rows if row.role is Role.PRODUCTION]
    copied = {row.pair_id for row in rows if row.role is Role.SHADOW}
    missing = sum(each not in names for each in load.begun)
    doubled = sum(count - 1 for count in names.values())
    unpaired = sum(row.mirrored and row.request_id not in copied for row in production)
    unpaired += len(copied - {row.request_id for row in production})
    read_back = sum(row.outcome is Outcome.GATEWAY_KILLED for row in rows)
    outcomes = Counter(
        row.error if row.outcome is Outcome.DROPPED else row.outcome.value for row in rows if row.role is Role.SHADOW
    )
    counts = (len(load.answered), load.other, load.cut, load.unanswered, missing, doubled, unpaired, read_back)
    return (
        f"{fault:18} "
        + " ".join(f"{count:{width}}" for count, width in zip(counts, (7, 6, 5, 11, 8, 8, 9, 10), strict=True))
        + "   "
        + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
        + (f"; {waited} rows waited for the disk" if waited else "")
    )


async def _rows_waiting(gateway: GatewayUnderTest) -> int:
    connector = aiohttp.UnixConnector(str(gateway.study / "promotion" / "admin.sock"))
    async with aiohttp.ClientSession(connector=connector) as session, session.get("http://admin/status") as answer:
        return int((await answer.json())["rows_waiting"])


async def memory(study: Path, base: Stub, tuned: Stub, calls: int, concurrency: int) -> None:
    gateway = GatewayUnderTest(study, base, tuned)
    await Load(gateway.url, 5000).run(concurrency)
    early = gateway.megabytes()
    await Load(gateway.url, calls - 5000).run(concurrency)
    late = gateway.megabytes()
    print(
        f"resident: {early:.1f} MB after 5,000 calls, {late:.1f} MB after {calls:,} ({100 * (late / early - 1):+.1f} %)"
    )
    gateway.end()


async def run(arguments: argparse.Namespace) -> None:
    base, tuned = Stub("base-model"), Stub("tuned-model")
    try:
        with tempfile.TemporaryDirectory() as folder:
            if arguments.memory:
                await memory(Path(folder) / "memory", base, tuned, arguments.memory, arguments.concurrency)
                return
            print("fault                whole  other   cut  unanswered  missing  doubled  unpaired  read back   copies")
            for fault in arguments.faults:
                study = Path(folder) / fault.replace(" ", "-")
                print(await one_fault(fault, study, base, tuned, arguments.calls, arguments.concurrency), flush=True)
    finally:
        base.process.kill()
        tuned.process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--faults", nargs="*", choices=list(FAULTS), default=list(FAULTS))
    parser.add_argument("--memory", type=int, default=0, metavar="CALLS")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
