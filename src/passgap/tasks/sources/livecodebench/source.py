"""The set as a source: its files, its releases, and the window of dates."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

from passgap.errors import StudyError
from passgap.records import Problem
from passgap.tasks.hub import fetch_file, is_hub_id
from passgap.tasks.json_lines import JsonObject, read_json_lines
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.sources.livecodebench.profiles import PROFILES, Profile
from passgap.tasks.sources.livecodebench.rows import NAME, date_of, problem_of, row_of
from passgap.tasks.taskset import TaskSet, task_set
from passgap.tasks.windows import Window, none_within

WHOLE = "all"
RELEASES = {f"release_v{number}": number for number in range(1, 7)}
"""The number of files that a release is made of: each adds one to the release before it."""
_FILE = re.compile(r"test(\d*)\.jsonl(?:\.gz)?")
WHAT = "LiveCodeBench's problems"


class LiveCodeBench(Source):
    """Files ``test.jsonl``, ``test2.jsonl`` ...: one of them, a folder of them, or those of the hub."""

    name = NAME
    position = 6
    caption = "LiveCodeBench: contest problems by date, functions and whole programs in Python (arXiv 2403.07974)"
    licence = "CC (not further specified by the set)"
    difficulty = "easy, medium or hard"
    dates = "the day of the contest"
    splits = (WHOLE, *RELEASES)
    file = FileUse.REQUIRED
    writes = True
    scorings = {profile.name: profile.caption for profile in PROFILES.values()}  # noqa: RUF012 - never changed

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load a split without a window, under the set's own rules.

        Raises:
            StudyError: a file is not there, or any row is damaged.
        """
        return self.load_part(split, path)

    def load_part(
        self, split: str | None, path: Path | None, *, window: Window | None = None, scoring: str | None = None
    ) -> TaskSet:
        """Load the problems of a window; the tests of others are not decoded.

        Raises:
            StudyError: a file is not there, any row is damaged, or the window holds no problem.
        """
        assert path is not None, "a file is required"
        profile = PROFILES[scoring or next(iter(PROFILES))]
        chosen: dict[str, Problem] = {}
        dates: list[dt.date] = []
        for file in _files(path, split or WHOLE):
            found = read_json_lines(file, lambda row: _read(row, profile, window, dates), WHAT)
            # A problem of an earlier file that a later one holds again stands there corrected.
            chosen |= {problem.id: problem for problem in found if problem is not None}
        name = f"{NAME}/{split}" if split not in (None, WHOLE) else NAME
        scored = name if profile is PROFILES[next(iter(PROFILES))] else f"{name}, scored as {profile.name}"
        if window is None:
            return task_set(scored, list(chosen.values()))
        if not chosen:
            raise none_within(name, window, dates)
        return task_set(f"{scored} ({window})", list(chosen.values()))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        return row_of(problem)


SOURCE = LiveCodeBench()


def _read(row: JsonObject, profile: Profile, window: Window | None, dates: list[dt.date]) -> Problem | None:
    """The problem of a row; None where it lies outside the window."""
    dates.append(date_of(row))
    return problem_of(row, profile) if window is None or window.holds(dates[-1]) else None


def _files(path: Path, split: str) -> list[Path]:
    """The files of a split, the earliest first."""
    if path.is_dir():
        return _in_folder(path, split)
    if is_hub_id(path) and not path.exists():
        names = ["test.jsonl", *(f"test{number}.jsonl" for number in range(2, RELEASES.get(split, len(RELEASES)) + 1))]
        remedy = "Give the files instead: `path:` a folder with test*.jsonl."
        return [fetch_file(path.as_posix(), name, remedy=remedy) for name in names]
    if split != WHOLE:
        raise StudyError(
            f"the split {split} of {NAME} is several files, and {path} is one",
            ["Name the folder that holds them, or leave the split out and give a `window`."],
        )
    return [path]


def _in_folder(folder: Path, split: str) -> list[Path]:
    numbered = {
        int(found[1] or 1): file
        for file in sorted(folder.iterdir())
        if (found := _FILE.fullmatch(file.name)) is not None
    }
    if not numbered:
        raise StudyError(f"{folder} holds no files of {NAME}", ["They are called test.jsonl, test2.jsonl and so on."])
    if split == WHOLE:
        return [numbered[number] for number in sorted(numbered)]
    wanted = range(1, RELEASES[split] + 1)
    missing = [f"test{number if number > 1 else ''}.jsonl" for number in wanted if number not in numbered]
    if missing:
        raise StudyError(f"the split {split} of {NAME} is incomplete", [f"{folder} lacks {', '.join(missing)}."])
    return [numbered[number] for number in wanted]
