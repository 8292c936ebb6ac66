"""Tolerances of the battery: how a probe declares one, and how the ``battery`` section of a study is read.

The probes are defined in a layer above this one, so the intake is handed a table of their tolerances.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from passgap.messages import describe_expected
from passgap.records.first_schema import FIRST_FIELDS
from passgap.records.units import ToleranceSize
from passgap.spec.section import Fraction

_FIRST_KEYS = FIRST_FIELDS["BatterySection"]
_VALUE: TypeAdapter[float] = TypeAdapter(Fraction)


class ToleranceUnit(StrEnum):
    """The unit of a tolerance. Both are written as fractions of 1."""

    SHARE_OF_BASE = "share of base"
    """Relative: how far the ratio tuned / base may be from 1."""
    DIFFERENCE = "difference"
    """Absolute: how far tuned - base, a difference of two fractions, may be from 0; shown in percentage points."""
    NATS = "nats"
    """Absolute: how far a divergence may be from 0, in nats per token."""


@dataclass(frozen=True, kw_only=True)
class Tolerance:
    """How far a quantity may drift: its key under ``battery`` in ``study.yaml``, its default and its unit.

    Probes that measure the same behaviour in several ways can share one tolerance.
    """

    key: str
    default: ToleranceSize
    unit: ToleranceUnit
    description: str
    disarmable: bool = True
    """Whether a study may set it to 1, at which the probe can never raise an alert."""
    omitted_at_one: bool = False
    """Whether 1 leaves the probes with this tolerance out of a study: their prompts are not asked, as the report says.
    """


Tolerances = Mapping[str, Tolerance]
"""The tolerances that a study can declare, by key, in the order in which they are listed."""


def tolerances_of(declared: Iterable[Tolerance]) -> dict[str, Tolerance]:
    """Collect tolerances by key.

    Raises:
        ValueError: two different tolerances have one key.
    """
    table: dict[str, Tolerance] = {}
    for each in declared:
        if table.setdefault(each.key, each) != each:
            raise ValueError(f"two different tolerances have the key `{each.key}`: {table[each.key]} and {each}")
    return table


def registered_tolerances(given: Mapping[str, float], table: Tolerances) -> dict[str, float]:
    """The tolerances that stand for a study in its digest and in its registrations.

    The keys of schema 1 are always among them. Any later key is there only where its value differs from the default,
    so that adding a probe changes no digest that exists.
    """
    return {
        key: value
        for key, each in table.items()
        if (value := given.get(key, each.default)) != each.default or key in _FIRST_KEYS
    }


@dataclass(frozen=True)
class BatteryDraft:
    """The ``battery`` section as far as it could be read, and what is wrong with it."""

    tolerances: dict[str, float]
    problems: tuple[str, ...]


def read_battery(given: Any, table: Tolerances) -> BatteryDraft:
    """Read the ``battery`` section of a study: a mapping from keys of the table to fractions of 1; None is empty."""
    if not isinstance(given, Mapping | None):
        return BatteryDraft({}, ("battery: should be a section: the name of each tolerance and its value.",))
    read: dict[str, float] = {}
    problems = []
    for key, value in (given or {}).items():
        if key not in table:
            problems.append(_unknown(str(key), table))
            continue
        try:
            read[key] = _VALUE.validate_python(value)
        except ValidationError as error:
            shown = f"; it is {value!r}" if isinstance(value, str | int | float | bool) else ""
            problems.append(f"battery.{key}: should be {describe_expected(error.errors()[0])}{shown}.")
    problems.extend(_disarmed(read, table))
    return BatteryDraft(registered_tolerances(read, table), tuple(problems))


def refusals_of_waivers(waivers: Mapping[str, str], probes: Tolerances) -> Iterator[str]:
    """Yield what is wrong with the waivers of a study: a probe that there is not, or one of safety.

    Args:
        waivers: reasons by the names of probes.
        probes: the tolerance of each probe by its name.
    """
    for name in waivers:
        if name not in probes:
            near = difflib.get_close_matches(name, probes, n=1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            yield f"waivers.{name}: there is no such probe.{meant} The probes are: {', '.join(probes)}."
        elif not probes[name].disarmable:
            yield f"waivers.{name}: an alert on safety cannot be waived. Remove it."


def _unknown(key: str, table: Tolerances) -> str:
    near = difflib.get_close_matches(key, table, n=1)
    meant = f" Did you mean `{near[0]}`?" if near else ""
    return f"battery.{key}: no probe has a tolerance of this name.{meant} The names are: {', '.join(table)}."


def _disarmed(read: Mapping[str, float], table: Tolerances) -> Iterator[str]:
    keys = [key for key, value in read.items() if value >= 1.0 and not table[key].disarmable]
    if keys:
        yield (
            f"battery: a tolerance of 1 for {' and '.join(f'`{key}`' for key in keys)} skips the safety probe, which "
            f"cannot be skipped."
        )
