"""Which calls the candidate gets: mirrored ones, and those of the users who are in the canary."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from passgap.promotion.settings.upstreams import Seconds
from passgap.spec.section import Fraction, Section

RoutePath = Annotated[str, Field(pattern=r"^/[A-Za-z0-9._~/-]*(/\*)?$", max_length=256)]
"""A path of the API. With ``/*`` at its end it stands for every path below."""

UserSource = Annotated[str, Field(pattern=r"^(body:[A-Za-z_][A-Za-z0-9_]{0,63}|header:[A-Za-z0-9-]{1,64}|key)$")]


class Roles(StrEnum):
    """Who says which upstreams are production and the candidate."""

    FILE = "file"
    """The gateway's file."""
    REGISTRY = "registry"
    """The aliases of the study's registry of checkpoints."""


class ShadowSection(Section):
    """Mirroring: a sampled share of production's calls is sent to the candidate too; clients never see its answers."""

    share: Fraction = Field(default=0.0, description="The share of production's calls that are mirrored.")
    concurrency: int = Field(
        default=32, ge=1, le=4096, description="Mirrored calls at the candidate at the same time, at most."
    )
    queue: int = Field(
        default=256, ge=0, le=100_000, description="Mirrored calls that wait for the candidate; more are dropped."
    )
    body_bytes: int = Field(
        default=4 * 1024 * 1024,
        ge=1024,
        description="The largest request that is mirrored, in bytes; larger ones are dropped and counted.",
    )
    queue_bytes: int = Field(
        default=64 * 1024 * 1024, ge=1024, description="How much memory the requests in the queue take, at most."
    )
    total_seconds: Seconds = Field(
        default=600.0, description="How long a mirrored call may take; what takes longer is an outcome: a time-out."
    )


class CanarySection(Section):
    """The canary: a share of the users is served by the candidate, each of them always or never."""

    share: Fraction = Field(default=0.0, description="The share of the users who are served by the candidate.")
    user_from: tuple[UserSource, ...] = Field(
        default=("body:user", "body:safety_identifier", "header:x-passgap-user"),
        description="Where a call names its user, in this order: `body:FIELD`, `header:NAME`, or `key` for the "
        "name of the client's key. A call without a user is served by production.",
        examples=["[header:x-user-id]"],
    )


class RouteSection(Section):
    """A further path of the servers' API that the gateway passes through."""

    path: RoutePath = Field(
        description="The path as clients call it; `/*` at its end stands for every path below.",
        examples=["/v1/embeddings"],
    )
    methods: tuple[Literal["GET", "POST", "PUT", "PATCH", "DELETE"], ...] = Field(
        default=("GET", "POST"), min_length=1, description="The methods that are passed through."
    )
    split: bool = Field(
        default=False,
        description="Share this path between production and candidate, as chat completions are: its requests are JSON "
        "with a `model`. Otherwise production alone answers.",
    )
