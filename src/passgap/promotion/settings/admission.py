"""Who may call the gateway, where, and how much at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from passgap.promotion.settings.upstreams import Seconds
from passgap.spec.engines import VariableName
from passgap.spec.section import Section, Text

Port = Annotated[int, Field(ge=0, le=65535)]

Host = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9.:-]+$")]


class ListenSection(Section):
    """Where clients call."""

    host: Host = Field(
        default="127.0.0.1", description="The address to listen at. Any but a loopback address needs `keys`."
    )
    port: Port = Field(default=8080, description="The port to listen at; 0 takes a free one.")
    grace_seconds: Seconds = Field(
        default=60.0, description="How long calls in flight may go on when the gateway is told to end."
    )


class AdminSection(Section):
    """Where operators see the gateway's state and metrics; never on the clients' listener."""

    socket: Text | None = Field(
        default=None,
        description="The path of a Unix socket for its user alone, relative to the file. By default "
        "`promotion/admin.sock`, unless `port` is given.",
    )
    host: Host = Field(default="127.0.0.1", description="The address to listen at, where `port` is given.")
    port: Port | None = Field(default=None, description="A port to listen at instead of a socket. It needs a key.")
    key_variable: VariableName | None = Field(
        default=None,
        description="The environment variable that holds the operators' key, which is none of the clients' keys.",
        examples=["PASSGAP_ADMIN_KEY"],
    )


class KeySection(Section):
    """A key of clients. Its name, never the key, stands in the telemetry."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = Field(
        description="What the key is called in telemetry.", examples=["editor-team"]
    )
    variable: VariableName | None = Field(
        default=None, description="The environment variable that holds the key.", examples=["EDITOR_TEAM_KEY"]
    )
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = Field(
        default=None, description="The SHA-256 of the key in hexadecimal, where no variable is to hold it."
    )
    concurrency: int = Field(default=1024, ge=1, description="Calls with this key at the same time, at most.")


class LimitsSection(Section):
    """Bounds on what a client can make the gateway hold."""

    concurrency: int = Field(default=4096, ge=1, description="Calls at the same time, at most; more get a 503.")
    body_bytes: int = Field(default=32 * 1024 * 1024, ge=1024, description="The largest request body, in bytes.")
    header_bytes: int = Field(default=32 * 1024, ge=1024, description="The size of a request's headers, at most.")
    header_count: int = Field(default=100, ge=8, description="The number of a request's headers, at most.")
    header_seconds: Seconds = Field(default=10.0, description="How long a client may take to send its headers.")
    body_seconds: Seconds = Field(default=120.0, description="How long a client may take to send its body.")
    idle_seconds: Seconds = Field(default=75.0, description="How long a connection may stay open between calls.")
