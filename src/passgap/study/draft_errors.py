"""Faults in the data that a study names, as far as a study with other faults names any."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StoreError, StudyError
from passgap.paths import AnyPath
from passgap.spec import Draft, StudySpec, TaskSource
from passgap.study.chat_template import refuse_without_template
from passgap.study.collected_errors import CollectedErrors
from passgap.study.model_folder import refuse_without_model
from passgap.study.own_prompt_sets import own_prompt_sets
from passgap.study.race.arms import refuse_untrained_in_race
from passgap.study.splits import load_declared, load_external, load_set, require_enough_to_mix
from passgap.study.tuned_base import refuse_tuned_base
from passgap.tasks import TaskSet, refuse_unknown, subset


def faults_of_draft(draft: Draft, root: AnyPath) -> list[str]:
    """List the faults of the data that a study names, as far as a study with other faults names any."""
    root, sections = Path(root), draft.sections
    faults = CollectedErrors(incomplete=True)
    spec = StudySpec.model_construct(**sections).written_in(draft.first_form)
    for name in StudySpec.model_fields.keys() - sections.keys():
        spec.__dict__.pop(name, None)
    _, _, pool, mix = load_declared(spec, root, faults, _load_partly)
    if pool and mix:
        faults.of(lambda: require_enough_to_mix(mix, mix, subset(pool, spec.pool.limit), spec))
    load_external(spec, root, faults)
    declared_faults(spec, root, faults)
    return faults.told


def declared_faults(spec: StudySpec, root: Path, faults: CollectedErrors) -> None:
    """Collect what can be known without the study's problems: of its model, of the sets that round 2 names, and of the
    finished studies that it learns from."""
    faults.of(lambda: refuse_without_model(spec))
    faults.of(lambda: refuse_tuned_base(spec))
    faults.of(lambda: refuse_untrained_in_race(spec))
    faults.of(lambda: refuse_without_template(spec))
    faults.of(lambda: own_prompt_sets(spec, root))
    faults.of(lambda: _refuse_unknown(spec.development.source), "development.source")
    faults.of(lambda: _refuse_unknown(spec.round2.pool), "round2.pool")
    faults.of(lambda: _refuse_unknown(spec.round2.heldout), "round2.heldout")
    faults.of(lambda: _refuse_unread(spec.diagnostics.track_record, root), "diagnostics.track_record")


def _refuse_unknown(source: TaskSource | None) -> None:
    """Refuse a set that there is not; its file may still be to come."""
    if source is not None:
        for scoring in (source.scoring, source.also_scored):
            refuse_unknown(source.tasks, split=source.split, path=source.path, window=source.window, scoring=scoring)


def _refuse_unread(studies: tuple[str, ...], root: Path) -> None:
    """Refuse folders, relative to the study's, that hold no ledger from which a track record could be read."""
    if not studies:
        return
    from passgap.study.track_record import track_record  # noqa: PLC0415 - it loads numpy, which few checks need

    try:
        track_record(*(root / each for each in studies))
    except StoreError as error:
        raise StudyError(error.summary, error.problems) from error


def _load_partly(source: TaskSource, root: Path) -> TaskSet:
    """The problems of a source of which fields other than its name may be unknown: all that there are."""
    path, split = getattr(source, "path", None), getattr(source, "split", None)
    return load_set(TaskSource(tasks=source.tasks, path=path, split=split), root)
