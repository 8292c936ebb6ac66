"""Intake: a study is valid, or everything that is wrong with it is said in one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from passgap import moves
from passgap.errors import StudyError
from passgap.records import Record
from passgap.spec.alternatives import COMPARATORS
from passgap.spec.draft import Draft, DraftSections
from passgap.spec.explain import explain, kinds_of, missing, near, told_once
from passgap.spec.fine_tuning import refusals_of_updates
from passgap.spec.first_form import from_first_form, note, place
from passgap.spec.flags import flags
from passgap.spec.partial import partial_section, section_of
from passgap.spec.pilot import with_recipe
from passgap.spec.pilot_refusals import refusals_of_pilot, refusals_of_problems
from passgap.spec.promotion import refusals_of_guards
from passgap.spec.refusals import refusals
from passgap.spec.repetitions import flags_of_repetitions, refusals_of_repetitions
from passgap.spec.section import Section
from passgap.spec.study import StudySpec
from passgap.spec.tables import DeclaredArm, Tables
from passgap.spec.tolerances import read_battery, refusals_of_waivers
from passgap.spec.yaml_text import parse_mapping


class Intake(Record):
    """A valid study, and what is allowed in it and yet worth a second look."""

    spec: StudySpec
    flags: tuple[str, ...]
    notes: tuple[str, ...] = ()
    """Notes on fields that are read in another form than they are written in, with the same meaning."""


def parse_study(text: str, where: str = "study.yaml", *, tables: Tables) -> Intake:
    """Read a study from its YAML text.

    Args:
        text: the YAML.
        where: what messages call it.
        tables: what is defined in layers above and can be named in a study.

    Raises:
        StudyError: everything that is missing or wrong, each with why it is needed and an example.
    """
    return intake_of(draft_study(text, where, tables=tables), where, tables=tables)


def intake_of(draft: Draft, where: str, more: Iterable[str] = (), *, tables: Tables) -> Intake:
    """The study that a draft is, where nothing is wrong with it.

    Raises:
        StudyError: everything that is wrong with it, and ``more`` that was found elsewhere.
    """
    if draft.problems:
        problems = [*draft.problems, *more]
        count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise StudyError(f"{where}: {count}; nothing is designed or measured before they are settled", problems)
    study = cast("DraftSections", draft.sections)
    spec = StudySpec.model_validate(dict(draft.sections)).written_in(draft.first_form)
    return Intake(
        spec=spec,
        flags=(*_flags_of_arms(study, draft.first_form, tables), *flags(study)),
        notes=(note(draft.first_form),) if draft.first_form else (),
    )


def draft_study(text: str, where: str = "study.yaml", *, tables: Tables) -> Draft:
    """Read what can be read of a study.

    Args:
        text: the YAML.
        where: what messages call it.
        tables: what is defined in layers above and can be named in a study.

    Raises:
        StudyError: the text is no YAML, or holds no sections.
    """
    raw, first_form, problems = from_first_form(parse_mapping(text, where))
    problems.extend(_unknown_fields(raw))
    known = {COMPARATORS: (*moves.COMPARATORS, *(name for name in tables.arms if name not in tuple(moves.Move)))}
    sections: dict[str, Any] = {}
    incomplete = False
    for name, field in StudySpec.model_fields.items():
        read: tuple[Any, list[str]]
        if name == "arms":
            read = _read_arms(raw.get(name), tables, lambda path: place(path, first_form))
        elif name == "tracking":
            read = _read_trackers(raw.get(name), tables)
        elif name == "battery":
            battery = read_battery(raw.get(name), tables.tolerances)
            read = battery.tolerances, list(battery.problems)
        elif name in raw:
            read = _read(name, field, {} if raw[name] is None else raw[name], known)
        elif field.is_required():
            problems.extend(missing(name, field))
            continue
        else:
            read = field.get_default(), []
        value, faults = read
        problems.extend(faults)
        incomplete |= bool(faults)
        if value is not None or not faults:
            sections[name] = value
    study = cast("DraftSections", sections)
    rules: list[Callable[[], Iterator[str]]] = [
        *refusals(study),
        *_refusals_of_arms(study, first_form, tables),
        partial(_refusals_of_search, study, tables),
        partial(refusals_of_waivers, study.get("waivers", {}), tables.probes),
        partial(_refusals_of_promotion, raw, study, tables),
    ]
    problems.extend(_told(rules, incomplete=incomplete))
    return Draft(sections=sections, problems=tuple(problems), first_form=first_form)


def _told(rules: Iterable[Callable[[], Iterator[str]]], *, incomplete: bool) -> Iterator[str]:
    """Yield the findings of the rules. Where fields are unknown, a rule that reaches one of them yields no more."""
    for rule in rules:
        try:
            yield from rule()
        except AttributeError:
            if not incomplete:
                raise


def _read(name: str, field: FieldInfo, given: Any, known: dict[str, Any] | None = None) -> tuple[Any, list[str]]:
    """Read a section: as far as it can be, with what is wrong in it."""
    adapter: TypeAdapter[Any] = TypeAdapter(field.rebuild_annotation())
    try:
        return adapter.validate_python(given, context=known), []
    except ValidationError as error:
        faults = [fault for detail in told_once(error) for fault in explain(name, field, detail)]
        # Nothing is too small for a decision that may not have been meant.
        return (True if name == "rehearsal" else _partly(field, given)), faults


def _read_arms(given: Any, tables: Tables, at: Callable[[str], str]) -> tuple[dict[str, Section], list[str]]:
    """Read each arm's section by its own declaration; an arm that is always declared has its defaults."""
    if not isinstance(given, dict | None):
        return {}, ["arms: should be a section: the name of each arm and its settings."]
    given, problems = _by_arm(given or {})
    read: dict[str, Section] = {}
    for name in given:
        if name not in tables.arms:
            problems.append(_no_such_arm(str(name), tables))
    for name, arm in tables.arms.items():
        if name in given:
            value = given[name]
            section, faults = _read(f"arms.{name}", FieldInfo(annotation=arm.Section), {} if value is None else value)
            problems.extend(map(at, faults))
            if section is not None:
                read[name] = section
        elif arm.always_declared:
            read[name] = arm.Section()
    return read, problems


def _read_trackers(given: Any, tables: Tables) -> tuple[dict[str, Section], list[str]]:
    """Read the section of each experiment tracker by its own declaration."""
    if not isinstance(given, dict | None):
        return {}, ["tracking: should be a section: the name of each experiment tracker and its settings."]
    read: dict[str, Section] = {}
    problems = []
    for name, value in (given or {}).items():
        if name not in tables.trackers:
            problems.append(f"tracking.{name}: there is no such tracker.{near(str(name), list(tables.trackers))}")
            continue
        kind = tables.trackers[name]
        section, faults = _read(f"tracking.{name}", FieldInfo(annotation=kind), {} if value is None else value)
        problems.extend(faults)
        if section is not None:
            read[name] = section
    return read, problems


def _by_arm(given: dict[Any, Any]) -> tuple[dict[Any, Any], list[str]]:
    """The sections by the names of arms, where one stands under the name of the move: ``do-nothing`` is ``base``."""
    found: dict[Any, Any] = {}
    problems = []
    for name, section in given.items():
        arm = moves.Move(name).arm if name in tuple(moves.Move) else name
        if arm in found:
            problems.append(f"arms.{name}: the same arm as `arms.{arm}`. Keep one of the two.")
        found[arm] = section
    return found, problems


def _refusals_of_promotion(raw: Mapping[str, Any], study: DraftSections, tables: Tables) -> Iterator[str]:
    """Yield what is wrong with declared guardrails; without any, the metrics need not be looked up."""
    rules = study.get("promotion")
    if rules is not None and raw.get("promotion") is not None:
        yield from refusals_of_guards(rules, tables.metrics())


def _no_such_arm(name: str, tables: Tables) -> str:
    return f"arms.{name}: there is no such arm.{near(name, list(tables.arms))}"


def _declared(study: DraftSections, tables: Tables) -> Iterator[tuple[DeclaredArm, Section]]:
    arms = study.get("arms", {})
    return ((arm, arms[name]) for name, arm in tables.arms.items() if name in arms)


def _place(arm: str, first_form: frozenset[str]) -> Callable[[str], str]:
    """The path of a field of an arm as it stands in the file; the arm's own, without a field."""
    return lambda field: place(f"arms.{arm}.{field}" if field else f"arms.{arm}", first_form)


def _refusals_of_arms(
    study: DraftSections, first_form: frozenset[str], tables: Tables
) -> Iterator[Callable[[], Iterator[str]]]:
    for arm, section in _declared(study, tables):
        yield partial(arm.refusals, section, study, _place(arm.name, first_form))
        yield partial(refusals_of_repetitions, section, study, _place(arm.name, first_form))
        yield partial(refusals_of_updates, section, _place(arm.name, first_form))


def _refusals_of_search(study: DraftSections, tables: Tables) -> Iterator[str]:
    """Yield what is wrong with a search for a recipe, and with each of its recipes as the arm would carry it out."""
    pilot = study.get("pilot")
    if pilot is None:
        return
    arm = tables.arms.get(pilot.arm)
    if arm is None or not arm.searchable:
        able = ", ".join(f"`{name}`" for name, each in tables.arms.items() if each.searchable)
        yield f"pilot.arm: no recipe can be searched for `{pilot.arm}`. It can be for {able}."
        return
    yield from refusals_of_problems(pilot, study["development"])
    section = study["arms"].get(arm.name)
    if section is None:
        yield f"arms.{arm.name}: missing; `pilot` searches for its recipe. Example: `arms: {{{arm.name}: {{}}}}`."
        return
    seed = study.get("seed", 0)
    yield from refusals_of_pilot(pilot, section, seed)
    own = set(arm.refusals(section, study, lambda field: f"arms.{pilot.arm}.{field}"))
    for number, recipe in enumerate(pilot.tried(seed), start=1):
        for reason in arm.refusals(with_recipe(section, recipe), study, lambda field: f"arms.{pilot.arm}.{field}"):
            if reason not in own:  # said of the arm
                yield f"pilot: recipe {number} ({recipe.label}): {reason}"


def _flags_of_arms(study: DraftSections, first_form: frozenset[str], tables: Tables) -> Iterator[str]:
    for arm, section in _declared(study, tables):
        yield from arm.flags(section, study, _place(arm.name, first_form))
        yield from flags_of_repetitions(section, study, _place(arm.name, first_form))
    comparator = tables.arms.get(study["comparator"].method)
    if comparator is not None:
        yield from comparator.flags_as_comparator(study)


def _partly(field: FieldInfo, given: Any) -> Section | None:
    kinds = kinds_of(field)
    named = given.get("name", "local") if isinstance(given, dict) else None
    kind = kinds.get(named) if kinds and isinstance(named, str) else section_of(field)
    return partial_section(kind, given) if kind is not None else None


def _unknown_fields(raw: dict[str, Any]) -> Iterator[str]:
    for name in raw:
        if name not in StudySpec.model_fields:
            yield f"{name}: there is no such section.{near(name, list(StudySpec.model_fields))}"
