"""A model server behind the gateway: where it is, what it serves, and how long it may take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from passgap.spec.engines import BaseUrl, VariableName
from passgap.spec.section import Section, Text

Seconds = Annotated[float, Field(gt=0.0, le=86400.0, allow_inf_nan=False)]


class OnClientClose(StrEnum):
    """The fate of a call at the upstream when its client goes away."""

    CANCEL = "cancel"
    """The connection to the upstream is closed at once: the server frees its batch slot."""
    DRAIN = "drain"
    """The answer is read to its end, for ``drain_seconds`` at most: for servers that an abort harms."""


class UpstreamSection(Section):
    """One OpenAI-compatible server that serves one checkpoint."""

    base_url: BaseUrl = Field(
        description="Where the server is, with its version path and without any credentials.",
        examples=["http://127.0.0.1:8000/v1"],
    )
    model: Text = Field(
        description="The name under which the server serves the checkpoint: every call is sent under this name.",
        examples=["my-base-model"],
    )
    checkpoint: Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[\x21-\x7e]+$")] = Field(
        description="The checkpoint's id in the registry; answers and telemetry name it.", examples=["base"]
    )
    key_variable: VariableName | None = Field(
        default=None,
        description="The name of the environment variable that holds the server's key; the key itself stands nowhere.",
        examples=["BASE_SERVER_KEY"],
    )
    on_client_close: OnClientClose = Field(
        default=OnClientClose.CANCEL,
        description="`cancel` or `drain` a call at the server when its client has gone.",
    )
    drain_seconds: Seconds = Field(default=30.0, description="How long an answer without a client is read at most.")
    connect_seconds: Seconds = Field(default=5.0, description="How long opening a connection may take.")
    first_byte_seconds: Seconds = Field(
        default=600.0, description="How long the server may take until its answer begins."
    )
    idle_seconds: Seconds = Field(default=300.0, description="How long an answer that has begun may pause.")
    total_seconds: Seconds = Field(default=3600.0, description="How long a whole answer may take.")
