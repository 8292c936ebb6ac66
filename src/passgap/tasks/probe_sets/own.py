"""Prompt sets of a study's own, which stand in the place of the battery's: one YAML file each, like those here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from passgap.errors import StudyError
from passgap.messages import describe_errors
from passgap.paths import AnyPath
from passgap.tasks.probe_sets import ProbeSet
from passgap.tasks.probe_sets.answers import RULES, is_right

MOST_BYTES = 16 * 2**20
"""The largest file: a set of thousands of prompts has a tenth of it."""

_TRIED = ("", "1", "{}", "[1]", "- a\n- b", "1. a")
"""Texts that a rule is tried on, so that an answer which it cannot compare with shows at intake."""


def load_own_set(name: str, path: AnyPath) -> ProbeSet:
    """Read the file that a study gives for the set of this name. A set without any prompt is one, too.

    Raises:
        StudyError: everything that is wrong with it.
    """
    file = Path(path)
    try:
        status = file.stat()
    except OSError as error:
        raise StudyError(
            f"the prompt set of `prompt_sets.{name}` cannot be read",
            [f"{file}: {error.strerror or error}. Name a YAML file, relative to the study's folder."],
        ) from error
    return _loaded(name, file, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=64)
def _loaded(name: str, file: Path, changed: int, size: int) -> ProbeSet:
    del changed
    problems = [f"it has {size:,} bytes, and at most {MOST_BYTES:,} are read"] if size > MOST_BYTES else []
    if not problems:
        try:
            read = ProbeSet.model_validate({**_mapping(file), "name": name})
            problems = list(_faults(read))
            if not problems:
                return read
        except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
            problems = [f"it is no YAML in UTF-8: {' '.join(str(error).split())}"]
        except ValidationError as error:
            problems = [describe_errors(error.errors())]
    raise StudyError(f"the prompt set of `prompt_sets.{name}` is not usable", [f"{file}: {each}." for each in problems])


def _mapping(file: Path) -> dict[str, Any]:
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(read, dict):
        raise yaml.YAMLError("a mapping with `prompts` is needed")
    return {**read, "prompts": read.get("prompts") or []}


def _faults(read: ProbeSet) -> Iterator[str]:
    if read.samples < 1:
        yield f"samples: {read.samples} answers to a prompt are too few"
    yield from (f"tokens.{kind}: {most} is too few" for kind, most in read.tokens.items() if most < 1)
    seen: set[str] = set()
    for each in read.prompts:
        if each.id in seen:
            yield f"the prompt `{each.id}` occurs more than once"
        seen.add(each.id)
        if not each.text.strip():
            yield f"the prompt `{each.id}` has no text"
        if each.rule is not None and each.rule not in RULES:
            yield f"the prompt `{each.id}` has the rule `{each.rule}`; there are {', '.join(RULES)}"
        elif each.rule is not None and not _works(each.rule, each.answer):
            yield f"the prompt `{each.id}`: its rule `{each.rule}` cannot work with the answer {each.answer!r}"


def _works(rule: str, answer: str) -> bool:
    try:
        return all(is_right(rule, answer, text) in (True, False) for text in _TRIED)
    except (ValueError, KeyError, TypeError):
        return False
