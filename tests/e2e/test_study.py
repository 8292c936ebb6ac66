"""A whole study, its lock, and what is left of it when it is killed."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from command_line import invoke
from passgap.errors import StoreError, StudyError
from passgap.probes import PROBES
from passgap.report import StudyReport
from passgap.stages import Silent
from passgap.wiring import open_study
from short_battery import PROGRAM

MakeStudy = Callable[[str], Path]

TIMED = {
    "tokens_per_second",
    "hours",
    "money",
    "seconds",
    "time",
    "extra_hours",
    "lift_per_hour",
    "provenance",
    "cost",
    "frontier",  # for which the costs of the arms are drawn
}


def without_times(value: Any) -> Any:
    """A report less what no two runs share."""
    if isinstance(value, dict):
        return {name: without_times(each) for name, each in value.items() if name not in TIMED}
    if isinstance(value, list):
        return [without_times(each) for each in value if not _timed(each)]
    return value


def _timed(line: Any) -> bool:
    """Whether a line of a list is about time or memory: a sentence, a fact, or a row of what was forecast."""
    if isinstance(line, dict):
        return line.get("quantity") in TIMED or line.get("label") == "peak memory"
    return isinstance(line, str) and "device-hours" in line


def report_of(folder: Path) -> Any:
    report = json.loads((folder / "report.json").read_text())
    report["comparison"] = {name: report["comparison"][name] for name in ("rows", "choice", "confirmations")}
    return without_times(report)


def test_a_study_runs_to_its_report_and_a_second_run_measures_nothing(finished: Path) -> None:
    report = StudyReport.model_validate_json((finished / "report.json").read_text())
    assert report.base.table.problems == 8
    assert report.base.verdict.underpowered
    [arm] = report.arms
    assert [each.probe for each in arm.battery.outcomes] == list(PROBES)
    assert {line.stage for line in report.base.costs} == {"sampling", "scoring", "signal", "likelihood", "probes"}
    assert {line.stage for line in arm.costs} == {"sampling", "scoring", "training", "probes"}
    assert all(line.seconds > 0.0 and line.samples > 0 for line in report.costs)
    assert all(line.prompt_tokens > 0 for line in report.costs if line.stage in ("sampling", "training", "probes"))
    assert sum(report.base.outcomes.values()) == 32
    kinds = [json.loads(line)["kind"] for line in (finished / "ledger.jsonl").read_text().splitlines()]
    decided = ["declaration", "arithmetic", "model", "prediction", "verdict"]
    assert kinds == [*decided, "forecast", "pre-registration", "prediction-outcome", "confirmation"]

    control = report.decode_only
    assert control is not None and control.choice.production.startswith("temperature 0.8")
    assert len(control.choice.development) == 3 and {line.arm for line in control.costs} == {"decode-only"}
    against = arm.against_decode_only
    assert against is not None and against.delta.problems == len(control.choice.test_ids) == 8
    assert set(against.delta.overall) == {"pass@1", "pass@4", "gap@4"}  # ties go to production, measured four times
    assert [row.baseline for row in arm.pareto.rows] == ["base", "decode-only"]

    before = {path: path.stat().st_mtime_ns for path in (finished / "artifacts").rglob("*") if path.is_file()}
    open_study(finished, Silent()).run(["ssd"])
    after = {path: path.stat().st_mtime_ns for path in (finished / "artifacts").rglob("*") if path.is_file()}
    assert after == before


def test_a_report_of_what_is_there_is_the_same_and_a_changed_study_is_not_measured_for_it(finished: Path) -> None:
    before = report_of(finished)
    open_study(finished, Silent()).report()
    assert report_of(finished) == before
    text = (finished / "study.yaml").read_text()
    (finished / "study.yaml").write_text(text.replace("seed: 7", "seed: 8"))
    with pytest.raises(StudyError, match="registered otherwise"):
        open_study(finished, Silent()).report()
    (finished / "study.yaml").write_text(text)
    shutil.rmtree(next((finished / "artifacts").glob("ssd-probes-samples-*")))
    with pytest.raises(StudyError, match="not on disk"):
        open_study(finished, Silent()).report()


GATE_KEYS = {
    "study",
    "arm",
    "open",
    "rule",
    "summary",
    "conditions",
    "misses",
    "lift",
    "cost_of_non_overlap",
    "battery",
    "blocker",
    "rollback",
    "checkpoints",
}


def test_the_gate_of_a_finished_round_names_what_it_misses(finished: Path) -> None:
    gate = ["gate", str(finished), "--json"]
    shown = invoke(*gate)
    assert shown.code == 0
    answer = json.loads(shown.stdout)
    assert set(answer) == GATE_KEYS
    assert not answer["open"] and answer["rule"] == "non-overlap"
    assert {"fresh prompt pool", "fresh held-out slice"} <= set(answer["misses"])
    assert "samples from the round-1 model" not in answer["misses"]
    assert {"value", "low", "high", "n", "m"} <= set(answer["lift"]["delta"])

    rows = [json.loads(line) for line in (finished / "pool.jsonl").read_text().splitlines()]
    fresh = [row | {"task_id": f"new/{row['task_id']}", "prompt": f"Fresh words: {n}"} for n, row in enumerate(rows)]
    renamed = [row | {"task_id": f"again/{row['task_id']}"} for row in rows]
    other = [row | {"test": f"assert {row['entry_point']}(9) == {n + 90}"} for n, row in enumerate(fresh)]
    for name, problems in (("fresh", fresh), ("renamed", renamed), ("other", other)):
        (finished / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in problems))
    text = (finished / "study.yaml").read_text()

    def conditions(pool: str, heldout: str) -> dict[str, bool]:
        named = (
            f"round2: {{pool: {{tasks: jsonl, path: {pool}.jsonl}}, heldout: {{tasks: jsonl, path: {heldout}.jsonl}}}}"
        )
        (finished / "study.yaml").write_text(f"{text}{named}\n")
        told = json.loads(invoke(*gate).stdout)["conditions"]
        return {each["name"]: each["met"] for each in told}

    good = conditions("fresh", "other")
    assert good["fresh prompt pool"] and not good["fresh held-out slice"]  # the held-out prompts are the new pool's
    assert not conditions("renamed", "other")["fresh prompt pool"]
    assert not conditions("fresh", "heldout")["fresh held-out slice"]
    kinds = [json.loads(line)["kind"] for line in (finished / "ledger.jsonl").read_text().splitlines()]
    assert kinds.count("gate") == 4
    assert "CLOSED" in invoke(*gate[:2]).stdout


def test_training_without_a_registration_is_refused(make_study: MakeStudy) -> None:
    study = open_study(make_study("study"), Silent())
    with pytest.raises(StudyError, match="not pre-registered"):
        study.train("ssd")


def test_training_under_a_registration_that_no_longer_fits_is_refused(make_study: MakeStudy) -> None:
    folder = make_study("study")
    open_study(folder, Silent()).register("ssd")
    text = (folder / "study.yaml").read_text()
    (folder / "study.yaml").write_text(text.replace("learning_rate: 1.0e-3", "learning_rate: 2.0e-3"))
    with pytest.raises(StudyError, match="registered otherwise") as caught:
        open_study(folder, Silent()).train("ssd")
    assert any("0.001" in problem and "0.002" in problem for problem in caught.value.problems)


def test_training_on_an_edited_ledger_is_refused(make_study: MakeStudy) -> None:
    folder = make_study("study")
    open_study(folder, Silent()).register("ssd")
    ledger = folder / "ledger.jsonl"
    written = ledger.read_text()
    edited = written.replace("0.001", "0.002")
    assert edited != written
    ledger.write_text(edited)
    with pytest.raises(StoreError, match="has been altered"):
        open_study(folder, Silent()).train("ssd")


def test_a_threshold_is_not_moved_after_looking(make_study: MakeStudy) -> None:
    folder = make_study("study")
    open_study(folder, Silent()).sample("base")
    with (folder / "study.yaml").open("a") as handle:
        handle.write("thresholds: {gap: 0.01}\n")
    with pytest.raises(StudyError, match="changed after it was declared"):
        open_study(folder, Silent()).verdict()


def test_the_same_problems_under_two_names_are_refused(make_study: MakeStudy) -> None:
    folder = make_study("study")
    (folder / "pool.jsonl").write_text((folder / "heldout.jsonl").read_text())
    with pytest.raises(StudyError, match="nothing is left of the pool"):
        open_study(folder, Silent()).check()


@pytest.mark.parametrize(
    "stages",
    [
        ["ssd-model"],
        pytest.param(
            ["base-heldout-samples", "decode-only-greedy", "ssd-model", "ssd-heldout-samples", "ssd-probes"],
            marks=pytest.mark.slow,
        ),
    ],
    ids=["once", "five-times"],
)
def test_a_study_that_is_killed_ends_as_if_it_had_not_been(
    make_study: MakeStudy, finished: Path, stages: list[str]
) -> None:
    killed = make_study("killed")
    (killed / "study.yaml").write_text((finished / "study.yaml").read_text())
    command = [sys.executable, "-c", PROGRAM, "run", str(killed), "--arm", "ssd"]
    source = random.Random(3)
    kills = 0
    log = (killed.parent / "log").open("w+")
    environment = {**os.environ, "COLUMNS": "1000"}  # a line of the log is a line of ours
    for stage in stages:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True
        )
        while process.poll() is None:
            if any((killed / "artifacts").glob(f"{stage}*")):
                time.sleep(source.random() * 0.2)
                os.killpg(process.pid, signal.SIGKILL)
                kills += 1
                break
            time.sleep(0.005)
        process.wait()
    assert kills == len(stages)
    with log:
        log.seek(0)
        said = {line.split(maxsplit=1)[0] for line in log}
    ours = {"arithmetic:", "battery", "verdict:", "registered"}
    assert said == ours, "a log file holds our lines, and none of a library's"
    open_study(killed, Silent()).run(["ssd"])
    assert report_of(killed) == report_of(finished)
