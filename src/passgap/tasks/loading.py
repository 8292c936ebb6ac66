"""The one door to every task set."""

from __future__ import annotations

from pathlib import Path

from passgap.errors import StudyError
from passgap.tasks import humaneval, mbpp, starter_set
from passgap.tasks.jsonl import load_jsonl
from passgap.tasks.taskset import TaskSet, subset, task_set, with_proxy_difficulty

STARTER = "starter"
NAMES = (STARTER, mbpp.NAME, humaneval.NAME, "jsonl")


def load_tasks(
    source: str,
    *,
    split: str | None = None,
    limit: int | None = None,
    path: Path | None = None,
    difficulty: str = "source",
) -> TaskSet:
    """Load a task set by name.

    Args:
        source: ``starter``, ``mbpp``, ``humaneval``, ``jsonl``, or the path of a JSON-lines file.
        split: which part of a set that has parts.
        limit: use a fixed, nested, unbiased subset of this many problems.
        path: the file of a set that passgap does not ship.
        difficulty: ``source``, or ``reference-length`` for terciles of the references' size, a named proxy.

    Raises:
        StudyError: the set is unknown, missing, damaged or empty; a partly readable set is never used.
    """
    whole = _whole(source, split, path)
    labelled = with_proxy_difficulty(whole) if difficulty == "reference-length" else whole
    return subset(labelled, limit)


def _whole(source: str, split: str | None, path: Path | None) -> TaskSet:
    if source == STARTER:
        part = split or "heldout"
        return task_set(f"{STARTER}/{part}", starter_set.load_starter(part))
    if source == mbpp.NAME:
        return mbpp.load_mbpp(path, split or "test")
    if split is not None:
        raise StudyError(f"the task set {source} has no splits", [f"Remove `split: {split}`."])
    if source == humaneval.NAME:
        return humaneval.load_humaneval(path)
    if source == "jsonl" and path is not None:
        return load_jsonl(path)
    if source.endswith((".jsonl", ".json")):
        return load_jsonl(Path(source))
    raise StudyError(
        f"there is no task set {source!r}", [f"There are: {', '.join(NAMES)} (with `path`), or the path of a file."]
    )
