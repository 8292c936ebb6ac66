"""An arm that does not fit into the budget is not begun, and one that goes over it is known for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from command_line import invoke
from passgap.store import StudyFolder

MakeStudy = Callable[[str], Path]


def set_hours(folder: Path, **hours: float) -> None:
    study = yaml.safe_load((folder / "study.yaml").read_text())
    study["budget"]["hours"] |= hours
    (folder / "study.yaml").write_text(yaml.safe_dump(study))


def kinds(folder: Path) -> list[str]:
    return [entry.kind for entry in StudyFolder(folder).ledger.entries()]


def artifacts(folder: Path, name: str) -> list[Path]:
    return list((folder / "artifacts").glob(f"{name}-*/manifest.json"))


def test_an_arm_stops_before_it_starts_and_goes_on_over_budget_by_name(make_study: MakeStudy) -> None:
    folder = make_study("study")
    assert invoke("verdict", str(folder)).code == 0
    set_hours(folder, sampling=0.0, training=1e-9)

    refused = invoke("run", str(folder), "--arm", "ssd")
    said = " ".join(refused.stderr.split())
    assert refused.code == 2 and "the arm `ssd` does not fit into what is left of the budget" in said
    assert "budget.hours.sampling: about" in said and "budget.hours.training: about" in said
    assert "budget.hours.evaluation" not in said
    assert "Predicted from the base model's held-out samples. `--over-budget` goes on all the same" in said
    assert not artifacts(folder, "base-pool-samples") and not artifacts(folder, "ssd-model")
    report: Any = json.loads((folder / "report.json").read_text())
    assert report["arms"] == [] and "`ssd` does not fit" in report["not_produced"][0]
    assert "budget" in kinds(folder) and "over-budget" not in kinds(folder)

    for command in (("sample", "--arm", "ssd"), ("train",), ("evaluate", "--arm", "ssd")):
        name, *options = command
        again = invoke(name, str(folder), *options)
        assert again.code == 2 and "does not fit" in again.stderr

    allowed = invoke("run", str(folder), "--arm", "ssd", "--over-budget", "--json")
    assert allowed.code == 0
    report = json.loads(allowed.stdout)
    assert [arm["arm"] for arm in report["arms"]] == ["ssd"]
    [entry] = StudyFolder(folder).ledger.of_kind("over-budget")
    assert isinstance(entry.payload, dict) and entry.who and entry.payload["arm"] == "ssd"
    assert set(entry.payload["parts"]) == {"sampling", "training"}  # type: ignore[arg-type]
    assert any(fact["label"] == "over budget" and entry.who in fact["text"] for fact in report["provenance"])

    again = invoke("run", str(folder), "--arm", "ssd")
    assert again.code == 0, "nothing is left to be paid for"
    assert kinds(folder).count("over-budget") == 1
