"""A snapshot: settings in the form that calls are decided by. A call holds one from its first byte to its last."""

from __future__ import annotations

from dataclasses import dataclass

from passgap.promotion.routing.keyed_hash import fraction_of
from passgap.promotion.routing.routes import Routes
from passgap.promotion.settings import GatewaySettings, UpstreamSection
from passgap.promotion.telemetry.rows import Role


@dataclass(frozen=True)
class Upstream:
    """An upstream with its name."""

    name: str
    section: UpstreamSection

    @property
    def checkpoint(self) -> str:
        return self.section.checkpoint


@dataclass(frozen=True)
class Assignment:
    """Who serves a call, and who gets a copy of it."""

    role: Role
    upstream: Upstream
    mirror: Upstream | None = None


class Snapshot:
    """Settings with all that follows from them alone. Nothing in it changes.

    Args:
        settings: as they are in force: with ``rollback`` set where the gateway was rolled back by command.
        secret: the key of the hashes.
    """

    def __init__(self, settings: GatewaySettings, secret: bytes) -> None:
        self.settings = settings
        self.secret = secret
        self.config_hash = settings.hash
        self.routes = Routes(settings.routes)
        self.upstreams = {name: Upstream(name, section) for name, section in settings.upstreams.items()}
        self.base = self.upstreams[settings.base_name]
        self.production = self.base if settings.rollback else self.upstreams[settings.production]
        in_force = settings.candidate is not None and not settings.rollback
        self.candidate = self.upstreams[settings.candidate] if in_force and settings.candidate else None
        self.canary_share = settings.canary.share if self.candidate else 0.0
        self.shadow_share = settings.shadow.share if self.candidate else 0.0
        self.names = frozenset({*settings.served_as, *(each.model for each in settings.upstreams.values())})
        """The names under which clients may ask for the one model that is served."""

    def assign(self, call: str, user: str | None, model: str | None) -> Assignment:
        """Decide who serves a call.

        A user is in the canary if the keyed hash of the user's name, a number in [0, 1), is below the share: so
        nobody leaves it when the share grows, and every gateway with the same secret decides alike. The number
        depends on the candidate's checkpoint, so that the next candidate is tried on other users.

        Args:
            call: the id of the call, by which copies are sampled.
            user: the user; None where the call names none, which production serves then.
            model: the model asked for. One that is not served is production's to refuse.
        """
        candidate = self.candidate
        if candidate is None or model not in self.names:
            return Assignment(Role.PRODUCTION, self.production)
        if user is not None and self.canary_share:
            drawn = fraction_of(self.secret, f"canary {candidate.checkpoint}", user)
            if drawn < self.canary_share:
                return Assignment(Role.CANARY, candidate)
        sampled = self.shadow_share and fraction_of(self.secret, "shadow", call) < self.shadow_share
        return Assignment(Role.PRODUCTION, self.production, candidate if sampled else None)

    def renamed(self, upstream: Upstream, model: str | None) -> str | None:
        """The name to put in a request in place of ``model``; None where it stays as it is."""
        wanted = upstream.section.model
        return wanted if model in self.names and model != wanted else None
