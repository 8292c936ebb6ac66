"""``passgap doctor`` proves toolchains by a program, and names what brings a missing one."""

from __future__ import annotations

from pathlib import Path

import pytest

from passgap.execution import examine_toolchains
from passgap.execution.toolchains import MissingToolchain, finding, found_toolchain, message, searching


def test_a_toolchain_that_is_here_is_proved_in_the_jail() -> None:
    try:
        found_toolchain("javascript")
    except MissingToolchain as missing:
        pytest.skip(str(missing))
    (proof,) = examine_toolchains(["python", "javascript"])
    assert proof.language == "javascript" and proof.found and proof.works, proof.detail
    assert "node" in proof.detail


def test_a_tool_that_answers_and_does_not_work_is_found_and_does_not_work(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    found = finding.FoundToolchain(
        language="javascript",
        title="JavaScript",
        toolchain=finding.LANGUAGES["javascript"].toolchain,  # type: ignore[arg-type]
        tools={"node": searching.FoundTool(str(Path("/bin/true").resolve()), None, "v0.0")},
    )
    monkeypatch.setattr(finding, "_looked_for", lambda _: found)
    message._parts_of.cache_clear()
    (proof,) = examine_toolchains(["javascript"])
    message._parts_of.cache_clear()
    assert proof.found and not proof.works
    assert "run 1" in proof.detail


def test_a_missing_toolchain_is_told_with_what_brings_it(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = MissingToolchain("JavaScript programs cannot be run here: node not found")
    monkeypatch.setattr(finding, "_looked_for", lambda _: missing)
    (proof,) = examine_toolchains(["javascript"])
    assert not proof.found and not proof.works and "node not found" in proof.detail
