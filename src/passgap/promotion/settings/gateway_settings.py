"""The whole of the gateway's file."""

from __future__ import annotations

from pydantic import Field

from passgap.promotion.settings.admission import AdminSection, KeySection, LimitsSection, ListenSection
from passgap.promotion.settings.logging import TelemetrySection
from passgap.promotion.settings.traffic import CanarySection, Roles, RouteSection, ShadowSection
from passgap.promotion.settings.upstreams import UpstreamSection
from passgap.records import digest_of
from passgap.spec.section import Section, Text


class GatewaySettings(Section):
    """The file of a gateway: upstreams by name, which of them is production, and the candidate's share."""

    upstreams: dict[Text, UpstreamSection] = Field(
        min_length=1,
        description="The model servers, each under a name of your choice.",
        examples=["{base: {base_url: http://127.0.0.1:8000/v1, model: my-base-model, checkpoint: base}}"],
    )
    production: Text = Field(
        description="The upstream that serves every call that is not the candidate's.", examples=["base"]
    )
    base: Text | None = Field(
        default=None,
        description="The upstream that a rollback goes back to; by default that of `production`.",
        examples=["base"],
    )
    candidate: Text | None = Field(
        default=None, description="The upstream of the checkpoint under test.", examples=["tuned"]
    )
    roles: Roles = Field(
        default=Roles.FILE,
        description="Who says which upstreams are production and the candidate: this `file`, or the study's "
        "`registry`: the upstreams of the checkpoints that `passgap promote` put there. `production` is then where "
        "calls go until the registry has said it; a candidate in the shadow gets copies, one in the canary users too.",
    )
    rollback: bool = Field(
        default=False, description="The one flip: `true` sends every call to `base`, and the candidate gets none."
    )
    served_as: tuple[Text, ...] = Field(
        default=(),
        description="Further names under which clients may ask for the model, beside those of the upstreams.",
        examples=["[autocomplete]"],
    )
    shadow: ShadowSection = Field(default=ShadowSection(), description="Mirroring to the candidate.")
    canary: CanarySection = Field(default=CanarySection(), description="Users who are served by the candidate.")
    routes: tuple[RouteSection, ...] = Field(default=(), description="Further paths that are passed through.")
    listen: ListenSection = Field(default=ListenSection(), description="Where clients call.")
    admin: AdminSection = Field(default=AdminSection(), description="Where operators look.")
    keys: tuple[KeySection, ...] = Field(default=(), description="The clients' keys; without any, everybody may call.")
    limits: LimitsSection = Field(default=LimitsSection(), description="Bounds on what clients send.")
    telemetry: TelemetrySection = Field(default=TelemetrySection(), description="The log of calls.")

    @property
    def base_name(self) -> str:
        """The name of the upstream that a rollback goes back to."""
        return self.base or self.production

    def rolled_back(self) -> GatewaySettings:
        """These settings after the flip."""
        return self.model_copy(update={"rollback": True})

    @property
    def hash(self) -> str:
        """The first 16 hexadecimal digits of the digest of these settings, which every row of telemetry names."""
        dumped = self.model_dump(mode="json")
        if self.roles is Roles.FILE:
            del dumped["roles"]
        for name, default in _LATER.items():
            if dumped["telemetry"][name] == default:
                del dumped["telemetry"][name]
        return digest_of(dumped)[:16]


_LATER = {"spans": "none", "store": None}
"""Fields of `telemetry` that settings of earlier versions lack, whose hashes stay what they were."""
