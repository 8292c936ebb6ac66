"""The declaration of everything that decides, before anything is measured; it cannot be changed afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from passgap.arms import ARMS
from passgap.arms.decode_only import ARM as DECODE_ONLY
from passgap.errors import StudyError
from passgap.probes import EDITION, missing_readers, readers_told
from passgap.spec import StudySpec, read_earlier
from passgap.spec.battery_looks import LOOKS
from passgap.spec.section import Section
from passgap.store import LedgerEntry
from passgap.study.context import (
    BUDGET,
    DECLARATION,
    EDITION_DECLARED,
    LOOKS_DECLARED,
    PROMPT_SETS,
    READERS,
    StudyContext,
)

_SECTIONS = ("thresholds", "diagnostics", "decode_only", "comparator", "failure_cost")
_ARMS = "arms"
"""Further arms that are not pre-registered one by one."""


_JUDGE = "judge"
"""The judge model, of a study that declares one."""

_COMPARISON = "comparison"
"""The version of the rules by which arms are compared with each other (:mod:`.comparing`)."""


def compares_arms(context: StudyContext) -> bool:
    """Whether the rules by which arms are compared were declared; those of an earlier version were not yet known."""
    declared = context.folder.ledger.of_kind(DECLARATION)
    payload = declared[0].payload if declared else None
    return isinstance(payload, dict) and payload.get(_COMPARISON) == 1


def declare(context: StudyContext) -> LedgerEntry:
    """Write what decides into the ledger before anything is measured, once: a sweep of decodings too.

    Raises:
        StudyError: it differs from what was declared before (a threshold is not moved after looking), or a reader of
            code is not here that was declared.
    """
    now = _deciding(context.spec)
    earlier = context.folder.ledger.of_kind(DECLARATION)
    if not earlier:
        written: dict[str, JsonValue] = {name: _dumped(each) for name, each in now.items()}
        probes: list[JsonValue] = [*context.battery.probes]
        rules: dict[str, JsonValue] = {
            "probes": probes,
            EDITION_DECLARED: EDITION,
            LOOKS_DECLARED: list(context.battery.looks),
            _COMPARISON: 1,
        }
        if own := context.own_prompt_sets():
            rules[PROMPT_SETS] = own
        if readers := context.battery.readers:
            rules[READERS] = dict(readers)
            context.note(f"battery: {readers_told(dict(readers))}")
        return context.record(DECLARATION, {**written, **rules, BUDGET: _hours(context.spec)})
    first = earlier[0]
    before = first.payload if isinstance(first.payload, dict) else {}
    changed = [
        f"{name}: declared {before.get(name)} on {first.time:%Y-%m-%d %H:%M} by {first.who}, "
        f"now {_dumped(now.get(name))}"
        for name in _changes(now, before)
    ]
    changed += _changed_looks(context.spec, before.get(LOOKS_DECLARED), f"{first.time:%Y-%m-%d %H:%M} by {first.who}")
    if not context.read_only:
        changed += _changed_prompts(context, before.get(PROMPT_SETS))
    if changed:
        raise StudyError(
            "what decides was changed after it was declared",
            [*changed, "Put the declared values back, or begin a new study folder for the new ones."],
        )
    if not context.read_only:
        _refuse_other_readers(context)
        _note_budget(context, before.get(BUDGET))
    return first


def _refuse_other_readers(context: StudyContext) -> None:
    """Refuse to go on where code cannot be read as it was declared: base and tuned model are read by one reader.

    Raises:
        StudyError: a grammar is not here in its version.
    """
    missing = list(missing_readers(context.battery))
    if missing:
        raise StudyError("the battery's code cannot be read as it was declared", [f"{each}." for each in missing])


def _deciding(spec: StudySpec) -> dict[str, Any]:
    """The sections that decide, by the names that the first version wrote them under."""
    others = {
        name: section
        for name, section in spec.arms.items()
        if name in ARMS and not ARMS[name].preregistered and name != DECODE_ONLY.name and type(section).model_fields
    }
    swept = spec.arms.get(DECODE_ONLY.name)
    declared = {name: swept if name == "decode_only" else getattr(spec, name) for name in _SECTIONS}
    judged = {_JUDGE: spec.judge} if spec.judge is not None else {}
    return {**declared, **judged, **({_ARMS: others} if others else {})}


def _changes(now: Mapping[str, Any], before: Mapping[str, JsonValue]) -> Iterator[str]:
    if _JUDGE in before and _JUDGE not in now:
        yield _JUDGE
    for name, section in now.items():
        if name == _ARMS:
            if _dumped(section) != before.get(name):
                yield name
        elif section != _declared(name, before):
            yield name


def _changed_looks(spec: StudySpec, declared: JsonValue, told: str) -> Iterator[str]:
    """Yield that the looks of the battery were changed. A study from before there were any declares the default."""
    before = list(LOOKS) if declared is None else declared
    if list(spec.battery_looks) != before:
        yield f"battery_looks: declared {before} on {told}, now {list(spec.battery_looks)}"


def _changed_prompts(context: StudyContext, declared: JsonValue) -> Iterator[str]:
    """Yield each prompt set of the study's own that is no longer what it was; a file that is gone is not missed."""
    before = declared if isinstance(declared, dict) else {}
    try:
        now = context.own_prompt_sets()
    except StudyError:
        now = {name: before.get(name) for name in context.spec.prompt_sets}
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            yield f"prompt_sets.{name}: its prompts were declared, and are others now"


def _declared(name: str, payload: Mapping[str, JsonValue]) -> object:
    """A section as it was declared, whichever version wrote it down; one that did not exist yet is the default."""
    if name == "decode_only":
        return read_earlier(DECODE_ONLY.Section | None, payload[name]) if name in payload else None
    field = StudySpec.model_fields[name]
    if name not in payload:
        return field.get_default(call_default_factory=True)
    return read_earlier(field.annotation, payload[name])


def _dumped(value: Any) -> JsonValue:
    if isinstance(value, Section):
        return value.model_dump(mode="json")
    return {name: _dumped(each) for name, each in value.items()} if isinstance(value, dict) else None


def _hours(spec: StudySpec) -> dict[str, JsonValue]:
    return spec.budget.hours.model_dump(mode="json")


def _note_budget(context: StudyContext, declared: JsonValue) -> None:
    """Write down that the hours were changed: a budget binds nobody who can raise it unseen."""
    hours = _hours(context.spec)
    notes = [entry.payload for entry in context.folder.ledger.of_kind(BUDGET)]
    last = notes[-1].get("hours") if notes and isinstance(notes[-1], dict) else declared
    if last is not None and last != hours:
        context.record(BUDGET, {"hours": hours, "before": last})
