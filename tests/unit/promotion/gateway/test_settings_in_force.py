"""Settings change under load without a cut call; an invalid file changes nothing; the flip takes under a second."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from command_line import invoke
from gateways import ASKED, gateway, settings, stubs, until, write_settings
from passgap.errors import StudyError
from passgap.promotion.gateway.events import read_events
from passgap.promotion.gateway.flip import flip_path
from passgap.promotion.gateway.status import live_gateways
from passgap.promotion.rollback import roll_back
from passgap.promotion.telemetry.rows import Outcome, Role
from passgap.store import Ledger, write_text


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Any]]:
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        yield base, tuned


def promoted(base: Any, tuned: Any, **more: Any) -> dict[str, Any]:
    """The tuned model in production, base to go back to."""
    return {**settings(base, tuned, **more), "production": "tuned", "base": "base", "candidate": None}


def test_an_invalid_file_leaves_the_old_settings_in_force_and_says_why(tmp_path: Path, stubbed: Any) -> None:
    base, tuned = stubbed
    good = settings(base, tuned)
    with gateway(tmp_path, good) as running:
        before = running.statuses[-1].config_hash
        cases = {
            "upstreams: [": "not valid YAML",
            "production: base": "upstreams: missing",
            json.dumps({**good, "shadow": {"share": 7}}): "shadow.share: should be less than or equal to 1",
            json.dumps({**good, "listen": {"port": 1}}): "listen: takes effect when the gateway is started again",
            json.dumps({**good, "keys": [{"name": "a", "variable": "NO_SUCH_KEY"}]}): "NO_SUCH_KEY is not set",
        }
        for text, why in cases.items():
            known = len(running.statuses)
            write_text(tmp_path / "serve.yaml", text)
            status = until(lambda known=known: running.statuses[known:])[-1]
            assert why in (status.refused or ""), (text, status.refused)
            assert status.config_hash == before
            assert running.post().status_code == 200
            assert running.rows()[-1].config_hash == before
        status = running.change({**good, "canary": {"share": 1.0}})
        assert status.refused is None and status.config_hash != before
        answer = running.post()
        assert answer.headers["x-passgap-checkpoint"] == "tuned-checkpoint"
        row = running.rows()[-1]
        assert (row.role, row.canary_share, row.config_hash) == (Role.CANARY, 1.0, status.config_hash)
        assert [each.event for each in read_events(tmp_path)].count("settings refused") == len(cases)


def test_a_call_keeps_the_settings_that_it_began_with(tmp_path: Path, stubbed: Any) -> None:
    base, tuned = stubbed
    tuned.become(event_seconds=0.02)
    with gateway(tmp_path, promoted(base, tuned)) as running:
        with httpx.stream(
            "POST", running.url + "/v1/chat/completions", json={**ASKED, "stream": True}, timeout=600
        ) as answer:
            parts = answer.iter_raw()
            first = next(parts)
            report = roll_back(tmp_path, who="ann", why="refusals doubled")
            assert report.gateways and report.production == "base-checkpoint"
            assert running.post().headers["x-passgap-checkpoint"] == "base-checkpoint"
            assert first + b"".join(parts) == b"".join(tuned.events)
        rows = {row.checkpoint: row for row in running.rows()}
        assert rows["tuned-checkpoint"].outcome is Outcome.OK
        assert rows["tuned-checkpoint"].config_hash != rows["base-checkpoint"].config_hash


def test_a_rollback_under_load_drops_nothing_holds_over_a_restart_and_can_be_undone(
    tmp_path: Path, stubbed: Any
) -> None:
    base, tuned = stubbed
    answers: list[tuple[int, str]] = []
    stop = threading.Event()

    def load(url: str) -> None:
        with httpx.Client(timeout=600) as client:
            while not stop.is_set():
                answer = client.post(url, json=ASKED)
                answers.append((answer.status_code, answer.headers["x-passgap-checkpoint"]))

    declared = promoted(base, tuned)
    with gateway(tmp_path, declared) as running:
        threads = [threading.Thread(target=load, args=(running.url + "/v1/chat/completions",)) for _ in range(3)]
        for each in threads:
            each.start()
        until(lambda: len(answers) > 20)
        said = invoke("rollback", str(tmp_path), "--why", "slow", "--json")
        assert said.code == 0, said.stderr
        seen = len(answers)
        until(lambda: len(answers) > seen + 20)
        stop.set()
        for each in threads:
            each.join()
        assert {status for status, _ in answers} == {200}
        assert {checkpoint for _, checkpoint in answers[seen + 6 :]} == {"base-checkpoint"}
        assert len(running.rows()) == len(answers)
        [entry] = Ledger(tmp_path / "ledger.jsonl").of_kind("rollback")
        assert entry.payload["why"] == "slow" and entry.payload["base"] == "base-checkpoint"
    with gateway(tmp_path, declared) as again:
        assert again.statuses[0].rolled_back
        assert again.post().headers["x-passgap-checkpoint"] == "base-checkpoint"
        assert invoke("rollback", str(tmp_path), "--undo").code == 0
        assert again.post().headers["x-passgap-checkpoint"] == "tuned-checkpoint"
    assert invoke("rollback", str(tmp_path), "--undo").code == 2


def test_one_field_of_the_file_rolls_back_too(tmp_path: Path, stubbed: Any) -> None:
    declared = promoted(*stubbed)
    with gateway(tmp_path, declared) as running:
        assert running.change({**declared, "rollback": True}).rolled_back
        assert running.post().headers["x-passgap-checkpoint"] == "base-checkpoint"


def test_base_is_asked_before_it_takes_over(tmp_path: Path, stubbed: Any) -> None:
    base, tuned = stubbed
    base.become("error")
    with gateway(tmp_path, promoted(base, tuned)) as running:
        with pytest.raises(StudyError, match="nothing was rolled back") as refused:
            roll_back(tmp_path, who="ann", why="slow")
        assert "base does not take over: it answers with the status 500" in str(refused.value)
        assert running.post().headers["x-passgap-checkpoint"] == "tuned-checkpoint"
        assert not flip_path(tmp_path).exists()
        assert roll_back(tmp_path, who="ann", why="all is lost", force=True).rolled_back
        answer = running.post()
        assert (answer.status_code, answer.headers["x-passgap-checkpoint"]) == (500, "base-checkpoint")


def test_production_is_not_sent_to_an_upstream_that_is_down(tmp_path: Path, stubbed: Any) -> None:
    base, tuned = stubbed
    tuned.become("error")
    with gateway(tmp_path, settings(base, tuned)) as running:
        refused = running.change({**promoted(base, tuned)})
        assert "tuned does not take over" in (refused.refused or "") and refused.production == "base"
        tuned.become()
        until(lambda: running.statuses[-1].production == "tuned")
        assert running.statuses[-1].refused is None


def test_a_rollback_does_not_wait_for_a_sound_file(tmp_path: Path, stubbed: Any) -> None:
    with gateway(tmp_path, promoted(*stubbed)) as running:
        write_text(tmp_path / "serve.yaml", "production: [")
        until(lambda: running.statuses[-1].refused)
        assert roll_back(tmp_path, who="ann", why="slow").production == "base-checkpoint"
        assert running.post().headers["x-passgap-checkpoint"] == "base-checkpoint"
        assert "not valid YAML" in (running.statuses[-1].refused or "")


def test_without_a_gateway_a_rollback_waits_for_the_next_one(tmp_path: Path, stubbed: Any) -> None:
    base, tuned = stubbed
    write_settings(tmp_path, promoted(base, tuned))
    report = roll_back(tmp_path, who="ann", why="slow")
    assert report.gateways == () and flip_path(tmp_path).exists()
    flip_path(tmp_path).unlink()
    base.become("error")
    with pytest.raises(StudyError, match="base does not answer"):
        roll_back(tmp_path, who="ann", why="slow")
    assert not flip_path(tmp_path).exists()


def test_a_gateway_says_what_it_serves_and_that_it_is_gone(tmp_path: Path, stubbed: Any) -> None:
    base, tuned = stubbed
    with gateway(tmp_path, settings(base, tuned, shadow={"share": 0.5})) as running:
        [status] = live_gateways(tmp_path)
        assert (status.production, status.candidate, status.shadow_share) == ("base", "tuned", 0.5)
        admin = httpx.Client(transport=httpx.HTTPTransport(uds=str(tmp_path / "promotion" / "admin.sock")), timeout=600)
        running.post()
        assert admin.get("http://admin/status").json()["config_hash"] == status.config_hash
        until(lambda: live_gateways(tmp_path)[0].probes)
        assert live_gateways(tmp_path)[0].probes["base"].serves is True
        text = admin.get("http://admin/metrics").text
        assert 'passgap_calls_total{checkpoint="base-checkpoint",outcome="ok",role="production"' in text
        asked = {"who": "ops", "why": "drill"}
        assert admin.post("http://admin/rollback", json={"who": "ops"}).status_code == 422
        assert admin.get("http://admin/rollback").status_code == 405
        assert admin.post("http://admin/rollback", json=asked).status_code == 202
        until(lambda: running.statuses[-1].rolled_back)
        assert (tmp_path / "promotion" / "admin.sock").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "promotion" / "secret").stat().st_mode & 0o777 == 0o600
        with pytest.raises(StudyError, match="running already"), gateway(tmp_path, settings(base, tuned)):
            pass
    assert live_gateways(tmp_path) == []


def test_operators_need_their_own_key_on_a_port(tmp_path: Path, stubbed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_KEY", "ops-secret")
    monkeypatch.setenv("TEAM_KEY", "team-secret")
    import socket  # noqa: PLC0415

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    admin = {"port": port, "key_variable": "OPS_KEY"}
    with gateway(tmp_path, settings(stubbed[0], admin=admin, keys=[{"name": "t", "variable": "TEAM_KEY"}])):
        for key, status in (("team-secret", 401), ("x", 401), ("ops-secret", 200)):
            found = httpx.get(
                f"http://127.0.0.1:{port}/status", headers={"authorization": f"Bearer {key}"}, timeout=600
            )
            assert found.status_code == status
    monkeypatch.setenv("OPS_KEY", "team-secret")
    with (
        pytest.raises(StudyError) as refused,
        gateway(tmp_path, settings(stubbed[0], admin=admin, keys=[{"name": "t", "variable": "TEAM_KEY"}])),
    ):
        pass
    assert "Operators need one of their own" in str(refused.value)


def test_the_check_of_a_file_says_what_is_wrong(tmp_path: Path, stubbed: Any) -> None:
    write_settings(tmp_path, settings(stubbed[0]))
    assert invoke("serve", str(tmp_path), "--check").code == 0
    (tmp_path / "serve.yaml").write_text("production: x\n")
    refused = invoke("serve", str(tmp_path), "--check")
    assert refused.code == 2 and "upstreams: missing" in refused.stderr
    assert invoke("serve", str(tmp_path / "nowhere")).code == 2
