"""An arm that was trained elsewhere is evaluated, paid for and reported like any other one, and said to be declared."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from passgap.errors import PassgapError, StudyError
from passgap.ports import DeclaredTraining, Export, ExportRequest, FineTuneJob, ImportedResult, SupervisedJob
from passgap.ports.preference_job import PreferenceJob
from passgap.report import render_markdown
from passgap.study import Study
from passgap.study.budget import spent_hours
from passgap.testing.scripted_study import POOL, open_scripted_study, scripted_digest

HOURS = 0.25


def adopted(job: FineTuneJob, declared: DeclaredTraining) -> ImportedResult:
    """Copy a checkpoint as it is: what is compared and merged of real ones is tested on real ones."""
    assert job.trains
    shutil.copytree(declared.checkpoint, job.output)
    return ImportedResult(
        checkpoint=job.output,
        examples=6,
        steps=2,
        tokens=100,
        prompt_tokens=0,
        dropped_too_long=0,
        losses=(),
        seconds=1.0,
        imported={
            "checkpoint": scripted_digest(declared.checkpoint),
            "hours": declared.hours,
            "device": declared.device,
        },
    )


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """The scripted study with a registered arm, and a checkpoint beside it."""
    opened = open_scripted_study(tmp_path, {"sft-external": {"seeds": [1, 2]}}, Counter())
    opened._context = replace(
        opened._context, services=replace(opened._context.services, adopt_checkpoint=adopted, export_job=exported)
    )
    opened.register("sft-external")
    shutil.copytree(tmp_path / "scripted", tmp_path / "given")
    (tmp_path / "given" / "tuned").write_text("elsewhere")
    return opened


requests: list[tuple[FineTuneJob, ExportRequest]] = []


def exported(job: FineTuneJob, request: ExportRequest) -> Export:
    requests.append((job, request))
    return Export(folder=request.folder, files=(), examples=3)


def test_an_imported_checkpoint_is_reported_with_declared_hours(study: Study, tmp_path: Path) -> None:
    declared = DeclaredTraining(checkpoint=tmp_path / "given", hours=HOURS, device="H100")
    for seed in (1, 2):
        study.import_checkpoint("sft-external", declared, seed)
    assert spent_hours(study.folder)["training"] == pytest.approx(2 * HOURS, abs=0.001)  # type: ignore[index]
    report = study.run(["sft-external"])
    [arm] = report.arms
    facts = {fact.label: fact.text for fact in arm.facts}
    assert facts["seed 2: trained"].startswith("elsewhere, for 0.25 device-hours on H100: declared, not metered")
    assert "seed 1: loss" not in facts and facts["seed 1: trained on"].startswith(f"{POOL} examples")
    trained = [line.hours for line in arm.costs if line.stage == "training"]
    assert sum(trained) == pytest.approx(2 * HOURS, abs=0.001)
    assert "declared, not metered" in render_markdown(report)
    assert study.report() == report
    assert study.plan().throughput.training_tokens_per_second is None, "it says nothing of this machine"
    assert len(study.folder.ledger.of_kind("imported-checkpoint")) == 2


def test_a_job_is_handed_over_as_it_would_be_trained_and_nothing_is_begun(study: Study, tmp_path: Path) -> None:
    requests.clear()
    study.export("sft-external", "any", tmp_path / "out", seed=2)
    study.export("sft-external", "any", tmp_path / "out")
    (second, request), (first, _) = requests
    assert isinstance(first, SupervisedJob) and isinstance(second, SupervisedJob)
    assert (first.seed, second.seed) == (1, 2) and first.examples == second.examples
    [entry] = study.folder.ledger.of_kind("pre-registration")
    assert request.registration == entry.hash and request.arm == "sft-external"
    assert not [each for each in study.folder.index() if each.kind == "model"]
    assert len(study.folder.ledger.of_kind("export")) == 2


def test_what_is_measured_before_a_fine_tune_is_measured_here(study: Study, tmp_path: Path) -> None:
    rows = [{"prompt": f"Say {number}.", "chosen": f"{number}", "rejected": "no"} for number in range(4)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    services = study._context.services
    again = open_scripted_study(tmp_path, {"dpo": {"pairs_path": "pairs.jsonl"}}, Counter())
    again._context = replace(again._context, services=services)
    again.register("dpo")
    requests.clear()
    again.export("dpo", "any", tmp_path / "out")
    [(job, _)] = requests
    assert isinstance(job, PreferenceJob) and len(job.pairs) == len(job.reference) == 4
    again.import_checkpoint("dpo", DeclaredTraining(checkpoint=tmp_path / "given", hours=HOURS))
    [arm] = again.run(["dpo"]).arms
    facts = {fact.label: fact.text for fact in arm.facts}
    assert facts["trained"].startswith("elsewhere") and "margin" not in facts and "loss" not in facts


def test_a_failed_import_costs_nothing_and_leaves_nothing(study: Study, tmp_path: Path) -> None:
    with pytest.raises(PassgapError):
        study.import_checkpoint("sft-external", DeclaredTraining(checkpoint=tmp_path / "none", hours=5.0))
    assert spent_hours(study.folder)["training"] < 0.01  # type: ignore[index]
    assert not [each for each in study.folder.index() if each.kind == "model" and each.complete]
    with pytest.raises(StudyError, match="is not trained with the seed 7"):
        study.import_checkpoint("sft-external", DeclaredTraining(checkpoint=tmp_path / "given", hours=1.0), 7)
