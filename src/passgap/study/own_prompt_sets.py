"""The prompt sets that a study gives in the place of the battery's."""

from __future__ import annotations

import difflib
from pathlib import Path

from pydantic import JsonValue

from passgap.errors import StudyError
from passgap.probes import PROBES
from passgap.spec import StudySpec
from passgap.tasks.probe_sets.own import load_own_set


def own_prompt_sets(spec: StudySpec, folder: Path) -> dict[str, JsonValue]:
    """The sets by name, as JSON.

    Args:
        spec: the study.
        folder: that its paths are relative to.

    Raises:
        StudyError: everything that is wrong with them.
    """
    if not spec.prompt_sets:
        return {}
    read = {probe.prompts.prompt_set for probe in PROBES.values() if probe.prompts is not None}
    found: dict[str, JsonValue] = {}
    problems: list[str] = []
    for name, path in spec.prompt_sets.items():
        if name not in read:
            near = difflib.get_close_matches(name, read, n=1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            problems.append(f"prompt_sets.{name}: no probe reads a set of this name.{meant} They read: {_named(read)}.")
            continue
        try:
            found[name] = load_own_set(name, folder / Path(path).expanduser()).model_dump(mode="json")
        except StudyError as error:
            problems += [f"prompt_sets.{name}: {each}" for each in error.problems]
    if problems:
        raise StudyError("the study's own prompt sets cannot be used", problems)
    return found


def _named(sets: set[str]) -> str:
    return ", ".join(sorted(sets))
