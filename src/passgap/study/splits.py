"""Load the problems of a study, and clean the pool of what is too close to the held-out set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passgap.arms import ARMS, Arm
from passgap.arms.base import POOL_REFERENCES
from passgap.arms.development import development_problems
from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.recipes import mixed_among
from passgap.records import Problem
from passgap.spec import MINIMUM_HELDOUT, StudySpec, TaskSource
from passgap.spec.base_model import ModelSection
from passgap.study.collected_errors import CollectedErrors
from passgap.study.declared_arms import DeclaredProblems, declared_arms, possible_sections
from passgap.study.fill_marks import fill_marks
from passgap.tasks import (
    SOURCES,
    ContaminationLog,
    ExampleSet,
    MixSet,
    TaskSet,
    clean_mix,
    clean_pool,
    find_contamination,
    find_mix_contamination,
    load_examples,
    load_mix,
    load_tasks,
    reference_examples,
    refuse_judged_inside,
    refuse_without_toolchain,
    task_set,
    within_training_data,
)
from passgap.tasks.example_rows import read_pair, read_row
from passgap.tasks.fill_marks import BY_SERVER
from passgap.tasks.licences import refuse_untrainable
from passgap.tasks.splits import ExternalData, Splits

EXTERNAL, PAIRED = "data to train on", "pairs to train on"

if TYPE_CHECKING:  # what a context brings along is not needed to check a study
    from passgap.study.context import StudyContext


def load_splits(context: StudyContext) -> Splits:
    """Load the task sets and what is mixed in, check them against the held-out set, and keep the log of what was found.

    Raises:
        StudyError: a set cannot be loaded, the held-out set is too small for a verdict, nothing is left of the pool,
            or there is too little to mix in. All of it is said at once.
    """
    return load_splits_of(context.spec, context.folder.path)


def load_splits_of(spec: StudySpec, root: AnyPath, faults: CollectedErrors | None = None) -> Splits:
    """The same, of a study that is not opened: its declaration, and the folder that paths are relative to.

    Args:
        spec: the study.
        root: the folder.
        faults: what was found before, to be told with what is found here.

    Raises:
        StudyError: as :func:`load_splits`.
    """
    root = Path(root)
    faults = faults or CollectedErrors()
    whole, heldout, pool, mix = load_declared(spec, root, faults, load_set)
    external = load_external(spec, root, faults)
    if not (whole and pool and heldout):
        faults.raise_all()
        raise AssertionError("a set is missing without a fault")
    log = find_contamination(whole.problems, pool.problems, cutoff=spec.model.cutoff)
    clean = faults.of(lambda: clean_pool(pool, log))
    usable = None
    if mix is not None:
        mixed = find_mix_contamination(whole.problems, mix.examples)
        usable = clean_mix(mix, mixed)
        log = ContaminationLog(items=(*log.items, *mixed.items))
        if clean is not None:
            faults.of(lambda: require_enough_to_mix(usable, mix, clean, spec))
    faults.raise_all()
    assert clean is not None
    kept, held_back = hold_back(clean, spec)
    external |= {name: reference_examples(kept.name, kept.problems) for name in _on_references(spec)}
    splits = Splits(
        heldout=heldout,
        pool=kept,
        contamination=log,
        removed=len(pool.problems) - len(clean.problems),
        begun=spec.begins_answers,
        marks=fill_marks(spec, (*heldout.problems, *kept.problems)),
        heldout_removed=len(whole.problems) - len(heldout.problems),
        mix=usable,
        mix_removed=len(mix.examples) - len(usable.examples) if mix and usable else 0,
        external={name: clean_external(whole.problems, data) for name, data in external.items()},
        held_back=held_back,
    )
    refuse_lacking(spec, splits)
    return splits


def require_toolchains(context: StudyContext, splits: Splits) -> None:
    """Refuse held-out problems whose programs cannot be run on this machine, before anything is sampled.

    Raises:
        StudyError: the toolchain of a language, or an environment, is missing; all of these are named, with what brings
            them.
    """
    context.services.require_toolchains({each.runs_in for each in splits.heldout.problems}, "the held-out set")


def hold_back(pool: TaskSet, spec: StudySpec) -> tuple[TaskSet, tuple[Problem, ...]]:
    """Divide the pool: what arms sample, and the development problems that are declared to be taken out of it.

    Raises:
        StudyError: nothing would be left of the pool.
    """
    wanted = spec.development.hold_back
    if not wanted:
        return pool, ()
    if wanted >= len(pool.problems):
        raise StudyError(
            f"development.hold_back: {wanted} problems leave nothing of the pool",
            [f"It has {len(pool.problems)} without what is too close to a held-out problem. Hold back fewer."],
        )
    held_back = development_problems(pool.problems, wanted, spec.seed)
    taken = {problem.id for problem in held_back}
    kept = tuple(problem for problem in pool.problems if problem.id not in taken)
    return pool.model_copy(update={"problems": kept}), held_back


def load_declared(
    spec: StudySpec,
    root: Path,
    faults: CollectedErrors,
    load: Callable[[TaskSource, Path], TaskSet],
) -> tuple[TaskSet | None, TaskSet | None, TaskSet | None, MixSet | None]:
    """Load what a study names, each part as far as it can be, and collect what is wrong with it.

    Returns:
        The held-out set as a whole, its problems that are measured on, the pool, and the instruction data to mix in.
        None stands for what has a fault, and for data to mix in that no arm asks for.
    """
    whole = faults.of(lambda: load(spec.heldout, root), "heldout")
    faults.of(lambda: require_trainable(spec.pool), "pool")
    pool = faults.of(lambda: load(spec.pool, root), "pool")
    if pool:
        faults.of(partial(refuse_untrainable, pool), "pool")
    if whole:
        faults.of(lambda: refuse_without_toolchain(whole), "heldout")
    for name, tasks in (("heldout", whole), ("pool", pool)):
        if tasks:
            faults.of(partial(require_protocol, tasks, spec), name)
    mix = faults.of(lambda: load_mixed(spec, root))
    heldout = faults.of(lambda: measurable_problems(whole, spec.model)) if whole else None
    if whole and heldout:
        faults.of(lambda: require_enough(whole, heldout, spec))
    return whole, heldout, pool, mix


def require_trainable(source: TaskSource) -> None:
    """Refuse a pool of problems whose licence does not let a model be trained on them.

    Raises:
        StudyError: it does not.
    """
    known = SOURCES.get(source.tasks)
    if known is not None and not known.trains:
        raise StudyError(
            f"{source.tasks} is no set to train on",
            [f"Its licence ({known.licence}) forbids it. Measure on it as `heldout`, and name another pool."],
        )


def require_protocol(tasks: TaskSet, spec: StudySpec) -> None:
    """Refuse problems that are judged otherwise than the study allows.

    Raises:
        StudyError: some are.
    """
    if spec.task_family.protocol == "outside-only":
        refuse_judged_inside(tasks)


def refuse_lacking(spec: StudySpec, splits: Splits) -> None:
    """Refuse problems that lack what a declared arm needs, such as tests.

    Raises:
        StudyError: they do.
    """
    lacking = [
        problem
        for arm, section in declared_arms(spec)
        for problem in arm.lacks(section, DeclaredProblems(spec, splits), partial(spec.at, arm.name))
    ]
    if splits.marks is not None:
        server = splits.marks is BY_SERVER
        asked = "a field of the server" if server else f"the marks of {splits.marks.family}"
        lacking += [
            f"arms.{arm.name}: it puts text before prompts, and the middle of a program is asked for by {asked}, "
            f"where no text belongs. Set `model.infill: request`, or leave the arm out."
            for arm, _ in declared_arms(spec)
            if arm.changes_prompts
        ]
    if lacking:
        raise StudyError("the study's problems lack what its arms need", lacking)


def require_enough(whole: TaskSet, heldout: TaskSet, spec: StudySpec) -> None:
    """Refuse a held-out set that is too small for a verdict, or for the declared interim analyses.

    Raises:
        StudyError: it is.
    """
    if len(heldout.problems) < MINIMUM_HELDOUT and not spec.rehearsal:
        raise StudyError(
            f"{len(heldout.problems)} held-out problems cannot carry a verdict",
            [
                f"At least {MINIMUM_HELDOUT} are needed. Add problems, or set `rehearsal: true` to try the steps."
                + (f" {_removed(whole, heldout, spec.model)}." if whole is not heldout else "")
            ],
        )
    looks = spec.thresholds.looks
    if looks and looks[-1] > len(heldout.problems):
        raise StudyError(
            f"the last look has {looks[-1]} problems, and the held-out set has {len(heldout.problems)}",
            ["End `thresholds.looks` at a number of problems that there are."],
        )


def load_mixed(spec: StudySpec, root: Path) -> MixSet | None:
    """Read the instruction data that the arms of a study mix in; None where none does.

    Raises:
        StudyError: it cannot be read, or two arms name different files: arms that are compared mix in the same data.
    """
    files = {mix[0]: arm.name for arm, section in possible_sections(spec) if (mix := arm.mix(section, 0)) is not None}
    if not files:
        return None
    if len(files) > 1:
        raise StudyError(
            "the arms of a study mix in the same instruction data",
            [
                f"{spec.at(arm, 'training.mix_path')}: {file}. Name one file for all arms."
                for file, arm in files.items()
            ],
        )
    return load_mix(next(iter(files)), root, chat=spec.model.chat)


def load_external(spec: StudySpec, root: Path, faults: CollectedErrors) -> dict[str, ExampleSet]:
    """The data of other origin that arms name, by arm; the pool's references are none that is loaded."""
    found = ((arm.name, faults.of(partial(_load_external, spec, root, arm))) for arm in ARMS.values())
    return {name: data for name, data in found if data is not None}


def _load_external(spec: StudySpec, root: Path, arm: Arm[Any]) -> ExampleSet | None:
    place = arm.data(spec.arms[arm.name]) if arm.name in spec.arms else None
    if place is None or place == POOL_REFERENCES:
        return None
    return load_examples(
        place,
        root,
        chat=spec.model.chat,
        field=spec.at(arm.name, arm.data_field),
        what=PAIRED if arm.data_in_pairs else EXTERNAL,
        read=read_pair if arm.data_in_pairs else read_row,
    )


def clean_external(heldout: Sequence[Problem], data: ExampleSet) -> ExternalData:
    """Data without what is too close to a held-out problem, and the log of that."""
    log = find_mix_contamination(heldout, data.examples)
    kept = tuple(each for each in data.examples if each.id not in log.dirty)
    return ExternalData(
        data=data.model_copy(update={"examples": kept}), contamination=log, removed=len(data.examples) - len(kept)
    )


def _on_references(spec: StudySpec) -> list[str]:
    """The arms that train on the pool's reference solutions."""
    return [arm.name for arm, section in declared_arms(spec) if arm.data(section) == POOL_REFERENCES]


def require_enough_to_mix(usable: MixSet, mix: MixSet, pool: TaskSet, spec: StudySpec) -> None:
    """Refuse before anything is sampled what could not be mixed afterwards.

    Raises:
        StudyError: an arm would mix in nothing, or more than there is.
    """
    for arm, section in possible_sections(spec):
        declared = arm.mix(section, len(pool.problems))
        if declared is None:
            continue
        _, ratio, samples = declared
        needed, there = mixed_among(samples, ratio), len(usable.examples)
        if needed == 0:
            raise StudyError(
                f"{spec.at(arm.name, 'training.mix_ratio')}: nothing would be mixed in",
                [f"{ratio:g} beside at most {samples} samples is less than half an example. Raise it, or set it to 0."],
            )
        if there < needed:
            removed = len(mix.examples) - there
            raise StudyError(
                f"{spec.at(arm.name, 'training.mix_path')}: there are too few examples to mix in",
                [
                    f"{ratio:g} beside {samples} samples takes {needed} examples; {mix.name} holds {there}"
                    + (f", besides {removed} that are too close to a held-out problem" if removed else "")
                    + f". Add examples, or lower `{spec.at(arm.name, 'training.mix_ratio')}`."
                ],
            )


def measurable_problems(heldout: TaskSet, model: ModelSection) -> TaskSet:
    """The held-out problems to measure on: all, or those that the model cannot have been trained on.

    Raises:
        StudyError: none is left.
    """
    if model.before_cutoff == "list" or model.cutoff is None:
        return heldout
    later = [each for each in heldout.problems if not within_training_data(each, model.cutoff)]
    if not later:
        raise StudyError(
            "nothing is left of the held-out set",
            [
                f"Every problem of {heldout.name} is dated no later than `model.cutoff: {model.cutoff}`. Name later "
                f"problems, or set `model.before_cutoff: list` to measure on them and say so."
            ],
        )
    return heldout if len(later) == len(heldout.problems) else task_set(heldout.name, later)


def _removed(whole: TaskSet, heldout: TaskSet, model: ModelSection) -> str:
    count = len(whole.problems) - len(heldout.problems)
    return f"{count} were removed because they are dated no later than `model.cutoff: {model.cutoff}`"


def load_source(context: StudyContext, source: TaskSource | None) -> tuple[Problem, ...]:
    """The problems of a source that a study names, none where it names none.

    Raises:
        StudyError: the set cannot be loaded.
    """
    return load_set(source, context.folder.path).problems if source else ()


def file_of(named: str, root: Path) -> Path | None:
    """The file that a study names, where it names one that is here; paths are relative to the study's folder."""
    return next((path for path in (root / named, Path(named).expanduser()) if path.is_file()), None)


def load_set(source: TaskSource, root: Path) -> TaskSet:
    """The problems of a source; paths are relative to the study's folder.

    Raises:
        StudyError: the set cannot be loaded.
    """
    path = root / source.path if source.path and (root / source.path).exists() else source.path
    return load_tasks(
        source.tasks,
        split=source.split,
        limit=source.limit,
        path=Path(path) if path else None,
        difficulty=source.difficulty,
        window=source.window,
        scoring=source.scoring,
        at_least=source.at_least,
    )
