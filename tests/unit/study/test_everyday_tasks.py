"""Everyday tasks beside the held-out problems: asked of every candidate once, unless a study leaves them out."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from passgap.records import Estimate
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.tasks.probe_sets import load_probe_set
from passgap.testing import scripted_study
from passgap.testing.scripted_study import open_scripted_study

pytestmark = pytest.mark.whole_battery

EVERYDAY = ("maths", "shell", "instructions", "facts", "formats")


def everyday_samples(drawn: Counter[str]) -> int:
    return sum(number for name, number in drawn.items() if name.startswith("everyday/"))


def rows_of(arm: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["probe"]: row for row in arm["battery"]["outcomes"] if row["probe"] in EVERYDAY}


def test_every_candidate_is_asked_once_and_the_base_model_for_all_decodings(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = open_scripted_study(tmp_path, {"decode-only": {"temperatures": [0, 0.4], "samples": 2}, "ssd": {}}, drawn)
    study.run(["ssd"])
    report = json.loads((tmp_path / "report.json").read_text())
    assert everyday_samples(drawn) == 2 * 370, "of base and tuned model; another decoding of the base asks nothing more"
    [arm] = report["arms"]
    for each in (arm, report["decode_only"]):
        rows = rows_of(each)
        assert tuple(rows) == EVERYDAY
        assert [row["drift"]["n"] for row in rows.values()] == [80, 80, 70, 70, 70]
        assert all(row["drift"]["value"] == 0.0 and "with a power of 80 %" in row["note"] for row in rows.values())
    steps = [line["step"] for line in (*report["base"]["costs"], *arm["costs"], *report["decode_only"]["costs"])]
    assert sorted(step for step in steps if "greedy-probes" in step) == [
        "base-greedy-probes-samples",
        "ssd-greedy-probes-samples",
    ]
    assert not any("everyday" in key for key in report["base"]["table"]["overall"]), "it is no part of pass@1"


def test_a_tuned_model_that_forgets_alerts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scripted model knows all outputs of commands by heart; tuned, it has forgotten every fifth."""
    plain = scripted_study.ScriptedSampler._completion
    known = {f"everyday/{each.id}": each.answer for each in load_probe_set("everyday").of_kind("shell")}

    def answer(sampler: scripted_study.ScriptedSampler, problem_id: str, index: int) -> str:
        if problem_id in known:
            return "pass" if sampler.tuned and int(problem_id[-2:]) % 5 == 0 else known[problem_id]
        return plain(sampler, problem_id, index)

    monkeypatch.setattr(scripted_study.ScriptedSampler, "_completion", answer)
    study = open_scripted_study(tmp_path, {"ssd": {}}, Counter())
    [arm] = study.run(["ssd"]).arms
    found = {row.probe: row for row in arm.battery.outcomes}
    assert isinstance(found["shell"].drift, Estimate) and found["shell"].drift.value == -0.2
    assert found["shell"].status == "alert" and arm.judgement.outcome == "DRIFTED"
    assert "shell" in arm.judgement.headline


def test_a_study_can_leave_them_out_and_its_report_says_so(tmp_path: Path) -> None:
    drawn: Counter[str] = Counter()
    study = open_scripted_study(tmp_path, {"ssd": {}}, drawn)
    declared = yaml.safe_load((tmp_path / "study.yaml").read_text()) | {"battery": {"out_of_domain": 1}}
    context = study._context
    study = Study(parse_study(yaml.safe_dump(declared)), context.folder, context.services)
    study.run(["ssd"])
    assert everyday_samples(drawn) == 0
    report = json.loads((tmp_path / "report.json").read_text())
    assert rows_of(report["arms"][0]) == {}
    assert any("maths, shell, instructions, facts, formats were left out" in each for each in report["not_produced"])
