"""A study whose model is behind a server: the verdict of the local engine, kills of the server, and what is refused."""

from __future__ import annotations

import json
import select
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from scipy import stats

pytest.importorskip("torch")

from model_servers import transformers_serve
from passgap.engines import open_sampler
from passgap.engines.server import faults
from passgap.errors import EngineError, StudyError
from passgap.models.embedded import embedded_model
from passgap.ports import Sampler, SampleRequest
from passgap.records import Decoding, Prompt, sample_seed
from passgap.spec import ServerEngine
from passgap.stages import Silent
from passgap.wiring import open_study
from served import MODEL, ModelServer, serve

MakeStudy = Callable[[str], Path]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "FIRST_WAIT", 0.01)


def declare_server(folder: Path, model: Path, url: str, *, served_as: str = MODEL, **engine: Any) -> Path:
    """Turn a local study into one of a server."""
    study = folder / "study.yaml"
    declared = {
        "name": "server",
        "base_url": url,
        "dialect": "vllm",
        "tokenizer": str(model),
        "concurrency": 4,
        "retry_seconds": 0.3,
        "logprobs": 20,
        **engine,
    }
    text = study.read_text().replace(f"id: {model}", f"id: {served_as}")
    study.write_text(f"{text}engine: {json.dumps(declared)}\n")
    return folder


@pytest.fixture(scope="module")
def tiny_url(tiny_model: Path) -> Iterator[str]:
    with transformers_serve(tiny_model) as url:
        yield url


class _Forwarder(socketserver.BaseRequestHandler):
    """One connection to a server in front of which another stands; it ends with either side."""

    def handle(self) -> None:
        with socket.create_connection(self.server.behind) as behind:  # type: ignore[attr-defined]
            sides = [self.request, behind]
            while True:
                for side in select.select(sides, [], [])[0]:
                    received = side.recv(1 << 16)
                    if not received:
                        return
                    sides[side is self.request].sendall(received)


@contextmanager
def until_then(url: str) -> Iterator[str]:
    """A server that is gone after this, in front of one that goes on and took seconds to start."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Forwarder) as server:
        server.daemon_threads, server.block_on_close = True, False
        server.behind = ("127.0.0.1", httpx.URL(url).port)  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def verdict_of(folder: Path) -> dict[str, Any]:
    judged = open_study(folder, Silent()).verdict()
    return {
        "verdict": judged.verdict.verdict,
        "other": judged.verdict.other,
        "problems": judged.table.problems,
        "measured": sorted(judged.table.overall),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    "decoding",
    [
        Decoding(temperature=1.3, top_k=30, top_p=0.9, max_new_tokens=1),
        Decoding(temperature=0.1, top_p=0.6, max_new_tokens=1),
        Decoding(temperature=0.0, max_new_tokens=1),
    ],
    ids=["truncated", "nucleus", "greedy"],
)
def test_transformers_serve_draws_from_the_distribution_of_the_local_engine(
    decoding: Decoding, tiny_model: Path, tiny_url: str
) -> None:
    """First tokens of many samples, by a chi-square test of homogeneity: another implementation, the same settings."""
    declared = ServerEngine.model_validate(
        {"name": "server", "base_url": tiny_url, "dialect": "transformers", "tokenizer": str(tiny_model)}
    )
    prompt = Prompt(user="Write a function that adds.", prefix="```python\n")

    def counts(sampler: Sampler, root: int) -> Counter[str]:
        seeds = tuple(sample_seed(root, index) for index in range(300))
        request = SampleRequest(problem_id="p", prompt=prompt, indices=tuple(range(300)), seeds=seeds)
        try:
            return Counter(sample.completion for sample in sampler.sample([request], decoding))
        finally:
            sampler.close()

    local = counts(open_sampler("local", tiny_model, device="cpu", workers=1), 1)
    served = counts(open_sampler("server", str(tiny_model), engine=declared, context_tokens=1024), 2)
    if decoding.greedy:
        assert served == local
        return
    table = np.array([[side[name] for name in sorted({*local, *served})] for side in (local, served)])
    common = table.sum(axis=0) >= 8
    assert common.sum() >= 4
    table = np.column_stack([table[:, common], table[:, ~common].sum(axis=1)])
    table = table[:, table.sum(axis=0) >= 8]
    assert stats.chi2_contingency(table).pvalue > 1e-4


@pytest.mark.slow
def test_a_server_gives_the_verdict_of_the_local_engine(make_study: MakeStudy, tiny_model: Path, tiny_url: str) -> None:
    local = verdict_of(make_study("local"))
    with until_then(tiny_url) as url:
        folder = declare_server(
            make_study("served"), tiny_model, url, served_as=str(tiny_model), dialect="transformers", retry_seconds=30
        )
        assert verdict_of(folder) == local
    [entry] = [
        json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines() if '"kind": "engine"' in line
    ]
    assert entry["payload"]["device"] == url
    assert entry["payload"]["versions"]["prompts"] == "text"
    # The server is gone, and what was measured is all there.
    assert verdict_of(folder) == local
    assert open_study(folder, Silent()).report().base.signal is None, "this server gives no log-probabilities"


@pytest.mark.slow
def test_a_server_that_dies_leaves_whole_shards_and_a_study_that_goes_on(
    make_study: MakeStudy, tiny_model: Path
) -> None:
    def begin(name: str, server: ModelServer) -> Path:
        return declare_server(make_study(name), tiny_model, server.url)

    with serve(tiny_model) as server:
        whole = begin("whole", server)
        open_study(whole, Silent()).sample("base")

    with serve(tiny_model, misbehave=lambda number: "die" if number == 20 else None) as server:
        broken = begin("broken", server)
        with pytest.raises(EngineError, match="gives no answers"):
            open_study(broken, Silent()).sample("base")
    assert not list(broken.rglob("*.parquet*")), "a shard appears whole or not at all"
    assert not list(broken.rglob("*-samples-*/manifest.json"))
    with serve(tiny_model, port=server.port):
        artifact = open_study(broken, Silent()).sample("base")
    assert artifact.manifest.samples == 32
    kinds = [json.loads(line)["kind"] for line in (broken / "ledger.jsonl").read_text().splitlines()]
    assert kinds == ["declaration", "engine"]
    counts = {name: getattr(artifact.manifest, name) for name in ("samples", "tokens", "truncated", "prompt_tokens")}
    [finished] = whole.rglob("base-heldout-samples-*/manifest.json")
    assert counts.items() <= json.loads(finished.read_text()).items()


@pytest.mark.slow
def test_what_needs_weights_is_refused_before_anything_is_measured_and_a_served_arm_is_evaluated(
    make_study: MakeStudy, tiny_model: Path
) -> None:
    with serve(tiny_model) as server:
        folder = declare_server(make_study("study"), tiny_model, server.url, arms={"ssd": MODEL})
        with (folder / "study.yaml").open("a") as handle:
            handle.write("decode_only: {temperatures: [0]}\n")
        for refused in (lambda study: study.run(["ssd"]), lambda study: study.train("ssd")):
            with pytest.raises(StudyError, match="can be measured, not trained") as caught:
                refused(open_study(folder, Silent()))
            assert "`evaluate` for the arms that `engine.arms` names" in caught.value.problems[0]
        assert server.bodies == []
        report = open_study(folder, Silent()).run(["decode-only"])
        assert report.arms == ()
        assert report.decode_only is not None and "greedy" in report.decode_only.choice.development
        assert any("measured, not trained" in line for line in report.not_produced)
        assert report.base.signal is not None
        assert report.base.signal.positions > 0
        table = open_study(folder, Silent()).evaluate("ssd")
        assert table.problems == 8
        report = open_study(folder, Silent()).report()  # with the hours that the evaluation took
    # Without the server, the report of what is there is the same, and nothing else is known.
    assert open_study(folder, Silent()).report() == report


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_embedded_model_behind_a_server_gets_the_verdict_of_the_local_engine(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSGAP_CACHE", raising=False)
    model = embedded_model()

    def written(name: str, engine: str, identifier: str) -> Path:
        folder = make_study(name)
        text = (folder / "study.yaml").read_text()
        lines = [f"  id: {identifier}" if line.startswith("  id: ") else line for line in text.splitlines()]
        changes = {
            "heldout: {tasks: jsonl, path: heldout.jsonl}": "heldout: {tasks: starter, split: heldout, limit: 6}",
            "pool: {tasks: jsonl, path: pool.jsonl}": "pool: {tasks: starter, split: pool, limit: 6}",
        }
        lines = [changes.get(line, line).replace("max_new_tokens: 12", "max_new_tokens: 48") for line in lines]
        (folder / "study.yaml").write_text("\n".join([*lines, engine, ""]))
        return folder

    local = verdict_of(written("local", "", "embedded"))
    with transformers_serve(model) as url:
        engine = {"name": "server", "base_url": url, "dialect": "transformers", "tokenizer": "embedded"}
        assert verdict_of(written("served", f"engine: {json.dumps(engine)}", str(model))) == local
