"""A candidate that fails is rolled back by itself: in the gateway, in the registry and in the ledger alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from gateways import gateway, settings, stubs, until, write_settings
from passgap.cli import canary as canary_command
from passgap.decisions.canary import Advice
from passgap.promotion.gateway.flip import read_flip
from passgap.promotion.monitoring.acting import roll_candidate_back
from passgap.promotion.registry import Checkpoint, Move, Registry, Signature, State
from passgap.study import Study
from passgap.testing.scripted_study import SteadyClock
from promotions import RULES, WAIVED, granted, mirrored, opened
from watched import START


@pytest.fixture
def servers() -> Iterator[tuple[Any, Any]]:
    with stubs.stub_upstream("base-model") as base, stubs.stub_upstream("tuned-model") as tuned:
        yield base, tuned


def in_shadow(folder: Path) -> tuple[Study, Checkpoint]:
    study = opened(folder, RULES)
    return study, study.registry.find("candidate")


def declared(servers: tuple[Any, Any], base: str, candidate: Checkpoint, **more: Any) -> dict[str, Any]:
    named = {"base": {"checkpoint": base}, "tuned": {"checkpoint": candidate.short}}
    return settings(*servers, shadow={"share": 1.0}, changes=named, **more)


def test_a_broken_candidate_is_rolled_back_under_watch_in_gateway_registry_and_ledger(
    shadowed: Path, servers: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole way: calls through a gateway, their rows, the monitor, the flip; every client got its answer."""
    _, tuned = servers
    study, one = in_shadow(shadowed)
    tuned.become("error")
    asked: list[float] = []

    with gateway(shadowed, declared(servers, study.registry.find("base").short, one)) as running:

        def calls(seconds: float) -> None:
            """Stands for the pause between two readings: meanwhile, six users call."""
            asked.append(seconds)
            assert len(asked) < 20, "the candidate should be out by now"
            assert {running.post().status_code for _ in range(6)} == {200}

        monkeypatch.setattr(canary_command.time, "sleep", calls)
        monkeypatch.setattr(canary_command, "open_for_command", lambda *_, **__: study)
        canary_command.canary(shadowed, watch=0.5)
        sent = tuned.seen.count["/v1/chat/completions"]
        assert 8 <= sent <= 6 * len(asked), "at the level of 0.05, eight pairs are enough"
        assert running.post().headers["x-passgap-route"] == "production"
        until(lambda: not any(each.mirrors_waiting for each in running.statuses[-1:]))
        assert tuned.seen.count["/v1/chat/completions"] == sent, "the candidate gets nothing any more"
    assert "errors (pairs)" in capsys.readouterr().out
    flip = read_flip(shadowed)
    assert flip is not None and "errors (pairs)" in flip.why
    retired = study.registry.find(one.id)
    assert retired.state is State.RETIRED and retired.history[-1].why == flip.why
    kinds = [each.kind for each in study.folder.ledger.entries()]
    assert kinds[-3:] == ["canary", "rollback", "promotion"]
    rules = study.folder.ledger.of_kind("promotion-rules")[-1].payload
    assert rules["rules"]["alpha"] == 0.05, "the declared probability of a false alarm"  # type: ignore[index, call-overload]


def test_where_base_does_not_answer_the_watch_says_so_and_goes_on(
    shadowed: Path, servers: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base, _ = servers
    study, one = in_shadow(shadowed)
    write_settings(shadowed, declared(servers, "base", one))
    mirrored(study, range(30), outcome="timeout")
    base.become("error")
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            assert study.registry.find(one.id).state is State.SHADOW and read_flip(shadowed) is None
            base.become()

    monkeypatch.setattr(canary_command.time, "sleep", pause)
    monkeypatch.setattr(canary_command, "open_for_command", lambda *_, **__: study)
    canary_command.canary(shadowed, watch=0.5)
    said = capsys.readouterr().out
    assert said.count("could not be rolled back") == 1 and "base does not answer" in said
    assert "It was rolled back" in said and len(pauses) == 2
    assert study.registry.find(one.id).state is State.RETIRED


@pytest.mark.parametrize(("outcome", "code"), [("ok", 10), ("timeout", 20)])
def test_scripts_read_the_advice_from_the_exit_code(
    shadowed: Path, monkeypatch: pytest.MonkeyPatch, outcome: str, code: int
) -> None:
    study, one = in_shadow(shadowed)
    mirrored(study, range(12), outcome=outcome)
    monkeypatch.setattr(canary_command, "open_for_command", lambda *_, **__: study)
    for asked in (True, False):
        try:
            canary_command.canary(shadowed, no_rollback=True, exit_code=asked)
        except typer.Exit as ended:
            assert asked and ended.exit_code == code
        else:
            assert not asked
    assert study.registry.find(one.id).state is State.SHADOW, "it was only asked"


def test_a_candidate_that_is_tried_again_is_watched_from_the_beginning(
    shadowed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study, one = in_shadow(shadowed)
    mirrored(study, range(30), outcome="timeout")
    assert study.canary(lambda why: roll_candidate_back(shadowed, "a test", why)).rolled_back
    monkeypatch.setattr(SteadyClock, "now", lambda _: START + dt.timedelta(days=1))
    again = granted(shadowed, RULES).move_checkpoint("candidate", State.SHADOW, why="another try")
    assert again.id == one.id
    report = study.canary()
    assert report.decision.advice is Advice.KEEP_GOING and report.evidence.pairs == 0


def later_candidate(study: Study, first: Checkpoint) -> Checkpoint:
    """Put the first candidate into production, and another one into the shadow."""
    for state in (State.CANARY, State.SHADOW):
        study.move_checkpoint(first.id, state, why="a try", waivers=[WAIVED] if state is State.CANARY else [])
    registry, by = study.registry, Signature(who="a test", time=first.since)
    base = registry.find("base")
    registry.move(
        [
            Move(checkpoint=first.id, before=State.SHADOW, after=State.CANARY),
            Move(checkpoint=base.id, before=State.PRODUCTION, after=State.RETIRED),
            Move(checkpoint=first.id, before=State.CANARY, after=State.PRODUCTION),
        ],
        by=by,
        why="a test",
    )
    second = registry.add(first.manifest.model_copy(update={"seed": 99}), first.location, by=by, why="a test")
    registry.move([Move(checkpoint=second.id, before=State.CANDIDATE, after=State.SHADOW)], by=by, why="a test")
    return second


@pytest.mark.parametrize("named", ["production", "base"])
def test_the_registry_follows_the_gateway_to_the_checkpoint_that_its_file_names(
    shadowed: Path, servers: tuple[Any, Any], named: str
) -> None:
    """With an earlier checkpoint in production, a rollback leads to what `base` of serve.yaml names, in both."""
    study, first = in_shadow(shadowed)
    second = later_candidate(study, first)
    base = study.registry.find("base")
    to = {"production": first, "base": base}[named]
    write_settings(shadowed, declared(servers, to.short, second))
    roll_candidate_back(shadowed, "a test", "it fails")
    registry: Registry = study.registry
    assert registry.find(second.id).state is State.RETIRED
    assert registry.production is not None and registry.production.id == to.id
    assert registry.find(first.id).state is (State.PRODUCTION if to is first else State.RETIRED)
