"""The record that is kept of every call, and for how long."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from passgap.spec.engines import VariableName
from passgap.spec.section import Section, Text


class Contents(StrEnum):
    """Which texts are kept beside the telemetry."""

    NONE = "none"
    ANSWERS = "answers"
    """The models' answers: what syntax, format and refusals are measured on."""
    ALL = "all"
    """Prompts and answers."""


class Spans(StrEnum):
    """Which spans are made of calls, by which version of OpenTelemetry's conventions for generative AI."""

    NONE = "none"
    GEN_AI_1_44 = "gen-ai-1.44"


class StoreSection(Section):
    """A PostgreSQL database that gateways on several machines share: their rows, and a rollback of any of them."""

    url_variable: VariableName = Field(
        description="The environment variable that holds the database's address.", examples=["PASSGAP_STORE_URL"]
    )
    study: Text = Field(
        description="The name under which the rows are kept, the same on every machine.", examples=["autocomplete"]
    )


class TelemetrySection(Section):
    """The log of calls: one row per call, without any text unless it is asked for."""

    retention_days: int = Field(default=30, ge=1, le=3650, description="For how many days rows and texts are kept.")
    contents: Contents = Field(
        default=Contents.NONE, description="Texts that are kept: `none`, the models' `answers`, or `all`."
    )
    content_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="How much of one text is kept, in bytes; the rest is cut off."
    )
    secret_variable: VariableName | None = Field(
        default=None,
        description="The environment variable that holds the secret of user hashes and of the split. By default it "
        "is made once and kept in `promotion/secret`. Several gateways that share users need the same.",
        examples=["PASSGAP_SPLIT_SECRET"],
    )
    reserve_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=0,
        description="Disk space that is held back, and given to the log when the disk is full.",
    )
    pending_rows: int = Field(
        default=100_000,
        ge=1,
        description="Rows that are held in memory while the disk takes none; more are lost and counted.",
    )
    spans: Spans = Field(
        default=Spans.NONE,
        description="Spans of calls for OpenTelemetry: `none`, or by which conventions. They are sent by OTLP over "
        "HTTP to where `OTEL_EXPORTER_OTLP_ENDPOINT` says.",
    )
    store: StoreSection | None = Field(
        default=None,
        description="The database of gateways that run on several machines: it has the rows of all, and a rollback on "
        "one is in force on every one.",
    )
