"""The gateway under load while its candidate or its upstream fails: what clients see, and whether every call has a row.

    python benchmarks/gateway_faults.py                     # 10,000 calls per fault, 64 at once
    python benchmarks/gateway_faults.py --calls 1000 --faults cut hanging
    python benchmarks/gateway_faults.py --memory 50000      # resident memory after 5,000 and after 50,000 calls

Every call is mirrored. For each fault of the candidate the script counts the calls whose answer was not the upstream's
own, byte for byte, the rows of answered calls that are missing or doubled, and the copies without a row; all three have
to be 0. Half of the calls are streams.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
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
}

ASKED = {"model": "base-model", "messages": [{"role": "user", "content": "Add two numbers. " * 50}], "user": "u"}


class Stub:
    """A stub in a process of its own."""

    def __init__(self, model: str) -> None:
        command = [sys.executable, str(Path(__file__).parent / "stub_upstream.py"), "0", model]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())

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
            "listen": {"port": 0},
        }
        (study / "serve.yaml").write_text(yaml.safe_dump(declared))
        self.study = study
        self.process = subprocess.Popen(
            [sys.executable, "-m", "passgap", "serve", str(study)], stderr=subprocess.DEVNULL
        )
        while not (found := live_gateways(study)):
            time.sleep(0.1)
        self.url = found[0].address

    def megabytes(self) -> float:
        return psutil.Process(self.process.pid).memory_info().rss / 1e6

    def rows(self) -> list[CallRow]:
        return [row for batch in read_rows(telemetry_folder(self.study), CallRow) for row in batch.rows]

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(120)


async def load(url: str, calls: int, concurrency: int) -> tuple[list[str], int]:
    """Make calls, and return the ids of those with a whole answer and the number of the others."""
    whole = {False: chat_document("base-model"), True: b"".join(stream_events("base-model"))}
    left, answered, failed = calls, [], 0

    async def client(session: aiohttp.ClientSession) -> None:
        nonlocal left, failed
        while left > 0:
            left -= 1
            streamed = bool(left % 2)
            try:
                async with session.post(url + "/v1/chat/completions", json={**ASKED, "stream": streamed}) as answer:
                    body = await answer.read()
                    if answer.status != 200 or body != whole[streamed]:
                        failed += 1
                        continue
                    answered.append(answer.headers["x-passgap-request-id"])
            except aiohttp.ClientError:
                failed += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(client(session) for _ in range(concurrency)))
    return answered, failed


async def one_fault(fault: str, study: Path, base: Stub, tuned: Stub, calls: int, concurrency: int) -> str:
    await tuned.become(**FAULTS[fault])
    gateway = GatewayUnderTest(study, base, tuned)
    loading = asyncio.create_task(load(gateway.url, calls, concurrency))
    if fault == "rollback":
        await asyncio.sleep(1.0)
        await asyncio.to_thread(roll_back, study, who="benchmark", why="in the middle")
    answered, failed = await loading
    await tuned.become()
    gateway.end()
    rows = gateway.rows()
    names = Counter(row.request_id for row in rows)
    production = [row for row in rows if row.role is Role.PRODUCTION]
    copied = {row.pair_id for row in rows if row.role is Role.SHADOW}
    missing = sum(each not in names for each in answered)
    doubled = sum(count - 1 for count in names.values())
    unpaired = sum(row.mirrored and row.request_id not in copied for row in production)
    outcomes = Counter(
        row.error if row.outcome is Outcome.DROPPED else row.outcome.value for row in rows if row.role is Role.SHADOW
    )
    return f"{fault:10} {len(answered):7} {failed:6} {missing:8} {doubled:8} {unpaired:9}   " + ", ".join(
        f"{count} {outcome}" for outcome, count in outcomes.most_common()
    )


async def memory(study: Path, base: Stub, tuned: Stub, calls: int, concurrency: int) -> None:
    gateway = GatewayUnderTest(study, base, tuned)
    await load(gateway.url, 5000, concurrency)
    early = gateway.megabytes()
    await load(gateway.url, calls - 5000, concurrency)
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
            print("candidate   whole  other  missing  doubled  unpaired   copies")
            for fault in arguments.faults:
                study = Path(folder) / fault
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
