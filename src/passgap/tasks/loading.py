"""The one door to every task set."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from passgap.errors import StudyError
from passgap.paths import AnyPath
from passgap.tasks.difficulty import DifficultyRule, with_difficulty
from passgap.tasks.sources import humaneval, mbpp
from passgap.tasks.sources import starter as starter_set
from passgap.tasks.sources.jsonl import load_jsonl
from passgap.tasks.taskset import TaskSet, subset, task_set

STARTER, JSONL = "starter", "jsonl"
NAMES = (STARTER, mbpp.NAME, humaneval.NAME, JSONL)


def load_tasks(
    source: AnyPath,
    *,
    split: str | None = None,
    limit: int | None = None,
    path: AnyPath | None = None,
    difficulty: str = DifficultyRule.SOURCE,
) -> TaskSet:
    """Load a task set by name.

    Args:
        source: ``starter``, ``mbpp``, ``humaneval``, ``jsonl`` (with ``path``), or the path of a JSON-lines file.
        split: which part of a set that has parts: ``heldout`` (by default) or ``pool`` of ``starter``; ``test`` (by
            default), ``train``, ``validation``, ``prompt`` or ``all`` of ``mbpp``.
        limit: use a fixed, nested, unbiased subset of this many problems (:func:`~passgap.tasks.taskset.subset`).
        path: the file of a set that passgap does not ship; for ``mbpp``, a hub id as well.
        difficulty: a :class:`~passgap.tasks.difficulty.DifficultyRule`, applied before the limit.

    Raises:
        StudyError: the set is unknown, missing, damaged or empty; a partly readable set is never used.
    """
    whole = _whole(os.fspath(source), split, None if path is None else Path(path))
    return subset(with_difficulty(whole, difficulty), limit)


def refuse_unknown(source: AnyPath, *, split: str | None = None, path: AnyPath | None = None) -> None:
    """Refuse the name of a task set, or of its split, that there is not. No problem is read, so files may be missing.

    Raises:
        StudyError: there is no such set or split.
    """
    _loader(os.fspath(source), split, None if path is None else Path(path))


def _whole(source: str, split: str | None, path: Path | None) -> TaskSet:
    return _loader(source, split, path)()


def _loader(source: str, split: str | None, path: Path | None) -> Callable[[], TaskSet]:
    if source == STARTER:
        _refuse_path(source, path)
        part = starter_set.known_split(split or "heldout")
        return lambda: task_set(f"{STARTER}/{part}", starter_set.load_starter(part))
    if source == mbpp.NAME:
        piece = mbpp.known_split(split or "test")
        return lambda: mbpp.load_mbpp(path, piece)
    load = _without_splits(source, path)
    if split is not None:
        raise StudyError(f"the task set {source} has no splits", [f"Remove `split: {split}`, or name two files."])
    return load


def _without_splits(source: str, path: Path | None) -> Callable[[], TaskSet]:
    if source == humaneval.NAME:
        return lambda: humaneval.load_humaneval(path)
    if source == JSONL:
        if path is None:
            raise StudyError("the task set jsonl needs a file", ["Name it: `path: problems.jsonl`."])
        return lambda: load_jsonl(path)
    if source.endswith((".jsonl", ".jsonl.gz")):
        _refuse_path(source, path)
        return lambda: load_jsonl(Path(source))
    raise StudyError(
        f"there is no task set {source!r}",
        [f"There are {', '.join(NAMES)} (`jsonl` with `path`), or the path of a file that ends in .jsonl."],
    )


def _refuse_path(source: str, path: Path | None) -> None:
    if path is not None:
        raise StudyError(f"the task set {source} is read from no other file", [f"Remove `path: {path}`."])
