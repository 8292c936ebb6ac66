"""LiveCodeBench: ``*_eval_all.json``, a list of problems with their graded samples."""

from __future__ import annotations

import re
from typing import Any

from passgap.logs.imported import Gathered, ImportedLog, LogFormat, difficulty_of, text_of
from passgap.logs.program_digest import program_digest
from passgap.records import OutcomeKind

_TIME_LIMIT = re.compile(r'"error_code": -3\b')


def read_livecodebench(document: list[dict[str, Any]], where: str) -> ImportedLog:
    """Read ``[{"question_id", "difficulty", "graded_list", "code_list", ...}]``."""
    gathered = Gathered(LogFormat.LIVECODEBENCH, where)
    for position, problem in enumerate(document):
        name = text_of(problem.get("question_id")) if isinstance(problem, dict) else None
        if name is None:
            gathered.problems.append(f"entry {position} has no question_id")
            continue
        graded = problem.get("graded_list")
        if not isinstance(graded, list) or not all(isinstance(each, bool) for each in graded):
            gathered.problems.append(f"{name}: needs a graded_list of true and false; was it evaluated?")
            continue
        programs = problem.get("code_list")
        if isinstance(programs, list) and len(programs) != len(graded):
            gathered.problems.append(
                f"{name}: its graded_list has {len(graded)} entries and its code_list {len(programs)}: the file is "
                f"damaged, or was not evaluated to its end"
            )
            continue
        if not graded:
            gathered.add_empty(name, difficulty_of(problem.get("difficulty")))
        late = _late(problem.get("metadata"), len(graded))
        for index, passed in enumerate(graded):
            text = programs[index] if isinstance(programs, list) else None
            gathered.add(
                name,
                passed,
                sample=index,
                outcome=OutcomeKind.TIMEOUT if not passed and late[index] else None,
                program=program_digest(text) if isinstance(text, str) else None,
                difficulty=difficulty_of(problem.get("difficulty")),
            )
    return gathered.finish()


def _late(metadata: Any, samples: int) -> list[bool]:
    """Which samples ran out of time: the harness keeps an error code in a JSON text for each."""
    if not isinstance(metadata, list) or len(metadata) != samples:
        return [False] * samples
    return [isinstance(each, str) and _TIME_LIMIT.search(each) is not None for each in metadata]
