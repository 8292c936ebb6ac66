"""Problems for both sides of the study, with the pool cleaned of what is too close to the held-out set (R3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.recipes import mixed_among
from passgap.records import Problem, Prompt
from passgap.spec import MINIMUM_HELDOUT, Draft, StudySpec, TaskSource
from passgap.spec.base_model import ModelSection
from passgap.study.chat_template import refuse_without_template
from passgap.study.model_folder import refuse_without_model
from passgap.tasks import (
    ContaminationLog,
    ContaminationRule,
    MixSet,
    TaskSet,
    clean_mix,
    clean_pool,
    find_contamination,
    find_mix_contamination,
    load_mix,
    load_tasks,
    refuse_unknown,
    refuse_without_toolchain,
    render,
    subset,
    task_set,
    within_training_data,
)

if TYPE_CHECKING:  # what a context brings along is not needed to check a study
    from passgap.study.context import StudyContext

T = TypeVar("T")


@dataclass(frozen=True)
class Splits:
    """The problems of a study. ``pool`` is what is left of it after the dirty items were taken out."""

    heldout: TaskSet
    pool: TaskSet
    contamination: ContaminationLog
    removed: int
    begun: bool = True
    """Whether a chat model's answers are begun for it."""
    heldout_removed: int = 0
    """Held-out problems removed because they are dated no later than the model's cutoff."""
    mix: MixSet | None = None
    """Examples that can be mixed in, less those that are too close to a held-out problem."""
    mix_removed: int = 0

    @property
    def before_cutoff(self) -> int:
        """Held-out problems that were kept although they are dated no later than the model's cutoff."""
        early = {each.item for each in self.contamination.items if each.rule is ContaminationRule.BEFORE_CUTOFF}
        return sum(problem.id in early for problem in self.heldout.problems)

    def prompts(self, problems: tuple[Problem, ...], *, chat: bool) -> tuple[tuple[str, Prompt], ...]:
        """Return the id of each problem and the prompt that the model is given for it."""
        return tuple((problem.id, render(problem, chat=chat, prefill=self.begun)) for problem in problems)

    def with_heldout(self, problems: Iterable[Problem]) -> Splits:
        """The same with these held-out problems alone."""
        return replace(self, heldout=task_set(self.heldout.name, tuple(problems)))


def load_splits(context: StudyContext) -> Splits:
    """Load the task sets and what is mixed in, check them against the held-out set, and keep the log of what was found.

    Raises:
        StudyError: a set cannot be loaded, the held-out set is too small for a verdict, nothing is left of the pool,
            or there is too little to mix in. All of it is said at once.
    """
    return load_splits_of(context.spec, context.folder.path)


def load_splits_of(spec: StudySpec, root: AnyPath, faults: Faults | None = None) -> Splits:
    """The same, of a study that is not opened: its declaration, and the folder that paths are relative to.

    Args:
        spec: the study.
        root: the folder.
        faults: what was found before, to be told with what is found here.

    Raises:
        StudyError: as :func:`load_splits`.
    """
    root = Path(root)
    faults = faults or Faults()
    whole = faults.of(lambda: _load(spec.heldout, root), "heldout")
    pool = faults.of(lambda: _load(spec.pool, root), "pool")
    if whole:
        faults.of(lambda: refuse_without_toolchain(whole), "heldout")
    mix = faults.of(lambda: _mix(spec, root)) if spec.training.mix_ratio > 0.0 else None
    heldout = faults.of(lambda: _measurable(whole, spec.model)) if whole else None
    if whole and heldout:
        faults.of(lambda: _require_enough(whole, heldout, spec))
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
            faults.of(lambda: _require_enough_to_mix(usable, mix, clean, spec))
    faults.raise_all()
    assert clean is not None
    return Splits(
        heldout=heldout,
        pool=clean,
        contamination=log,
        removed=len(pool.problems) - len(clean.problems),
        begun=spec.begins_answers,
        heldout_removed=len(whole.problems) - len(heldout.problems),
        mix=usable,
        mix_removed=len(mix.examples) - len(usable.examples) if mix and usable else 0,
    )


class Faults:
    """Faults of steps that do not need each other, kept to be told together."""

    def __init__(self, *, incomplete: bool = False) -> None:
        """Collect none yet. Where the study is ``incomplete``, a step that needs what is unknown of it is no fault."""
        self._found: list[StudyError] = []
        self._incomplete = incomplete

    def of(self, step: Callable[[], T], section: str = "") -> T | None:
        """Return the result of a step; None where it failed. The message of a failure names the study's ``section``."""
        try:
            return step()
        except StudyError as error:
            self._found.append(StudyError(f"{section}: {error.summary}", error.problems) if section else error)
        except AttributeError:
            if not self._incomplete:
                raise
        return None

    @property
    def told(self) -> list[str]:
        """Each fault in one text."""
        return [f"{each.summary}: {' '.join(each.problems)}".removesuffix(": ") for each in self._found]

    def raise_all(self) -> None:
        """Raise what was found, as one error.

        Raises:
            StudyError: there was something.
        """
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise StudyError(f"{len(self._found)} things are wrong with the study's data", self.told)


def faults_of_draft(draft: Draft, root: AnyPath) -> list[str]:
    """List the faults of the data that a study names, as far as a study with other faults names any."""
    root, sections = Path(root), draft.sections
    faults = Faults(incomplete=True)
    spec = StudySpec.model_construct(**sections)
    for name in StudySpec.model_fields.keys() - sections.keys():
        spec.__dict__.pop(name, None)
    whole = faults.of(lambda: _load_partly(spec.heldout, root), "heldout")
    pool = faults.of(lambda: _load_partly(spec.pool, root), "pool")
    mix = faults.of(lambda: _mix(spec, root) if spec.training.mix_ratio > 0.0 and spec.training.mix_path else None)
    heldout = faults.of(lambda: _measurable(whole, spec.model)) if whole else None
    if whole and heldout:
        faults.of(lambda: _require_enough(whole, heldout, spec))
    if pool and mix:
        faults.of(lambda: _require_enough_to_mix(mix, mix, subset(pool, spec.pool.limit), spec))
    declared_faults(spec, faults)
    return faults.told


def declared_faults(spec: StudySpec, faults: Faults) -> None:
    """Collect what can be known without the study's problems: of its model, and of the sets that round 2 names."""
    faults.of(lambda: refuse_without_model(spec))
    faults.of(lambda: refuse_without_template(spec))
    faults.of(lambda: _refuse_unknown(spec.round2.pool), "round2.pool")
    faults.of(lambda: _refuse_unknown(spec.round2.heldout), "round2.heldout")


def _refuse_unknown(source: TaskSource | None) -> None:
    """Refuse a set that there is not; its file may still be to come."""
    if source is not None:
        refuse_unknown(source.tasks, split=source.split, path=source.path)


def _load_partly(source: TaskSource, root: Path) -> TaskSet:
    """The problems of a source of which fields other than its name may be unknown: all that there are."""
    path, split = getattr(source, "path", None), getattr(source, "split", None)
    return _load(TaskSource(tasks=source.tasks, path=path, split=split), root)


def _require_enough(whole: TaskSet, heldout: TaskSet, spec: StudySpec) -> None:
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


def _mix(spec: StudySpec, root: Path) -> MixSet:
    assert spec.training.mix_path is not None
    return load_mix(spec.training.mix_path, root, chat=spec.model.chat)


def _require_enough_to_mix(usable: MixSet, mix: MixSet, pool: TaskSet, spec: StudySpec) -> None:
    """Refuse before anything is sampled what could not be mixed afterwards."""
    samples, ratio = len(pool.problems) * spec.sampling.per_prompt, spec.training.mix_ratio
    needed, there = mixed_among(samples, ratio), len(usable.examples)
    if needed == 0:
        raise StudyError(
            "training.mix_ratio: nothing would be mixed in",
            [f"{ratio:g} beside at most {samples} samples is less than half an example. Raise it, or set it to 0."],
        )
    if there < needed:
        removed = len(mix.examples) - there
        raise StudyError(
            "training.mix_path: there are too few examples to mix in",
            [
                f"{ratio:g} beside {samples} samples takes {needed} examples; {mix.name} holds {there}"
                + (f", besides {removed} that are too close to a held-out problem" if removed else "")
                + ". Add examples, or lower `training.mix_ratio`."
            ],
        )


def _measurable(heldout: TaskSet, model: ModelSection) -> TaskSet:
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
    return _load(source, context.folder.path).problems if source else ()


def file_of(named: str, root: Path) -> Path | None:
    """The file that a study names, where it names one that is here; paths are relative to the study's folder."""
    return next((path for path in (root / named, Path(named).expanduser()) if path.is_file()), None)


def _load(source: TaskSource, root: Path) -> TaskSet:
    path = root / source.path if source.path and (root / source.path).exists() else source.path
    return load_tasks(
        source.tasks,
        split=source.split,
        limit=source.limit,
        path=Path(path) if path else None,
        difficulty=source.difficulty,
    )
