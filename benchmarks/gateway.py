"""The gateway against no gateway, LiteLLM's proxy and vllm-router: throughput, latency and processor time per request.

    python benchmarks/gateway.py --litellm ENV/bin/litellm --vllm-router ENV/bin/vllm-router

Every server stands before the same stub, which answers at once (`stub_upstream.py`). Rounds are interleaved: each
server runs each cell (a document or a stream of 30 events, at 16 or 64 connections) once per round, and medians over
rounds are printed, with the load average and the processor time of the server's processes per request. Where other
work shares the processors, that time is the column to trust. LiteLLM (`pip install 'litellm[proxy]' uvloop httptools`)
and vllm-router (`pip install vllm-router`) are best installed in environments of their own; either may be left out.
passgap runs with keys, the sticky split and a row per call as always; `passgap, mirrored` sends a copy of every call to
a second stub.

Of a document's processor time, a quarter is uvicorn's with its parser and its system calls, and the rest is Python: the
policy, the client for the upstream, and what telemetry reads and writes. The next factor of two takes a protocol of its
own in place of uvicorn's task per request and ASGI's messages (a bare one on both sides takes 40 to 50 us), with all
bounds on what clients send written anew; beyond it lies compiled code in the data path.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil
import uvloop
import yaml

HERE = Path(__file__).parent
KEY = "sk-benchmark"
PROMPT = "Write a function that adds two numbers. " * 25


@dataclass
class Server:
    """One server under test."""

    name: str
    port: int
    process: psutil.Process | None
    """None for the stub itself."""

    def processor_seconds(self) -> float:
        total = 0.0
        for each in [self.process, *self.process.children(recursive=True)] if self.process else ():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
        return total

    def megabytes(self) -> float:
        found = [self.process, *self.process.children(recursive=True)] if self.process else []
        return sum(each.memory_info().rss for each in found) / 1e6


@dataclass
class Cell:
    """One server's measurement in one round."""

    server: str
    mode: str
    connections: int
    requests: int
    failed: int
    per_second: float
    median_ms: float
    p99_ms: float
    cpu_us: float
    load: float


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _Client(asyncio.Protocol):
    """One connection that sends its request again when an answer is complete."""

    def __init__(self, request: bytes, ends: float, latencies: list[float], done: asyncio.Future[None]) -> None:
        self.request, self.ends, self.latencies, self.done = request, ends, latencies, done
        self.failed = 0
        self.began = 0.0
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        self.buffer = b""
        self.began = time.perf_counter()
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not _complete(self.buffer):
            return
        self.failed += not self.buffer.startswith(b"HTTP/1.1 200")
        now = time.perf_counter()
        self.latencies.append(now - self.began)
        if now < self.ends:
            self.send()
        else:
            self.transport.close()

    def connection_lost(self, _: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def _complete(answer: bytes) -> bool:
    head, split, body = answer.partition(b"\r\n\r\n")
    if not split:
        return False
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return len(body) >= int(line.partition(b":")[2])
    return body.endswith(b"\r\n0\r\n\r\n") or body == b"0\r\n\r\n"


async def load(port: int, streamed: bool, connections: int, seconds: float) -> tuple[list[float], int, float]:
    """Run closed-loop clients, and return the latencies, the failures and the time that it took."""
    asked: dict[str, Any] = {"model": "base-model", "messages": [{"role": "user", "content": PROMPT}], "user": "u-1"}
    body = json.dumps({**asked, "stream": True} if streamed else asked).encode()
    request = (
        f"POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {KEY}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body
    loop = asyncio.get_running_loop()
    latencies: list[float] = []
    began = time.perf_counter()
    clients, waits = [], []
    for _ in range(connections):
        done = loop.create_future()
        _, client = await loop.create_connection(
            lambda done=done: _Client(request, began + seconds, latencies, done), "127.0.0.1", port
        )
        clients.append(client)
        waits.append(done)
    await asyncio.wait(waits, timeout=seconds + 60)
    return latencies, sum(each.failed for each in clients), time.perf_counter() - began


def measure(server: Server, mode: str, connections: int, seconds: float) -> Cell:
    before = server.processor_seconds()
    asked = {"port": server.port, "streamed": mode == "stream", "connections": connections, "seconds": seconds}
    ran = subprocess.run(
        [sys.executable, __file__, "--load", json.dumps(asked)], capture_output=True, text=True, check=True
    )
    said = json.loads(ran.stdout)
    used = server.processor_seconds() - before
    return Cell(
        server=server.name,
        mode=mode,
        connections=connections,
        requests=said["requests"],
        failed=said["failed"],
        per_second=said["requests"] / said["seconds"],
        median_ms=1000 * said["median"],
        p99_ms=1000 * said["p99"],
        cpu_us=1e6 * used / max(1, said["requests"]),
        load=os.getloadavg()[0],
    )


@contextlib.contextmanager
def started(command: list[str], port: int, seconds: float = 180, **environment: str) -> Iterator[psutil.Process]:
    """Run a server until the block ends, from when it accepts connections."""
    with tempfile.TemporaryFile() as log:
        process = psutil.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        try:
            ends = time.monotonic() + seconds
            while True:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                if process.poll() is not None or time.monotonic() > ends:
                    log.seek(0)
                    raise SystemExit(f"{command[0]} does not serve:\n{log.read().decode()[-3000:]}")
                time.sleep(0.1)
            yield process
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                for each in [*process.children(recursive=True), process]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        each.terminate()
            try:
                process.wait(60)
            except psutil.TimeoutExpired:
                process.kill()


def gateway_settings(port: int, base: int, tuned: int, mirrored: bool) -> dict[str, Any]:
    def upstream(name: str, at: int) -> dict[str, str]:
        return {"base_url": f"http://127.0.0.1:{at}/v1", "model": f"{name}-model", "checkpoint": name}

    return {
        "upstreams": {"base": upstream("base", base), "tuned": upstream("tuned", tuned)},
        "production": "base",
        "candidate": "tuned",
        "shadow": {"share": 1.0 if mirrored else 0.0},
        "listen": {"port": port},
        "keys": [{"name": "bench", "variable": "BENCH_KEY"}],
    }


@contextlib.contextmanager
def servers(arguments: argparse.Namespace, folder: Path) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        stub = str(HERE / "stub_upstream.py")
        base, tuned = free_port(), free_port()
        direct = stack.enter_context(started([sys.executable, stub, str(base), "base-model"], base))
        stack.enter_context(started([sys.executable, stub, str(tuned), "tuned-model"], tuned))
        found = [Server("direct", base, direct)]
        for name, mirrored in (("passgap", False), ("passgap, mirrored", True)):
            port, study = free_port(), folder / name.replace(", ", "-")
            study.mkdir()
            (study / "serve.yaml").write_text(yaml.safe_dump(gateway_settings(port, base, tuned, mirrored)))
            command = [sys.executable, "-m", "passgap", "serve", str(study)]
            found.append(Server(name, port, stack.enter_context(started(command, port, BENCH_KEY=KEY))))
        if arguments.vllm_router:
            port = free_port()
            command = [arguments.vllm_router, "--worker-urls", f"http://127.0.0.1:{base}", "--host", "127.0.0.1"]
            command += ["--port", str(port), "--policy", "round_robin", "--prometheus-port", str(free_port())]
            command += ["--log-level", "error"]
            found.append(Server("vllm-router", port, stack.enter_context(started(command, port))))
        if arguments.litellm:
            port, config = free_port(), folder / "litellm.yaml"
            model = {"model": "openai/base-model", "api_base": f"http://127.0.0.1:{base}/v1", "api_key": "none"}
            declared = {
                "model_list": [{"model_name": "base-model", "litellm_params": model}],
                "general_settings": {"master_key": KEY},
                "litellm_settings": {"telemetry": False, "set_verbose": False},
            }
            config.write_text(yaml.safe_dump(declared))
            command = [arguments.litellm, "--config", str(config), "--port", str(port), "--host", "127.0.0.1"]
            found.append(
                Server(
                    "litellm",
                    port,
                    stack.enter_context(
                        started(command, port, LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_LOG="ERROR", DEBUG="")
                    ),
                )
            )
        yield found


def conditions(arguments: argparse.Namespace) -> Iterator[str]:
    """The command, the machine, and the versions of everything that was measured: what it takes to repeat this."""
    yield "python " + " ".join(sys.argv)
    model = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), "")
    yield f"{model.partition(': ')[2] or platform.machine()}, {os.cpu_count()} cores, {platform.platform()}"
    yield _versions(sys.executable, ("passgap", "uvicorn", "uvloop", "httptools", "aiohttp", "msgspec", "pydantic"))
    for command, name in ((arguments.vllm_router, "vllm-router"), (arguments.litellm, "litellm")):
        if command:
            yield _versions(str(Path(command).parent / "python"), (name, "uvicorn", "uvloop", "httptools"))


def _versions(python: str, names: tuple[str, ...]) -> str:
    code = (
        "import importlib.metadata as m, sys; have = {d.name.lower(): d.version for d in m.distributions()}; "
        "print(f'Python {sys.version.split()[0]}', *(f'{n} {have[n]}' for n in sys.argv[1:] if n in have), sep=', ')"
    )
    return subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True).stdout.strip()


def table(cells: list[Cell], found: list[Server]) -> Iterator[str]:
    yield "server               mode    conns     rps  median ms   p99 ms  cpu us/request  failed"
    for mode in ("document", "stream"):
        for connections in (16, 64):
            for server in found:
                mine = [
                    each
                    for each in cells
                    if (each.server, each.mode, each.connections) == (server.name, mode, connections)
                ]
                if not mine:
                    continue
                of = {
                    name: statistics.median(getattr(each, name) for each in mine)
                    for name in ("per_second", "median_ms", "p99_ms", "cpu_us")
                }
                yield (
                    f"{server.name:20} {mode:8} {connections:4} {of['per_second']:8.0f} {of['median_ms']:10.2f} "
                    f"{of['p99_ms']:8.2f} {of['cpu_us']:15.0f} {sum(each.failed for each in mine):7}"
                )
    loads = [each.load for each in cells]
    yield f"load average {min(loads):.1f} to {max(loads):.1f}, median {statistics.median(loads):.1f}"
    yield "resident MB: " + ", ".join(f"{each.name} {each.megabytes():.0f}" for each in found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--litellm", help="the command `litellm`")
    parser.add_argument("--vllm-router", help="the command `vllm-router`")
    parser.add_argument("--seconds", type=float, default=4.0, help="per cell")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--load", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        latencies, failed, seconds = uvloop.run(load(**json.loads(arguments.load)))
        latencies = sorted(latencies) or [float("nan")]
        said = {"requests": len(latencies), "failed": failed, "seconds": seconds}
        p99 = latencies[int(0.99 * (len(latencies) - 1))]
        print(json.dumps({**said, "median": statistics.median(latencies), "p99": p99}))
        return
    cells = []
    with tempfile.TemporaryDirectory() as folder, servers(arguments, Path(folder)) as found:
        for server in found:
            measure(server, "document", 4, 0.5)  # connections are opened, code is warm
        for _ in range(arguments.rounds):
            for mode in ("document", "stream"):
                for connections in (16, 64):
                    cells += [measure(server, mode, connections, arguments.seconds) for server in found]
        if arguments.json:
            print(json.dumps([asdict(each) for each in cells], indent=1))
        else:
            print("\n".join(conditions(arguments)))
            print("\n".join(table(cells, found)))


if __name__ == "__main__":
    main()
