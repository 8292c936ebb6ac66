"""The dose curve of an arm: the base model, the models that its fine-tune kept on the way and the last one, on the
study's development problems. It is charged to the arm, and decides nothing: which model is compared was declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from passgap.arms import Candidate
from passgap.arms.development import Point, measure_points
from passgap.errors import NotOnDiskError
from passgap.estimates import Counts, counts_from_results
from passgap.ports import FolderModel, ModelReference
from passgap.records import ModelManifest, Problem, digest_of, digested
from passgap.spec.fine_tuning import UpdatesSection
from passgap.stages import StageCost, cost_of
from passgap.store import ResultsArtifact, select
from passgap.store.index import MANIFEST, read_manifest
from passgap.store.kinds import KEPT
from passgap.study.declared_doses import BASE_DEVELOPMENT, declared_doses, dose_name, dose_samples
from passgap.study.development import development_to_run
from passgap.study.lab import StudyLab
from passgap.study.repetitions import Repetition


@dataclass(frozen=True)
class Dose:
    """One model of a dose curve."""

    share: float
    """Of the declared updates: 0 for the base model, 1 for the last one."""
    updates: int
    counts: Counts


@dataclass(frozen=True)
class _Asked:
    """One model that is to be measured."""

    share: float
    updates: int
    model: ModelReference
    point: Point


def development_of(lab: StudyLab, arm: str) -> tuple[Problem, ...]:
    """The problems that an arm's dose curve is measured on; none where it has none, or the study is only read.

    Raises:
        StudyError: the study has too few.
    """
    if lab.context.read_only or declared_doses(lab.spec, arm) is None:
        return ()
    return development_to_run(lab.context, lab.splits).problems


def measure_doses(
    lab: StudyLab, candidate: Candidate, repetition: Repetition, problems: tuple[Problem, ...]
) -> tuple[tuple[Dose, ...], tuple[StageCost, ...]]:
    """The dose curve of a candidate with the cost of its samples and of running them; what is on disk is kept.

    A fine-tune that was run elsewhere kept no model on the way, and one that ended early fewer than were declared. Of a
    study that is only read, the models that were not measured are left out.

    Args:
        lab: in which the arm was carried out.
        candidate: the arm's.
        repetition: of the arm.
        problems: as :func:`development_of` gives them.

    Raises:
        EngineError, ExecutionError, StoreError: a step failed; its finished shards are kept.
    """
    training = declared_doses(lab.spec, candidate.arm)
    if training is None or not isinstance(candidate.model, FolderModel):
        return (), ()
    doses: list[Dose] = []
    costs: list[StageCost] = []
    for each in _asked(lab, candidate.model, repetition, training):
        if lab.context.read_only:
            with suppress(NotOnDiskError):
                dose, spent = _read(lab, each)
                doses.append(dose)
                costs += spent
            continue
        [evaluation] = measure_points(each.model, [each.point], problems, lab)
        doses.append(Dose(each.share, each.updates, evaluation.counts))
        costs += evaluation.costs
    return tuple(doses), tuple(costs)


def _asked(lab: StudyLab, model: FolderModel, repetition: Repetition, training: UpdatesSection) -> Iterator[_Asked]:
    artifact = model.folder.parent
    manifest = read_manifest(artifact / MANIFEST).read_as(ModelManifest)
    samples, production = dose_samples(training, lab.spec), lab.spec.production_decoding

    def asked(share: float, updates: int, of: ModelReference, name: str) -> _Asked:
        return _Asked(share, updates, of, Point(name=name, decoding=production, samples=samples))

    yield asked(0.0, 0, lab.base_model(), BASE_DEVELOPMENT)
    for kept in manifest.kept:
        folder = FolderModel(folder=artifact / KEPT / kept.name)
        yield asked(kept.share, kept.step, folder, dose_name(repetition, kept.share))
    yield asked(1.0, manifest.steps, model, dose_name(repetition, 1.0))


def _read(lab: StudyLab, asked: _Asked) -> tuple[Dose, tuple[StageCost, ...]]:
    """A model of a study that is only read, by what was measured of it last, with the cost.

    Raises:
        NotOnDiskError: nothing was.
    """
    index = lab.stage.folder.index()
    wanted = {
        "decoding": digested(asked.point.decoding),
        "per_prompt": asked.point.samples,
        "engine.model_digest": lab.model_digest(_folder(asked.model)),
    }
    for drawn in reversed(select(index, f"{asked.point.name}-samples", wanted)):
        ran = select(index, f"{asked.point.name}-results", {"samples": digest_of(drawn.inputs)})
        if ran:
            results = ResultsArtifact(ran[-1].folder, ran[-1].name, ran[-1].inputs)
            dose = Dose(asked.share, asked.updates, counts_from_results(results.results()))
            return dose, (cost_of(drawn), cost_of(ran[-1]))
    raise NotOnDiskError


def _folder(model: ModelReference) -> Path:
    assert isinstance(model, FolderModel), "weights are here where a model was trained"
    return model.folder
