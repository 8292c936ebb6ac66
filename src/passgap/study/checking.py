"""Intake: read the study that a folder states, and check its two task sets against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import Field

from passgap.arms import ARMS
from passgap.errors import StudyError
from passgap.languages import RULES
from passgap.models.parameters import parameters_in
from passgap.paths import AnyPath
from passgap.probes import probe_tolerances, readers_here, readers_told, tolerances_by_probe
from passgap.records import Record
from passgap.spec import Draft, Intake, ServerEngine, StudySpec, Tables, draft_study, intake_of
from passgap.spec import parse_study as parse_with_tables
from passgap.spec.pilot_refusals import too_few_problems
from passgap.study.assumed_costs import ASSUMPTION, assumed_hours
from passgap.study.chat_template import refuse_without_template
from passgap.study.collected_errors import CollectedErrors
from passgap.study.declared_doses import declared_doses
from passgap.study.development import development_set
from passgap.study.draft_errors import declared_faults, faults_of_draft
from passgap.study.parameter_count import flags_of
from passgap.study.problem_flags import flags_of_problems
from passgap.study.rounding_flags import flags_of_rounding
from passgap.study.splits import load_splits_of
from passgap.tasks.licences import share_alike
from passgap.tasks.splits import Splits
from passgap.tracking import SINKS


class Checked(Record):
    """The findings of intake on a valid study."""

    study: str
    digest: str
    heldout: int
    pool: int
    removed: int
    before_cutoff: int
    """Held-out problems that are dated no later than the model's cutoff, measured or removed as the study declares."""
    flags: tuple[str, ...]
    mixed: int = 0
    """Examples that can be mixed in."""
    mixed_removed: int = 0
    external: dict[str, int] = Field(default_factory=dict)
    """Examples of external data that can be trained on, by arm."""
    external_removed: dict[str, int] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """Notes on fields that are read in another form than they are written in, with the same meaning."""
    estimated_hours: dict[str, float] = Field(default_factory=dict)
    """Device-hours by part of the budget, from the declared parameters: nothing has been measured."""


def tables() -> Tables:
    """The tables of names that a study can use: the arms and the tolerances of the probes that are installed."""
    trackers = {name: each.Section for name, each in SINKS.items()}
    return Tables(
        arms=ARMS,
        tolerances=probe_tolerances(),
        probes=tolerances_by_probe(),
        trackers=trackers,
        metrics=_metrics,
    )


def _metrics() -> tuple[str, ...]:
    from passgap.promotion.metrics import METRICS  # noqa: PLC0415 - most studies declare no guardrails

    return tuple(METRICS)


def parse_study(text: str, where: str = "study.yaml") -> Intake:
    """Read a study from its YAML text.

    Raises:
        StudyError: everything that is missing or wrong, each with why it is needed and an example.
    """
    return parse_with_tables(text, where, tables=tables())


def read_study(path: AnyPath) -> tuple[Intake, Path]:
    """Read the study in a folder, or the one that a ``study.yaml`` states; returns it with its folder.

    Raises:
        StudyError: there is no study, or everything that is wrong with it.
    """
    text, file = _text_of(path)
    return parse_study(text, str(file)), file.parent


def _text_of(path: AnyPath) -> tuple[str, Path]:
    given = Path(path)
    file = given if given.is_file() else given / "study.yaml"
    if not file.is_file():
        raise StudyError(f"there is no study in {given}", ["`passgap init FOLDER` writes one to begin with."])
    try:
        return file.read_text(encoding="utf-8"), file
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{file} cannot be read", [f"{error}. A study is YAML in UTF-8."]) from error


def check_study(path: AnyPath) -> Checked:
    """Check the study in a folder: what ``passgap check`` says. No engine, sandbox or estimator is loaded for it.

    Raises:
        StudyError: there is no study, or everything that is wrong with it and with the data that it names.
    """
    text, file = _text_of(path)
    draft = draft_study(text, str(file), tables=tables())
    late = tuple(_cutoff_to_come(draft))
    draft = replace(draft, problems=(*draft.problems, *late))
    intake = intake_of(draft, str(file), faults_of_draft(draft, file.parent) if draft.problems else (), tables=tables())
    spec = intake.spec
    counted = None if isinstance(spec.engine, ServerEngine) else parameters_in(Path(spec.model.id).expanduser())
    faults = CollectedErrors()
    declared_faults(spec, file.parent, faults)
    splits = load_splits_of(spec, file.parent, faults)
    if spec.pilot is not None or any(declared_doses(spec, name) for name in spec.arms):
        there = len(development_set(spec, file.parent, splits).problems)
        if spec.pilot is not None and (few := list(too_few_problems(spec.pilot, there))):
            raise StudyError(f"{file}: the study has too few development problems", few)
    return checked(intake, splits, counted)


def _cutoff_to_come(draft: Draft) -> Iterator[str]:
    """Refuse a cutoff after this month: no model was trained on what is yet to be written."""
    cutoff, today = getattr(draft.sections.get("model"), "cutoff", None), dt.datetime.now(dt.UTC).date()
    if cutoff is not None and (cutoff.year, cutoff.month) > (today.year, today.month):
        yield (
            f"model.cutoff: {cutoff} is still to come, and every problem would count as one that the model may have "
            f"been trained on. Example: `cutoff: 2024-06`."
        )


def checked(intake: Intake, splits: Splits, counted: int | None) -> Checked:
    """Return the findings of intake and of the splits, and whether the weights hold as many parameters as declared.

    Raises:
        StudyError: a chat model's tokenizer is at hand and has no chat template.
    """
    refuse_without_template(intake.spec)
    hours = assumed_hours(intake.spec, len(splits.heldout.problems), len(splits.pool.problems))
    return Checked(
        study=intake.spec.name,
        digest=intake.spec.digest,
        heldout=len(splits.heldout.problems),
        pool=len(splits.pool.problems),
        removed=splits.removed,
        before_cutoff=splits.before_cutoff + splits.heldout_removed,
        flags=(
            *flags_of(intake, counted),
            *_beyond_budget(intake, hours),
            *flags_of_rounding(intake.spec, splits),
            *_shared_alike(splits),
            *flags_of_problems(intake.spec, splits),
        ),
        mixed=len(splits.mix.examples) if splits.mix else 0,
        mixed_removed=splits.mix_removed,
        external={name: len(each.data.examples) for name, each in splits.external.items()},
        external_removed={name: each.removed for name, each in splits.external.items()},
        notes=(*intake.notes, *_read_from(splits), *_held_back(splits), *_readers(intake.spec)),
        estimated_hours=hours,
    )


def _shared_alike(splits: Splits) -> Iterator[str]:
    """Flag problems of the pool whose licence may reach what is made of them."""
    for licence, number in share_alike(splits.pool.problems).items():
        yield (
            f"pool: {number} problems are under {licence}, a share-alike licence: a model that is trained on samples "
            f"for them may have to be passed on under the same one."
        )


def _readers(spec: StudySpec) -> Iterator[str]:
    """Say by what the battery reads code in languages other than Python, if the study were declared now."""
    if readers := readers_here(spec.task_family.languages):
        brings = " (`pip install 'passgap[trees]'` brings grammars)" if RULES in readers.values() else ""
        yield f"battery: {readers_told(readers)}{brings}"


def _read_from(splits: Splits) -> Iterator[str]:
    """Say from which columns external data are read."""
    for name, each in splits.external.items():
        if each.data.columns:
            told = ", ".join(f"{columns} ({rows} rows)" for columns, rows in each.data.columns.items())
            yield f"arms.{name}.data: {each.data.name} is read from {told}"


def _held_back(splits: Splits) -> Iterator[str]:
    """Say how many problems of the pool no arm samples."""
    if splits.held_back:
        yield (
            f"development.hold_back: {len(splits.held_back)} problems of the pool are for choosing settings, and "
            f"{len(splits.pool.problems)} are left to sample and train on"
        )


def _beyond_budget(intake: Intake, hours: Mapping[str, float]) -> Iterator[str]:
    """Flag each part of the budget that the estimate, a low one, does not fit into."""
    budget = intake.spec.budget
    for part, needed in hours.items():
        declared = getattr(budget.hours, part)
        if needed > declared:
            yield (
                f"budget.hours.{part}: {declared:.3g} declared, and at least {needed:.3g} needed, in device-hours on a "
                f"good {budget.device} ({ASSUMPTION}). Raise the hours, ask for less, or use a smaller model."
            )
