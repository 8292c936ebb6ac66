"""A finished study is read on a machine that has its folder and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap.errors import StudyError
from passgap.stages import Silent
from passgap.wiring import open_study

ELSEWHERE = """\
import importlib.abc, os, sys

ABSENT = {"torch", "transformers", "tokenizers", "safetensors", "peft", "huggingface_hub", "vllm", "ray"}

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
os.sched_getaffinity = lambda pid: set(range(96))
os.cpu_count = lambda: 96

try:
    import torch
except ModuleNotFoundError:
    pass
else:
    raise AssertionError("torch is here")

import passgap.execution

def no_sandbox(*arguments, **options):
    raise AssertionError("the sandbox was opened")

passgap.execution.SandboxExecutor = no_sandbox

from passgap.study import battery
from short_battery import shortened

battery.load_probe_set = shortened

import contextlib, io, json
from passgap.cli import main

said = []
for arguments in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
        main(arguments)
    said.append([out.getvalue(), open("ledger.jsonl").read()])
print(json.dumps(said))
"""
"""Commands on a machine with 96 cores, without model libraries and without a sandbox; and the ledger after each."""


def elsewhere(*commands: tuple[str, ...], cwd: Path) -> list[tuple[str, str]]:
    """Run commands there; returns what each says on stdout, and the ledger after it."""
    environment = {**os.environ, "PASSGAP_CACHE": str(cwd / "empty-cache"), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, json.dumps(commands)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(stdout, ledger) for stdout, ledger in json.loads(done.stdout)]


@pytest.fixture
def alone(finished: Path) -> Iterator[Path]:
    """The finished study's folder without its model, its task files, or the weights of its fine-tune."""
    model = Path(yaml.safe_load((finished / "study.yaml").read_text())["model"]["id"])
    away = model.with_name("away")
    model.rename(away)
    try:
        for name in ("heldout.jsonl", "pool.jsonl"):
            (finished / name).unlink()
        for weights in (finished / "artifacts").rglob("*.safetensors"):
            weights.unlink()
        yield finished
    finally:
        away.rename(model)


def test_report_gate_and_verdict_are_the_same_without_the_model(alone: Path) -> None:
    reports = ("report.json", "report.md", "report.html")
    before = {name: (alone / name).read_text() for name in reports}
    ledger = (alone / "ledger.jsonl").read_text()
    for name in reports:
        (alone / name).unlink()

    place = str(alone)
    reported, judged, gated = elsewhere(
        ("report", place), ("verdict", place, "--json"), ("gate", place, "--json"), cwd=alone
    )
    assert {name: (alone / name).read_text() for name in reports} == before
    assert reported[1] == judged[1] == ledger
    verdict = json.loads(judged[0])
    assert verdict["verdict"] == json.loads(before["report.json"])["base"]["verdict"]["verdict"]

    gate = json.loads(gated[0])
    assert gate["arm"] == "ssd" and not gate["open"]
    assert "samples from the round-1 model" not in gate["misses"]


def test_what_was_changed_since_is_not_read_as_what_was_measured(alone: Path) -> None:
    text = (alone / "study.yaml").read_text()
    for changed, to in (
        ("seed: 7", "seed: 8"),
        ("id: /", "id: /another/"),
        ("per_prompt: 2", "per_prompt: 3"),
        ("path: heldout.jsonl", "path: pool.jsonl"),
    ):
        assert changed in text
        (alone / "study.yaml").write_text(text.replace(changed, to, 1))
        with pytest.raises(StudyError):
            open_study(alone, Silent()).report()
    (alone / "study.yaml").write_text(text)
    (alone / "heldout.jsonl").write_text("another set\n")
    with pytest.raises(StudyError):
        open_study(alone, Silent()).report()


def test_one_object_measures_after_it_has_reported(finished: Path) -> None:
    study = open_study(finished, Silent())
    whole = study.report()
    for name in ("ssd-heldout-samples", "ssd-heldout-results", "ssd-probes-samples"):
        [folder] = [each.folder for each in study.folder.index() if each.name == name]
        shutil.rmtree(folder)
    assert study.report().arms == ()
    table = study.evaluate("ssd")
    assert table.problems == 8
    with pytest.raises(StudyError, match="not on disk"):
        study.report()
    again: Any = study.run(["ssd"])
    assert [arm.arm for arm in again.arms] == ["ssd"]
    assert again.arms[0].comparison == whole.arms[0].comparison
    assert study.report() == again
