"""Flags of a study's problems: languages that are not declared or not asked, and faults that show without running."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Set
from importlib import import_module

from passgap.languages import LANGUAGES, language_called, needs_commands
from passgap.records import RunsIn
from passgap.spec import StudySpec
from passgap.tasks.problem_faults import read_faults
from passgap.tasks.splits import Splits

NAMED = 5
"""The most problems that a flag names."""


def flags_of_problems(spec: StudySpec, splits: Splits) -> Iterator[str]:
    """Yield everything about the problems' languages, references and tests that is worth a second look."""
    yield from _languages(spec, splits)
    for where, tasks in (("heldout", splits.heldout), ("pool", splits.pool)):
        for fault, problems in read_faults(tasks.problems).items():
            named = ", ".join(each.id for each in problems[:NAMED]) + (", ..." if len(problems) > NAMED else "")
            yield f"{where}: {len(problems)} of {len(tasks.problems)} problems: {fault.value} ({named})"
    if spec.cluster is None:
        yield from _missing({each.runs_in for each in splits.heldout.problems})


def _languages(spec: StudySpec, splits: Splits) -> Iterator[str]:
    """Flag problems in languages that the family does not name, and languages of the family without a problem."""
    declared = {each.name for each in map(language_called, spec.task_family.languages) if each is not None}
    for where, tasks in (("heldout", splits.heldout), ("pool", splits.pool)):
        counted = Counter(each.language for each in tasks.problems)
        for name in sorted(counted.keys() - declared):
            yield (
                f"{where}: {counted[name]} problems are in {LANGUAGES[name].title}, which `task_family.languages` does "
                f"not name. Add `{name}` to it, or leave them out."
            )
        for name in sorted(declared - counted.keys()):
            if where == "heldout" and LANGUAGES[name].runs:
                yield (
                    f"task_family.languages: no held-out problem is in {LANGUAGES[name].title}, so nothing is measured "
                    f"of it, and the verdict says nothing about it."
                )


def _missing(needed: Set[RunsIn]) -> Iterator[str]:
    """Flag what this machine lacks to run the problems' programs: a run is refused here before it samples anything."""
    if sys.platform == "linux" and any(each.environment or needs_commands(each.language) for each in needed):
        for said in import_module("passgap.execution.toolchains").missing_here(needed):
            yield f"heldout: {said}"
