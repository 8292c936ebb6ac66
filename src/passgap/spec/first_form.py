"""The first form of a study, in which the sections of two arms stood at the top level.

Such a study is read into the present form, and its digest is computed on the first one: what is written in either form
is the same study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from passgap.records import digested
from passgap.spec.section import Section

FIRST_PLACES: Mapping[str, tuple[str, ...]] = {
    "sampling": ("ssd", "sampling"),
    "training": ("ssd", "training"),
    "decode_only": ("decode-only",),
}
"""Where each top-level field of the first form stands under ``arms``."""


def from_first_form(raw: Mapping[str, Any]) -> tuple[dict[str, Any], frozenset[str], list[str]]:
    """Put the arms' sections where they belong.

    Returns:
        The study in its present form, the top-level fields that were moved, and what stands in both places.
    """
    found = frozenset(FIRST_PLACES.keys() & raw.keys())
    given = raw.get("arms") or {}
    if not found or not isinstance(given, dict):
        return dict(raw), frozenset(), [f"{name}: belongs under `arms`, which is no section." for name in sorted(found)]
    arms = {name: dict(each) if isinstance(each, dict) else each for name, each in given.items()}
    problems = []
    for name in FIRST_PLACES:
        if name not in found:
            continue
        arm, *inner = FIRST_PLACES[name]
        value = {} if raw[name] is None else raw[name]
        if not inner and arm not in arms:
            arms[arm] = value
        elif inner and isinstance(arms.setdefault(arm, {}), dict) and inner[0] not in arms[arm]:
            arms[arm][inner[0]] = value
        else:
            problems.append(f"{name}: stands at the top level and as `{_path(name)}`. Keep the second.")
    rest = {name: value for name, value in raw.items() if name not in found}
    return {**rest, "arms": arms}, found, problems


def place(path: str, first_form: frozenset[str]) -> str:
    """The path of a field as it stands in the file: ``sampling.top_k`` for ``arms.ssd.sampling.top_k``."""
    for name in first_form:
        now = _path(name)
        if path == now or path.startswith((f"{now}.", f"{now}:")):
            return name + path.removeprefix(now)
    return path


def note(first_form: frozenset[str]) -> str:
    """The sentence that says where the sections of a study in its first form belong by now."""
    names = [name for name in FIRST_PLACES if name in first_form]
    listed = " and ".join(filter(None, [", ".join(f"`{name}`" for name in names[:-1]), f"`{names[-1]}`"]))
    stands = "stand" if len(names) > 1 else "stands"
    return (
        f"{listed} {stands} at the top level, as in earlier versions, and {'are' if len(names) > 1 else 'is'} read as "
        f"{' and '.join(f'`{_path(name)}`' for name in names)}. It is the same study in either form."
    )


def in_first_form(fields: Mapping[str, Any], declared: Mapping[str, Section]) -> dict[str, Any]:
    """A declaration as the first form has it; what that form had no place for stands under ``arms``.

    Args:
        fields: all fields of the study but its arms.
        declared: the section of each arm.
    """
    form = dict(fields)
    rest = {arm: digested(section) for arm, section in declared.items()}
    for name, (arm, *inner) in FIRST_PLACES.items():
        section = declared.get(arm)
        form[name] = getattr(section, inner[0]) if inner and section is not None else section
        if section is not None and inner:
            rest[arm].pop(inner[0], None)
    moved_whole = {arm for arm, *inner in FIRST_PLACES.values() if not inner}
    moved_in_parts = {arm for arm, *inner in FIRST_PLACES.values() if inner}
    arms = {arm: each for arm, each in rest.items() if arm not in moved_whole and (each or arm not in moved_in_parts)}
    return {**form, "arms": arms} if arms else form


def _path(name: str) -> str:
    return ".".join(("arms", *FIRST_PLACES[name]))
