"""One floating-point type for a whole study: models that are compared are computed alike, whatever the machine."""

from __future__ import annotations

from typing import Protocol

from pydantic import JsonValue

from passgap.errors import StudyError
from passgap.spec import PluginEngine, ServerEngine, StudySpec
from passgap.store import LedgerEntry, StudyFolder
from passgap.study.services import Services

ARITHMETIC = "arithmetic"
"""The ledger entry that holds the type that a study began with."""


class OpenedStudy(Protocol):
    """The part of a study's context that the choice of a type depends on."""

    @property
    def spec(self) -> StudySpec: ...

    @property
    def folder(self) -> StudyFolder: ...

    @property
    def services(self) -> Services: ...

    @property
    def read_only(self) -> bool: ...

    @property
    def declared(self) -> bool: ...

    def record(self, kind: str, payload: JsonValue) -> LedgerEntry: ...


def begun_in(folder: StudyFolder) -> str | None:
    """The type that a study's samples are drawn in, or None before the first.

    Studies that were begun before the ledger held it are asked for the type of a sampling that was begun.
    """
    for entry in folder.ledger.of_kind(ARITHMETIC):
        if isinstance(entry.payload, dict):
            return str(entry.payload["dtype"])
    known = (entry.value("engine.dtype") for entry in folder.index() if entry.kind == "samples")
    return next((dtype for dtype in known if isinstance(dtype, str)), None)


def said_of(context: OpenedStudy) -> str | None:
    """The study's type with the reason for it, for people; None before the first sample, and for a served model."""
    for entry in context.folder.ledger.of_kind(ARITHMETIC):
        if isinstance(entry.payload, dict):
            return "{dtype} on {device}: {reason}".format_map(entry.payload)
    begun = None if isinstance(context.spec.engine, ServerEngine) else begun_in(context.folder)
    return begun and f"{begun}, in which the study began"


def services_of(context: OpenedStudy) -> Services:
    """The study's services, whose engine and trainer compute in the type that the study began with.

    Where ``auto`` means another type on this machine, that is noted, and the study goes on in the first: its samples
    would otherwise be drawn anew, or be compared with others.

    Raises:
        StudyError: the study now names another type than it began with.
    """
    services = context.services
    engine = context.spec.engine
    if isinstance(engine, ServerEngine | PluginEngine) or context.read_only or services.in_dtype is None:
        return services
    begun = begun_in(context.folder)
    chosen = services.choose_dtype()
    if chosen is not None and begun in (None, chosen.dtype):
        begun = chosen.dtype
        if context.declared and not context.folder.ledger.of_kind(ARITHMETIC):  # a plan's pilot binds to nothing
            context.record(ARITHMETIC, {**chosen.model_dump(mode="json"), "declared": engine.dtype})
            services.progress.note(f"arithmetic: {chosen}")
    elif chosen is not None:
        if engine.dtype != "auto":
            raise StudyError(
                f"the study began in {begun}, and `engine.dtype` now says {chosen.dtype}",
                [
                    f"engine.dtype: samples of two types are not compared. Put `dtype: {begun}` or `dtype: auto` back, "
                    f"or begin a new study folder."
                ],
            )
        services.progress.note(
            f"arithmetic: the study began in {begun} and goes on in it, so that its samples can be compared. Here "
            f"`auto` would be {chosen}. If {begun} is too slow on this machine, begin a new study folder."
        )
    return services.in_dtype(begun) if begun is not None else services
