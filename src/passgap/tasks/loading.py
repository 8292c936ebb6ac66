"""Task sets by name: the only way in which they are loaded."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from passgap.errors import StudyError
from passgap.harnesses import HARNESSES
from passgap.languages import COMMAND_STYLES, LANGUAGES
from passgap.paths import AnyPath
from passgap.records import Problem
from passgap.tasks.difficulty import DifficultyRule, with_difficulty
from passgap.tasks.json_lines import shown
from passgap.tasks.kinds import KINDS, kind_of
from passgap.tasks.problem_faults import unusable_tests
from passgap.tasks.sources import SOURCES, FileUse, Source
from passgap.tasks.taskset import TaskSet, subset
from passgap.tasks.windows import Window, refuse_fewer

_CALLS = '`"tests": {"style": "calls", "function": "f", "cases": [{"arguments": "1", "expected": "2"}]}`'


def load_tasks(
    source: AnyPath,
    *,
    split: str | None = None,
    limit: int | None = None,
    path: AnyPath | None = None,
    difficulty: str = DifficultyRule.SOURCE,
    window: str | None = None,
    scoring: str | None = None,
    at_least: int | None = None,
) -> TaskSet:
    """Load a task set by name.

    Args:
        source: the name of a source (:data:`~passgap.tasks.sources.SOURCES`), or the path of a JSON-lines file.
        split: which part of a set that has parts; by default the first of its ``splits``.
        limit: use a fixed, nested, unbiased subset of this many problems (:func:`~passgap.tasks.taskset.subset`).
        path: the file of a set that passgap does not ship; for ``mbpp``, a hub id as well.
        difficulty: a :class:`~passgap.tasks.difficulty.DifficultyRule`, applied before the limit.
        window: keep the problems that are dated in these months or days alone, such as ``2025-02..2025-05``.
        scoring: one of the source's :attr:`~passgap.tasks.sources.Source.scorings`; by default its first.
        at_least: refuse the set if it holds fewer problems, before the limit.

    Raises:
        StudyError: the set is unknown, missing, damaged or empty, or holds problems in a language or of a kind that is
            not known; a partly readable set is never used.
    """
    found, file = _chosen(os.fspath(source), split, None if path is None else Path(path), scoring)
    days = None if window is None else Window.read(window)
    whole = found.load_part(split or next(iter(found.splits), None), file, window=days, scoring=scoring)
    refuse_fewer(whole, at_least)
    faults = [f"{problem.id}: {fault}" for problem in whole.problems for fault in faults_of(problem)]
    if faults:
        raise StudyError(f"the task set {whole.name} holds problems that cannot be used", shown(faults))
    return subset(with_difficulty(whole, difficulty), limit)


def refuse_unknown(
    source: AnyPath,
    *,
    split: str | None = None,
    path: AnyPath | None = None,
    window: str | None = None,
    scoring: str | None = None,
) -> None:
    """Refuse the name of a task set, of its split or its scoring that does not exist, and a window that is none.

    No problem is read; files may be missing.

    Raises:
        StudyError: there is no such set, split or scoring.
    """
    _chosen(os.fspath(source), split, None if path is None else Path(path), scoring)
    if window is not None:
        Window.read(window)


def refuse_without_toolchain(tasks: TaskSet) -> None:
    """Refuse a set with problems whose programs cannot be run here.

    Raises:
        StudyError: problems have no tests, of a language only the syntax is known, or the sandbox does not run its
            programs with tests of that style; all such languages and styles are named.
    """
    untested = [each.id for each in tasks.problems if not each.tested]
    if untested:
        raise StudyError(
            f"{tasks.name} holds {len(untested)} of {len(tasks.problems)} problems without tests",
            [
                f"{untested[0]}{', ...' if len(untested) > 1 else ''}: no sample of these can be scored. Give them "
                f"tests, or leave them out. A pool that nothing is verified on may do without."
            ],
        )
    unusable = [f"{each.id}: {said}" for each in tasks.problems if (said := unusable_tests(each)) is not None]
    if unusable:
        raise StudyError(f"{tasks.name} holds problems whose calls cannot be made", shown(unusable))
    counted = Counter((each.language, each.tests.style) for each in tasks.problems if not can_be_run(each))
    if counted:
        listed = ", ".join(
            f"{number} in {LANGUAGES[name].title}"
            + (f" with tests of the style {style}" if LANGUAGES[name].runs else "")
            for (name, style), number in sorted(counted.items())
        )
        every = ", ".join(each.title for each in LANGUAGES.values() if each.runs_with("asserts"))
        some = ", ".join(each.title for each in LANGUAGES.values() if each.runs and not each.runs_with("asserts"))
        called = any(name in HARNESSES for name, _ in counted)
        raise StudyError(
            f"{tasks.name} holds problems whose programs cannot be run: {listed}",
            [
                f"The sandbox runs {every} with tests of every style, and {some} with tests of the style "
                f"{', '.join(sorted(COMMAND_STYLES))}. Other programs are read only, and no sample can be scored.",
                *([f"State the calls of a function as {_CALLS}."] if called else []),
            ],
        )


def can_be_run(problem: Problem) -> bool:
    """Whether samples of a problem can be run on its tests where the toolchain of its language is."""
    return LANGUAGES[problem.language].runs_with(problem.tests.style)


def refuse_judged_inside(tasks: TaskSet) -> None:
    """Refuse a set with problems whose tests run in the program's own process.

    Raises:
        StudyError: it has some, all of which are named.
    """
    inside = [problem.id for problem in tasks.problems if problem.judged_inside]
    if inside:
        raise StudyError(
            f"{tasks.name} holds {len(inside)} of {len(tasks.problems)} problems whose tests run inside, together with "
            f"the program",
            [
                f"They cannot be split into calls and expected values, or are a repository's own, which "
                f"`task_family.protocol: outside-only` forbids. "
                f"Leave them out, or remove that line: {', '.join(shown(inside))}."
            ],
        )


def faults_of(problem: Problem) -> Iterator[str]:
    """Yield why a problem cannot be used: its language or kind is not known, or it does not fit its kind."""
    if problem.language not in LANGUAGES:
        yield f"there is no language `{problem.language}`; known: {', '.join(LANGUAGES)}"
    if problem.kind is not None and problem.kind not in KINDS:
        yield f"there is no kind of task `{problem.kind}`; known: {', '.join(KINDS)}"
    else:
        yield from kind_of(problem).refusals(problem)


def _chosen(name: str, split: str | None, path: Path | None, scoring: str | None = None) -> tuple[Source, Path | None]:
    """The source of a name and the file that it is read from; refused are a split and others that it does not have."""
    source, named = _source_called(name)
    if path is not None and (named is not None or source.file is FileUse.NONE):
        raise StudyError(f"the task set {name} is read from no other file", [f"Remove `path: {path}`."])
    file = named or path
    if file is None and source.file is FileUse.REQUIRED:
        raise StudyError(f"the task set {name} needs a file", ["Name it: `path: problems.jsonl`."])
    if split is not None and not source.splits:
        raise StudyError(f"the task set {name} has no splits", [f"Remove `split: {split}`, or name two files."])
    if split is not None and split not in source.splits:
        raise StudyError(f"the task set {name} has no split {split!r}", [f"It has: {', '.join(source.splits)}."])
    if scoring is not None and scoring not in source.scorings:
        known = f"It has: {', '.join(source.scorings)}." if source.scorings else "It is scored in one way."
        raise StudyError(f"the task set {name} has no scoring {scoring!r}", [known])
    return source, file


def _source_called(name: str) -> tuple[Source, Path | None]:
    """The source of a name, and the file that stands in the name's place."""
    if name in SOURCES:
        return SOURCES[name], None
    for source in SOURCES.values():
        if (file := source.file_named(name)) is not None:
            return source, file
    raise StudyError(
        f"there is no task set {name!r}",
        [f"Known are {', '.join(SOURCES)} (`jsonl` with `path`), or the path of a file that ends in .jsonl."],
    )
