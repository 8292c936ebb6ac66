"""The gateway's file, ``serve.yaml``: parsed and checked, with every problem in one message."""

from passgap.promotion.settings.admission import AdminSection, KeySection, LimitsSection, ListenSection
from passgap.promotion.settings.gateway_settings import GatewaySettings
from passgap.promotion.settings.intake import parse_settings
from passgap.promotion.settings.logging import Contents, Spans, StoreSection, TelemetrySection
from passgap.promotion.settings.traffic import CanarySection, Roles, RouteSection, ShadowSection
from passgap.promotion.settings.upstreams import OnClientClose, UpstreamSection

__all__ = [
    "AdminSection",
    "CanarySection",
    "Contents",
    "GatewaySettings",
    "KeySection",
    "LimitsSection",
    "ListenSection",
    "OnClientClose",
    "Roles",
    "RouteSection",
    "ShadowSection",
    "Spans",
    "StoreSection",
    "TelemetrySection",
    "UpstreamSection",
    "parse_settings",
]
