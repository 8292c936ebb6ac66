"""Training elsewhere: an arm's job is handed over, and the checkpoint that comes back takes its place in the study.

Both carry the arm out as it is registered up to the moment when its trainer would begin. So what is exported is what
would be trained on here, and what is imported is the artifact that training here would have made, with declared hours.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, overload

from pydantic import JsonValue

from passgap.arms import Candidate, arm_of
from passgap.errors import StudyError
from passgap.ports import (
    Clock,
    DeclaredTraining,
    Export,
    ExportRequest,
    FineTuneJob,
    FolderModel,
    Trainer,
    TrainResult,
)
from passgap.stages import StageContext
from passgap.store import Artifact, ModelArtifact, StudyFolder
from passgap.store.artifacts import KindOfArtifact
from passgap.store.index import MANIFEST, read_manifest
from passgap.study.context import StudyContext
from passgap.study.lab import StudyLab
from passgap.study.tuned_base import refuse_later_round

EXPORT = "export"
IMPORT = "imported-checkpoint"
"""Kinds of ledger entries."""


def export_arm(lab: StudyLab, arm: str, target: str, folder: Path) -> Export:
    """Write what a registered arm trains on, and how, for those who train elsewhere; samples that lack are drawn.

    Raises:
        StudyError: the arm is not registered as it stands.
        EngineError: the target does not train such jobs, or the folder holds something.
    """
    context, section = lab.context, arm_of(arm).section_of(lab.spec)
    entry = lab.registration(arm)
    with TemporaryDirectory(prefix="passgap-export-") as apart:
        try:
            arm_of(arm).produce(section, _HandingOver.of(lab, Path(apart)))
        except _JobReady as ready:
            job = ready.job
        else:
            raise AssertionError(f"the arm {arm} was made without a trainer")
    request = ExportRequest(
        format=target,
        folder=folder,
        study=lab.spec.name,
        arm=arm,
        base_model=lab.spec.model.id,
        base_digest=lab.model_digest(lab.base_folder()),
        registration=entry.hash,
    )
    export = context.services.export_job(job, request)
    context.record_once(
        EXPORT,
        {
            "arm": arm,
            "seed": lab.seed,
            "target": target,
            "registration": entry.hash,
            "examples": export.examples,
        },
    )
    return export


def import_arm(lab: StudyLab, arm: str, declared: DeclaredTraining) -> Candidate:
    """Take a checkpoint that was trained elsewhere for a registered arm, with the hours that are declared for it.

    Taking the same checkpoint with the same hours again changes nothing.

    Raises:
        StudyError: the arm is not registered as it stands, was trained already, another checkpoint was imported, or a
            study trained this one from another model.
        EngineError: the checkpoint is none of the base model.
    """
    context, section = lab.context, arm_of(arm).section_of(lab.spec)
    refuse_later_round(declared.checkpoint, lab.model_digest(lab.base_folder()))
    entry = lab.registration(arm)
    importing = _Importing.of(lab, declared)
    candidate = arm_of(arm).produce(section, importing)
    made = imported_with(candidate)
    _refuse_other(arm, made, declared, context)
    context.record_once(
        IMPORT,
        {
            "arm": arm,
            "seed": lab.seed,
            "registration": entry.hash,
            "model": context.services.model_digest(candidate.checkpoint),
            **{name: value for name, value in (made or {}).items() if name != "source"},
        },
    )
    return candidate


def imported_with(candidate: Candidate) -> Mapping[str, JsonValue] | None:
    """The declaration of a candidate's training where it was run elsewhere; None where it was run here."""
    if not isinstance(candidate.model, FolderModel) or candidate.training is None:
        return None
    declared = read_manifest(candidate.model.folder.parent / MANIFEST).facts.get("imported")
    return declared if isinstance(declared, dict) and declared else None


def with_declared_hours(candidate: Candidate) -> Candidate:
    """The candidate, whose facts say so where its hours were declared and not metered."""
    made = imported_with(candidate)
    if made is None:
        return candidate
    device = f" on {made['device']}" if made.get("device") else ""
    text = (
        f"elsewhere, for {made['hours']:g} device-hours{device}: declared, not metered. The weights are those of a "
        f"checkpoint with the digest {str(made['checkpoint'])[:12]}; counts of examples and updates are those of the "
        f"registered recipe"
    )
    return replace(candidate, facts=(*candidate.facts, ("trained", text)))


def _refuse_other(
    arm: str, made: Mapping[str, JsonValue] | None, declared: DeclaredTraining, context: StudyContext
) -> None:
    """Refuse a checkpoint in the place of one that is there.

    Raises:
        StudyError: there is one.
    """
    if made is None:
        raise StudyError(
            f"the arm `{arm}` was trained here already",
            ["A study has one checkpoint of an arm. Import the other one into a study folder of its own."],
        )
    now = {
        "checkpoint": context.services.model_digest(declared.checkpoint),
        "hours": declared.hours,
        "device": declared.device,
    }
    changes = [f"{name}: {made.get(name)} then, {value} now" for name, value in now.items() if made.get(name) != value]
    if changes:
        raise StudyError(
            f"another checkpoint was imported for the arm `{arm}` before",
            [*changes, "What was imported stays. Import the other one into a study folder of its own."],
        )


class _JobReady(Exception):  # noqa: N818 - it is the way out of an arm that has made its job
    def __init__(self, job: FineTuneJob) -> None:
        super().__init__(job.kind)
        self.job = job


@dataclass(frozen=True)
class _Handover:
    """A trainer that hands its job over instead of training; what is measured before that is measured here."""

    real: Callable[[], Trainer[Any]]

    def train(self, job: FineTuneJob, **options: Any) -> TrainResult:
        if job.trains:
            raise _JobReady(job)
        return self.real().train(job, **options)


class _Apart(StudyFolder):
    """A study's folder in which no model was trained yet: models are looked for, and begun, in another place."""

    def __init__(self, path: Path, apart: Path) -> None:
        super().__init__(path)
        self._models = StudyFolder(apart)

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue]) -> Artifact: ...

    @overload
    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[KindOfArtifact]) -> KindOfArtifact: ...

    def artifact(self, name: str, inputs: Mapping[str, JsonValue], kind: type[Artifact] = Artifact) -> Artifact:
        """The artifact; of a model, the one in the other place."""
        if kind is ModelArtifact:
            return self._models.artifact(name, inputs, kind)
        return super().artifact(name, inputs, kind)


@dataclass(frozen=True, kw_only=True)
class _HandingOver(StudyLab):
    """A lab whose trainer hands its job over."""

    apart: Path

    @classmethod
    def of(cls, lab: StudyLab, apart: Path) -> _HandingOver:
        return cls(**vars(lab), apart=apart)

    @property
    def stage(self) -> StageContext:
        return replace(self.context.stage, folder=_Apart(self.context.folder.path, self.apart))

    def trainer(self, kind: str) -> Trainer[Any]:
        return _Handover(partial(super().trainer, kind))


class _DeclaredClock:
    """A clock that stands still while a checkpoint is taken, and then goes on by the declared hours."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._shift = clock, 0.0
        self._since: float | None = None

    def now(self) -> dt.datetime:
        return self._clock.now()

    def monotonic(self) -> float:
        read = self._clock.monotonic() if self._since is None else self._since
        return read + self._shift

    def stop(self) -> None:
        self._since = self._clock.monotonic()

    def go_on(self, seconds: float) -> None:
        """Continue, so many seconds later than it was stopped."""
        if self._since is not None:
            self._shift += seconds + self._since - self._clock.monotonic()
            self._since = None


@dataclass(frozen=True)
class _Adopting:
    """A trainer that takes a checkpoint instead of training."""

    lab: _Importing
    real: Callable[[], Trainer[Any]]

    def train(self, job: FineTuneJob, **options: Any) -> TrainResult:
        if not job.trains:
            return self.real().train(job, **options)
        clock, taken = self.lab.clock, False
        clock.stop()
        try:
            result = self.lab.context.computing.adopt_checkpoint(job, self.lab.declared)
            taken = True
        finally:
            clock.go_on(self.lab.declared.hours * 3600.0 if taken else 0.0)
        return result


@dataclass(frozen=True, kw_only=True)
class _Importing(StudyLab):
    """A lab whose trainer takes a checkpoint."""

    declared: DeclaredTraining
    clock: _DeclaredClock

    @classmethod
    def of(cls, lab: StudyLab, declared: DeclaredTraining) -> _Importing:
        return cls(**vars(lab), declared=declared, clock=_DeclaredClock(lab.context.services.clock))

    @property
    def stage(self) -> StageContext:
        return replace(self.context.stage, clock=self.clock)

    def trainer(self, kind: str) -> Trainer[Any]:
        return _Adopting(self, partial(super().trainer, kind))
