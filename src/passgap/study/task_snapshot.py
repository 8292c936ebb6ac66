"""The problems of a study as they were when they were measured, kept with its artifacts.

A task file may be moved, a set on the hub may be out of reach, and a later version of passgap may ship other problems
or compare them by other rules: what was measured is read with the problems that it was measured on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from pydantic import JsonValue

from passgap.records import Problem, TasksManifest, digest_of, digested
from passgap.spec import StudySpec
from passgap.store import TasksArtifact, read_json, select, write_json, write_text
from passgap.study.context import StudyContext
from passgap.study.declared_arms import declared_arms, possible_sections
from passgap.study.splits import file_of, load_splits
from passgap.tasks import ContaminationLog, ExampleSet, MixSet, TaskSet
from passgap.tasks.fill_marks import FillMarks
from passgap.tasks.instruction_data import files_at
from passgap.tasks.splits import ExternalData, Splits

NAME = "study-tasks"
_SETS = ("heldout", "pool")
_INFILL = ("infill", "infill_order")
_MIX, _EXTERNAL = "mix.json", "data-{}.json"


def keep_splits(context: StudyContext, splits: Splits) -> TasksArtifact:
    """Write the problems and what was found of them, unless these very ones are there."""
    inputs: dict[str, JsonValue] = {
        **_declared(context),
        "files": _files(context),
        "problems": {**digests_of(splits)},
        "contamination": digest_of(splits.contamination),
        **({"marks": digested(splits.marks)} if splits.marks else {}),
        **({"mixed": splits.mix.digest} if splits.mix else {}),
        **({"trained_on": {name: _digest(each) for name, each in splits.external.items()}} if splits.external else {}),
    }
    artifact = context.folder.artifact(NAME, inputs, TasksArtifact)
    if artifact.complete:
        return artifact
    artifact.begin()
    for name in _SETS:
        lines = (json.dumps(digested(problem)) + "\n" for problem in getattr(splits, name).problems)
        write_text(artifact.path(f"{name}.jsonl"), "".join(lines))
    write_json(artifact.path("contamination.json"), digested(splits.contamination))
    if splits.mix is not None:
        write_json(artifact.path(_MIX), digested(splits.mix))
    for name, external in splits.external.items():
        write_json(
            artifact.path(_EXTERNAL.format(name)),
            {
                "data": digested(external.data),
                "contamination": digested(external.contamination),
                "removed": external.removed,
            },
        )
    artifact.finish(
        TasksManifest(
            sets={name: getattr(splits, name).name for name in _SETS},
            counts={
                field.name: getattr(splits, field.name)
                for field in fields(splits)
                if isinstance(getattr(splits, field.name), int)
            },
        )
    )
    return artifact


def recorded_splits(context: StudyContext) -> Splits:
    """The problems that were measured; as they are now where none were kept, or where a file that is here has changed.

    Raises:
        StudyError: none were kept, and they cannot be loaded.
    """
    now = _files(context)
    for entry in reversed(select(context.folder.index(), NAME, _declared(context))):
        then = entry.inputs.get("files")
        if isinstance(then, dict) and all(then.get(name) == digest for name, digest in now.items()):
            return _read(TasksArtifact(entry.folder, NAME, entry.inputs))
    return load_splits(context)


def kept_splits(context: StudyContext, problems: Mapping[str, str]) -> Splits | None:
    """The problems that were kept under these digests of both sets; None where they are not there as they were."""
    for entry in select(context.folder.index(), NAME, {"problems": dict(problems)}):
        splits = _read(TasksArtifact(entry.folder, NAME, entry.inputs))
        if digests_of(splits) == dict(problems):
            return splits
    return None


def digests_of(splits: Splits) -> dict[str, str]:
    """The digests of both sets of problems, by the names under which they are kept."""
    return {name: getattr(splits, name).digest for name in _SETS}


def _read(artifact: TasksArtifact) -> Splits:
    manifest = artifact.manifest
    heldout, pool = (
        TaskSet(name=manifest.sets[name], problems=_problems(artifact.path(f"{name}.jsonl"))) for name in _SETS
    )
    log = ContaminationLog.model_validate(read_json(artifact.path("contamination.json")))
    known: Mapping[str, JsonValue] = {
        field.name: manifest.counts[field.name] for field in fields(Splits) if field.name in manifest.counts
    }
    mix = MixSet.model_validate(read_json(artifact.path(_MIX))) if "mixed" in artifact.inputs else None
    named = artifact.inputs.get("trained_on")
    external = {name: _read_external(artifact.path(_EXTERNAL.format(name))) for name in named or ()}  # type: ignore[union-attr]
    marks = FillMarks.model_validate(artifact.inputs["marks"]) if "marks" in artifact.inputs else None
    return Splits(
        heldout=heldout,
        pool=pool,
        contamination=log,
        marks=marks,
        mix=mix,
        external=external,  # type: ignore[arg-type]
        **known,  # type: ignore[arg-type]
    )


def _read_external(path: Path) -> ExternalData:
    kept = read_json(path)
    return ExternalData(
        data=ExampleSet.model_validate(kept["data"]),
        contamination=ContaminationLog.model_validate(kept["contamination"]),
        removed=kept["removed"],
    )


def _digest(external: ExternalData) -> str:
    return digest_of([external.data, external.contamination, external.removed])


def _problems(path: Path) -> tuple[Problem, ...]:
    with path.open(encoding="utf-8", errors="surrogatepass") as lines:
        return tuple(Problem.model_validate(json.loads(line)) for line in lines)


def _declared(context: StudyContext) -> dict[str, JsonValue]:
    """Return the study's declarations that concern its problems."""
    spec = context.spec
    model = digested(spec.model)
    return {
        "heldout": digested(spec.heldout),
        "pool": digested(spec.pool),
        "mix": _mixed(spec),
        **({"external": external} if (external := _external(spec)) else {}),
        **({"hold_back": spec.development.hold_back} if spec.development.hold_back else {}),
        "begun": spec.begins_answers,
        "cutoff": {name: model[name] for name in ("cutoff", "before_cutoff") if name in model},
        **({"infill": asked} if (asked := {each: model[each] for each in _INFILL if each in model}) else {}),
    }


def _files(context: StudyContext) -> dict[str, JsonValue]:
    """The hashes of the files of problems and examples that the study names and that are here."""
    spec = context.spec
    mixed = _mixed(spec)
    named = {each for each in (*(source.path or source.tasks for source in (spec.heldout, spec.pool)), mixed) if each}
    files = {name: file_of(name, context.folder.path) for name in sorted(named)}
    for place in _external(spec).values():
        files |= {f"{place}: {path.name}": path for path in files_at(str(place), context.folder.path)}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items() if path is not None}


def _external(spec: StudySpec) -> dict[str, JsonValue]:
    """The data of other origin that the study's arms train on, by arm."""
    return {arm.name: place for arm, section in declared_arms(spec) if (place := arm.data(section)) is not None}


def _mixed(spec: StudySpec) -> str | None:
    """The file of instruction data that the study's arms mix in."""
    declared = (arm.mix(section, 0) for arm, section in possible_sections(spec))
    return next((mix[0] for mix in declared if mix is not None), None)
