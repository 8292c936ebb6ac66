"""A study's results in experiment trackers, read back by their own clients."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.records.tracked import TrackedRun
from passgap.spec.section import Section
from passgap.stages import Silent
from passgap.study import Study
from passgap.study.checking import parse_study
from passgap.study.tracking import WRITTEN, name_of
from passgap.testing.scripted_study import open_scripted_study, study_text
from passgap.tracking import SINKS
from passgap.tracking.base import HIDDEN, Sink, without_secrets

SSD = {"ssd": {"sampling": {"per_prompt": 2}}}


class Kept(Silent):
    """Keeps what is noted."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def tracked(folder: Path, tracking: dict[str, Any]) -> tuple[Study, Kept]:
    """The scripted study with these trackers."""
    folder.mkdir(exist_ok=True)
    study = open_scripted_study(folder, SSD, Counter(), {"tracking": tracking})
    kept = Kept()
    study._context = replace(study._context, services=replace(study._context.services, progress=kept))
    return study, kept


class InMemory(Sink):
    """A tracker that keeps runs in memory, and fails where it is told to."""

    name = "memory"
    requirement = "passgap[memory]"
    Section = Section

    def __init__(self) -> None:
        self.runs: list[TrackedRun] = []
        self.fault: Exception | None = None

    def write(self, section: Section, run: TrackedRun, study: Path) -> str:
        if self.fault is not None:
            raise self.fault
        self.runs.append(run)
        return "in memory"


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemory]:
    sink = InMemory()
    monkeypatch.setattr(SINKS, "_found", {**SINKS, "memory": sink})
    yield sink


def test_estimates_costs_battery_and_files_are_written_once_for_each_state(tmp_path: Path, memory: InMemory) -> None:
    study, kept = tracked(tmp_path, {"memory": {}})
    report = study.run(["ssd"])
    (run,) = memory.runs
    single = report.base.table.overall["pass@1"]
    assert run.metrics["base/pass_at_1"] == single.value and run.metrics["base/pass_at_1.low"] == single.low
    assert run.metrics["base/pass_at_1.n"] == 12 and run.metrics["base/pass_at_1.m"] == 4
    (arm,) = report.arms
    delta = arm.comparison.delta
    assert run.metrics["ssd/delta/pass_at_1.high"] == delta.overall["pass@1"].high
    assert {name for name in run.metrics if name.startswith("ssd/delta/slices/easy/pass_at_1")}
    assert {f"ssd/battery/{name_of(each.probe)}" for each in arm.battery.outcomes} <= set(run.tags)
    assert run.metrics["study/device_hours"] == pytest.approx(sum(each.hours for each in report.costs))
    assert run.tags["verdict"] == report.base.verdict.verdict.value and run.tags["ssd/outcome"]
    assert {each.name for each in run.files} >= {"report.json", "report.html", "report.md", "ledger.jsonl"}
    assert any(line == "memory: in memory" for line in kept.lines)
    study.run(["ssd"])
    study.report()
    assert len(memory.runs) == 1


def test_a_tracker_that_fails_stops_nothing_is_said_and_is_tried_again(tmp_path: Path, memory: InMemory) -> None:
    memory.fault = OSError("no route to https://me:hunter2@tracker.example")
    study, kept = tracked(tmp_path, {"memory": {}})
    report = study.run(["ssd"])
    assert report.arms and (tmp_path / "report.html").exists() and not (tmp_path / WRITTEN).exists()
    (said,) = [line for line in kept.lines if line.startswith("memory was not written")]
    assert "OSError" in said and "hunter2" not in said and f"https://{HIDDEN}@tracker.example" in said
    memory.fault = ImportError("No module", name="memory")
    study.run(["ssd"])
    assert "pip install 'passgap[memory]'" in kept.lines[-1]
    memory.fault = None
    study.run(["ssd"])
    assert len(memory.runs) == 1


def test_secrets_are_never_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "abcdef0123456789")
    assert without_secrets("key abcdef0123456789 at https://a:b@host/x") == f"key {HIDDEN} at https://{HIDDEN}@host/x"


def test_trackers_are_in_no_digest_and_their_settings_are_checked() -> None:
    plain = parse_study(study_text(SSD)).spec
    assert parse_study(study_text(SSD, {"tracking": {"mlflow": None, "wandb": {"mode": "online"}}})).spec.digest == (
        plain.digest
    )
    for tracking, expected in (
        ({"mlflo": {}}, "tracking.mlflo: there is no such tracker. Did you mean `mlflow`?"),
        ({"mlflow": {"uri": "postgresql://me:secret@db/x"}}, "tracking.mlflow.uri: should be a URI without a password"),
        ({"wandb": {"mode": "onlin"}}, "tracking.wandb.mode: should be 'offline' or 'online'"),
        ([], "tracking: should be a section"),
    ):
        with pytest.raises(StudyError) as refused:
            parse_study(study_text(SSD, {"tracking": tracking}))
        assert expected in refused.value.problems[0] and "secret@" not in str(refused.value)


@pytest.mark.slow
def test_mlflow_reads_back_what_was_written(tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="the extra `mlflow` is not installed")
    study, kept = tracked(tmp_path, {"mlflow": {"experiment": "studies", "uri": f"sqlite:///{tmp_path / 'mlflow.db'}"}})
    report = study.run(["ssd"])
    client = mlflow.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("studies")
    (run,) = client.search_runs([experiment.experiment_id])
    single = report.base.table.overall["pass@1"]
    assert run.data.metrics["base/pass_at_1"] == pytest.approx(single.value), kept.lines
    assert run.data.metrics["base/pass_at_1.high"] == pytest.approx(single.high)
    assert run.data.tags["verdict"] == report.base.verdict.verdict.value and run.info.status == "FINISHED"
    assert {each.path for each in client.list_artifacts(run.info.run_id)} >= {
        "report.json",
        "report.html",
        "ledger.jsonl",
    }
    folder = Path(client.download_artifacts(run.info.run_id, "report.json", str(tmp_path)))
    assert json.loads(folder.read_text())["base"] == json.loads((tmp_path / "report.json").read_text())["base"]


@pytest.mark.slow
def test_wandb_reads_back_what_was_written_offline(tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="the extra `wandb` is not installed")
    study, kept = tracked(tmp_path, {"wandb": {"project": "studies"}})
    report = study.run(["ssd"])
    assert any(line.startswith("wandb: run ") for line in kept.lines), kept.lines
    (file,) = (tmp_path / "wandb-files").glob("wandb/offline-run-*/run-*.wandb")
    found = read_offline_run(file)
    single = report.base.table.overall["pass@1"]
    assert found["base/pass_at_1"] == pytest.approx(single.value)
    assert found["base/pass_at_1.low"] == pytest.approx(single.low)


BLOCK, FILE_HEADER, RECORD_HEADER = 32768, 7, 7
"""Of the log format of LevelDB, which the files have (github.com/google/leveldb/blob/main/doc/log_format.md)."""


def records(data: bytes) -> Iterator[bytes]:
    """The records of a file."""
    at, begun = FILE_HEADER, b""
    while at + RECORD_HEADER <= len(data):
        if BLOCK - at % BLOCK < RECORD_HEADER:
            at += BLOCK - at % BLOCK
            continue
        length, kind = int.from_bytes(data[at + 4 : at + 6], "little"), data[at + 6]
        begun += data[at + RECORD_HEADER : at + RECORD_HEADER + length]
        at += RECORD_HEADER + length
        if kind in (1, 4):  # whole, or the last part
            yield begun
            begun = b""


def read_offline_run(file: Path) -> dict[str, float]:
    """The history of an offline run, by the record types of the wandb package, which has no reader of its own."""
    from wandb.proto import wandb_internal_pb2  # noqa: PLC0415

    found: dict[str, float] = {}
    for data in records(file.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(data)
        for item in record.history.item:
            value = json.loads(item.value_json)
            if isinstance(value, int | float):
                found[item.key or "/".join(item.nested_key)] = value
    return found


@pytest.mark.slow
def test_trackio_reads_back_what_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKIO_DIR", str(tmp_path / "trackio"))
    trackio = pytest.importorskip("trackio", reason="the extra `trackio` is not installed")
    study, kept = tracked(tmp_path / "study", {"trackio": {"project": "studies"}})
    report = study.run(["ssd"])
    assert any(line.startswith("trackio: run ") for line in kept.lines), kept.lines
    open_run = importlib.import_module("trackio.context_vars").current_run.get()
    assert open_run is None  # it would be finished at exit, and say so on standard output
    (run,) = trackio.Api().runs("studies")
    assert run.config is not None and run.config["tag/verdict"] == report.base.verdict.verdict.value
    logs = importlib.import_module("trackio.sqlite_storage").SQLiteStorage.get_logs("studies", run.name)
    found = {key: value for row in logs for key, value in row.items()}
    assert found["base/pass_at_1"] == pytest.approx(report.base.table.overall["pass@1"].value)
