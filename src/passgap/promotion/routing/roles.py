"""Which upstreams are production and the candidate where the registry says so, in place of the gateway's file; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from passgap.promotion.settings import GatewaySettings, Roles
from passgap.promotion.settings.upstreams import UpstreamSection
from passgap.records import Record

BASE = "base"
"""The name of the base model, in a registry and in the gateway's file."""


class Aliases(Record):
    """The checkpoints that a registry's aliases name, by their whole ids."""

    time: dt.datetime
    """When they were last changed."""
    production: str | None
    candidate: str | None
    """The checkpoint that gets traffic beside production; None where none does."""
    canary: bool = False
    """Whether users are served by it; otherwise it gets copies of calls alone."""
    base: str | None = None


def with_roles(settings: GatewaySettings, aliases: Aliases | None) -> tuple[GatewaySettings, list[str]]:
    """The settings with the roles that the registry gives, and why they cannot be had.

    A candidate in the shadow gets the declared share of copies and no users; one in the canary gets both shares.

    Args:
        settings: of the gateway's file.
        aliases: of the registry; None where it has not said anything yet: then production is that of the file, and
            there is no candidate.
    """
    if settings.roles is Roles.FILE:
        return settings, []
    problems: list[str] = []
    production, candidate = settings.production, None
    if aliases is not None and aliases.production is not None:
        production = _serving(settings.upstreams, aliases.production, aliases, "production", problems)
    if aliases is not None and aliases.candidate is not None:
        candidate = _serving(settings.upstreams, aliases.candidate, aliases, "candidate", problems)
    if problems:
        return settings, problems
    users = settings.canary if aliases is not None and aliases.canary else settings.canary.model_copy(update=_NOBODY)
    changes = {"roles": Roles.FILE, "production": production, "candidate": candidate, "canary": users}
    return settings.model_copy(update=changes), []


_NOBODY = {"share": 0.0}


def _serving(
    upstreams: Mapping[str, UpstreamSection], checkpoint: str, aliases: Aliases, alias: str, problems: list[str]
) -> str:
    """The upstream that serves a checkpoint; its id may be cut off in the file."""
    found = [name for name, each in upstreams.items() if _is(each.checkpoint, checkpoint, aliases)]
    if len(found) == 1:
        return found[0]
    said = "no upstream serves it" if not found else f"several upstreams serve it: {', '.join(found)}"
    problems.append(
        f"roles: the registry's `{alias}` is {checkpoint[:12]}, and {said}. Declare one with `checkpoint: "
        f"{checkpoint[:12]}`, or move the alias."
    )
    return ""


def _is(named: str, checkpoint: str, aliases: Aliases) -> bool:
    return checkpoint.startswith(named) or (named == BASE and checkpoint == aliases.base)
