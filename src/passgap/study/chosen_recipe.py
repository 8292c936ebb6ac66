"""The recipe that a search chose for an arm, as the ledger has it, and what becomes of the arm until there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, cast

from passgap.arms import arm_of
from passgap.errors import StudyError
from passgap.spec import StudySpec
from passgap.spec.draft import DraftSections
from passgap.spec.pilot import with_settings
from passgap.spec.section import Section
from passgap.store import Ledger, LedgerEntry

PILOT = "pilot"
"""A search was declared."""
PILOT_OUTCOME = "pilot-outcome"
"""A search ended."""


def entry_of(ledger: Ledger, kind: str, arm: str) -> LedgerEntry | None:
    """The entry of this kind on an arm's search."""
    return next((each for each in ledger.of_kind(kind) if _payload(each).get("arm") == arm), None)


def chosen_sections(ledger: Ledger, spec: StudySpec) -> dict[str, Section]:
    """The section of each arm whose recipe was chosen by a search: its own, with the winner's settings."""
    found: dict[str, Section] = {}
    for entry in ledger.of_kind(PILOT_OUTCOME):
        arm, settings = str(_payload(entry).get("arm")), _payload(entry).get("settings")
        if arm in spec.arms and isinstance(settings, dict) and spec.pilot is not None and spec.pilot.arm == arm:
            found[arm] = with_settings(spec.arms[arm], settings)
    return found


def require_recipe(ledger: Ledger, spec: StudySpec, arm: str) -> LedgerEntry | None:
    """The entry of the search that chose an arm's recipe; None where the study's own section is the recipe.

    Raises:
        StudyError: a search is declared and has not ended, it ended without a recipe, or one was carried out and the
            study does not declare it any more.
    """
    outcome = entry_of(ledger, PILOT_OUTCOME, arm)
    declared = spec.pilot is not None and spec.pilot.arm == arm
    if not declared:
        if entry_of(ledger, PILOT, arm) is None:
            return None
        raise StudyError(
            f"the recipe of `{arm}` was searched for, and the study does not declare the search any more",
            [
                "pilot: missing. The ledger holds the search; an arm is not run with another recipe beside it. Put the "
                "section back, or begin a new study folder."
            ],
        )
    if outcome is None:
        raise StudyError(
            f"the recipe of `{arm}` is to be chosen by a search, which has not ended",
            [f"pilot: declares it for `{arm}`. `passgap pilot STUDY` carries it out; `passgap run STUDY` does it too."],
        )
    if _payload(outcome).get("recipe") is None and spec.pilot is not None and spec.pilot.if_none == "stop":
        raise StudyError(
            f"no recipe of `{arm}` keeps the tolerances, so it is not run",
            [
                f"{_payload(outcome).get('why')} With `pilot.if_none: declared`, declared in a new study folder, it "
                f"would be run with the settings of its own section."
            ],
        )
    return outcome


def flags_of_chosen(ledger: Ledger, spec: StudySpec, chosen: Mapping[str, Section]) -> Iterator[str]:
    """Yield what is unusual in chosen recipes; a rank that a search measured is not."""
    for name, section in chosen.items():
        study = cast("DraftSections", {field: getattr(spec, field) for field in type(spec).model_fields})
        lifted = lifts_rank_flag(ledger, name)
        for flag in arm_of(name).flags(section, study, partial(spec.at, name)):
            if not (lifted and flag.startswith(spec.at(name, "training.lora_rank"))):
                yield flag


def lifts_rank_flag(ledger: Ledger, arm: str) -> bool:
    """Whether a search measured the rank that it chose: beside a full fine-tune, or beside a higher rank."""
    outcome = entry_of(ledger, PILOT_OUTCOME, arm)
    payload = _payload(outcome) if outcome else {}
    settings = payload.get("settings")
    rank = settings.get("lora_rank") if isinstance(settings, dict) else None
    return isinstance(rank, int) and any(_more(each, rank) for each in _measured(payload))


def _more(settings: dict[str, Any], rank: int) -> bool:
    other = settings.get("lora_rank")
    return settings.get("method", "full") == "full" or (isinstance(other, int) and other > rank)


def _measured(payload: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The settings of every recipe that was measured."""
    recipes = payload.get("measured")
    for each in recipes if isinstance(recipes, list) else ():
        if isinstance(each, dict):
            yield each


def _payload(entry: LedgerEntry) -> dict[str, Any]:
    return entry.payload if isinstance(entry.payload, dict) else {}
