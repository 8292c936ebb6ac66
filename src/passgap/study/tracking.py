"""A study's report to the experiment trackers that it declares: once for each state of the results.

A tracker that fails stops nothing: the results are in the study's folder, and the next run tries again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from typing import Any

from passgap.decisions.arm_outcome import OutcomeOfArm
from passgap.errors import StoreError
from passgap.records import Estimate, Measured, digest_of, digested
from passgap.records.tracked import TrackedRun
from passgap.report.study_report import ArmReport, CostLine, StudyReport
from passgap.store import read_json, write_json
from passgap.study.context import StudyContext
from passgap.tracking import SINKS
from passgap.tracking.base import cleaned, without_secrets

WRITTEN = "tracking.json"
"""Remembers, in the study's folder, what each tracker has been given."""

FILES = ("report.md", "report.html", "report.json", "ledger.jsonl")


def track(context: StudyContext, report: StudyReport) -> None:
    """Write a report to every declared tracker that does not have it yet, and say where it is or why it is not.

    Of a study that is only read, nothing is written.
    """
    declared = context.spec.tracking
    if context.read_only or not declared:
        return
    folder = context.folder.path
    run = cleaned(tracked_run(report, folder_files(context)))
    digest = digest_of({**digested(run), "files": []})
    known = _written(context)
    for name, section in declared.items():
        if known.get(name) == digest_of([digest, digested(section)]):
            continue
        sink = SINKS[name]
        try:
            with redirect_stdout(io.StringIO()):  # standard output is the command's own
                place = sink.write(section, run, folder)
        except Exception as error:  # noqa: BLE001 - a client may raise anything, and none stops a study
            context.note(f"{name} was not written: {_reason(error, sink.requirement)}")
            continue
        known[name] = digest_of([digest, digested(section)])
        write_json(folder / WRITTEN, known)
        context.note(f"{name}: {without_secrets(place)}")


def folder_files(context: StudyContext) -> tuple[Any, ...]:
    """The report and the ledger, as far as they are there."""
    return tuple(path for name in FILES if (path := context.folder.path / name).exists())


def tracked_run(report: StudyReport, files: tuple[Any, ...] = ()) -> TrackedRun:
    """A report as flat names and numbers; a delta is never there without battery and slices."""
    metrics: dict[str, float] = {}
    tags = {"verdict": report.base.verdict.verdict.value, "rehearsal": str(report.setup.rehearsal).lower()}
    if report.base.verdict.other is not None:
        tags["verdict_other"] = report.base.verdict.other.label
    for name, measured in _figures(report):
        _put(name_of(name), measured, metrics, tags)
    for arm in report.arms:
        tags[name_of(f"{arm.arm}/outcome")] = OutcomeOfArm(arm.judgement.outcome).value
        for probe in arm.battery.outcomes:
            tags[name_of(f"{arm.arm}/battery/{probe.probe}")] = probe.status.value
    for name, lines in _costs(report):
        metrics[name_of(f"{name}/device_hours")] = sum(line.hours for line in lines)
        metrics[name_of(f"{name}/money")] = sum(line.money for line in lines)
    facts = [*report.setup.facts, *report.provenance]
    parameters = {name_of(each.label): each.text for each in facts}
    return TrackedRun(
        name=report.setup.study,
        parameters={"model": report.setup.model, "currency": report.setup.currency, **parameters},
        metrics=metrics,
        tags=tags,
        files=files,
    )


def name_of(text: str) -> str:
    """A name that every tracker takes: ``pass@1`` becomes ``pass_at_1``."""
    return re.sub(r"[^\w./-]+", "_", text.replace("@", "_at_")).strip("_")


def _figures(report: StudyReport) -> Iterator[tuple[str, Measured]]:
    table = report.base.table
    yield from ((f"base/{name}", each) for name, each in table.overall.items())
    for part, row in table.slices.items():
        yield from ((f"base/slices/{part}/{name}", each) for name, each in row.items())
    for arm in report.arms:
        yield from _figures_of(arm)
    control = report.decode_only
    if control is not None:
        yield from ((f"decode-only/delta/{name}", each) for name, each in control.comparison.delta.overall.items())
        yield from ((f"decode-only/drift/{each.probe}", each.drift) for each in control.battery.outcomes)


def _figures_of(arm: ArmReport) -> Iterator[tuple[str, Measured]]:
    delta = arm.comparison.delta
    yield from ((f"{arm.arm}/{name}", each) for name, each in arm.comparison.tuned.overall.items())
    yield from ((f"{arm.arm}/delta/{name}", each) for name, each in delta.overall.items())
    for part, row in delta.slices.items():
        yield from ((f"{arm.arm}/delta/slices/{part}/{name}", each) for name, each in row.items())
    yield from ((f"{arm.arm}/drift/{each.probe}", each.drift) for each in arm.battery.outcomes)


def _costs(report: StudyReport) -> Iterator[tuple[str, tuple[CostLine, ...]]]:
    yield "study", report.costs
    yield "base", report.base.costs
    yield from ((arm.arm, arm.costs) for arm in report.arms)


def _put(name: str, measured: Measured, metrics: dict[str, float], tags: dict[str, str]) -> None:
    """A number with its interval and sizes; what could not be measured is a tag with the reason, and no number."""
    if not isinstance(measured, Estimate):
        tags[f"{name}.insufficient"] = measured.insufficient
        return
    ends: Mapping[str, float] = {"": measured.value, ".low": measured.low, ".high": measured.high}
    sizes: Mapping[str, float] = {".level": measured.level, ".n": measured.n, ".m": measured.m}
    metrics.update({f"{name}{end}": float(value) for end, value in {**ends, **sizes}.items()})


def _written(context: StudyContext) -> dict[str, Any]:
    path = context.folder.path / WRITTEN
    try:
        known = read_json(path) if path.exists() else {}
    except StoreError:
        known = {}
    return known if isinstance(known, dict) else {}


def _reason(error: Exception, requirement: str) -> str:
    if isinstance(error, ImportError):
        return f"{error.name} is not installed. `pip install '{requirement}'`, and run again; nothing is measured anew."
    told = without_secrets(" ".join(str(error).split()))[:500]
    return f"{type(error).__name__}: {told}. The study is complete in its folder; the next run tries again."
