"""rStar-Coder's seed problems (Liu et al. 2025, arXiv 2505.21297): a pool of contest problems without tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from passgap.records import NoTests, Problem
from passgap.tasks.contamination.texts import Text, near
from passgap.tasks.contest_prompts import asked, function_in, stated
from passgap.tasks.json_lines import JsonObject
from passgap.tasks.rows import as_read, number_of, read_rows
from passgap.tasks.sources.base import FileUse, Source
from passgap.tasks.taskset import TaskSet, task_set

NAME = "rstar-coder"
EXACT, NEAR = "exact", "near"
COLUMNS = ("question_id", "question", "starter_code")


class RStarCoder(Source):
    """Files of ``seed_sft`` or ``seed_testcase``, Parquet or JSON lines, or a folder of them.

    A question stands in as many rows as it has solutions. Of rows whose statements are equal but for white space one is
    kept, as arXiv 2604.01193 did (about 10,168 problems); the split ``near`` leaves out near duplicates as well, of
    which the first is kept. The problems have no tests: they can be sampled and trained on, and not scored.
    """

    name = NAME
    position = 11
    caption = "rStar-Coder's seeds: contest problems to sample and train on, without tests (arXiv 2505.21297)"
    licence = "CC-BY-4.0"
    difficulty = "none stated"
    dates = "none stated; published in May 2025"
    splits = (EXACT, NEAR)
    file = FileUse.REQUIRED
    writes = True

    def load(self, split: str | None, path: Path | None) -> TaskSet:
        """Load the questions, each once.

        Raises:
            StudyError: a file is not there, or any row is no question.
        """
        assert path is not None, "a file is required"
        kept: dict[str, Problem] = {}
        ids: dict[str, str] = {}

        def take(row: JsonObject) -> None:
            problem = _problem(row)
            text = " ".join(problem.prompt.split())
            if ids.setdefault(problem.id, text) != text:
                raise ValueError(f"`question_id` {row['question_id']} is of another question as well")
            kept.setdefault(text, problem)

        read_rows(path, take, "rStar-Coder's seed questions", COLUMNS)
        problems = list(kept.values())
        return task_set(f"{NAME}/{split}", problems if split != NEAR else _without_near(problems))

    def row_of(self, problem: Problem) -> dict[str, Any]:
        name, _ = number_of(problem, NoTests)
        question, starter = stated(problem.prompt)
        row = {"question_id": name, "question": question, "starter_code": starter, "response": ""}
        return as_read(problem, row, _problem)


SOURCE = RStarCoder()


def _problem(row: JsonObject) -> Problem:
    question, starter = row["question"], row.get("starter_code") or ""
    if not isinstance(question, str) or not question.strip():
        raise ValueError("`question` should be text")
    if not isinstance(starter, str):
        raise TypeError("`starter_code` should be text")
    return Problem(
        id=f"{NAME}/{row['question_id']}",
        prompt=asked(question, starter),
        entry_point=function_in(starter),
        tests=NoTests(),
        source=NAME,
        kind="function" if starter.strip() else "stdio",
    )


def _without_near(problems: list[Problem]) -> list[Problem]:
    """The problems without those that are near duplicates of one that stands before them and is kept."""
    texts = [Text(problem.id, problem.prompt) for problem in problems]
    places = {problem.id: at for at, problem in enumerate(problems)}
    earlier: dict[str, list[str]] = {}
    for found in near(texts, texts):
        if places[found.matched] < places[found.item]:
            earlier.setdefault(found.item, []).append(found.matched)
    dropped: set[str] = set()
    for problem in problems:
        if any(match not in dropped for match in earlier.get(problem.id, ())):
            dropped.add(problem.id)
    return [problem for problem in problems if problem.id not in dropped]
