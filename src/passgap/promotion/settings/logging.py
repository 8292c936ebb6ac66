"""The record that is kept of every call, and for how long."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from passgap.spec.engines import VariableName
from passgap.spec.section import Section


class Contents(StrEnum):
    """Which texts are kept beside the telemetry."""

    NONE = "none"
    ANSWERS = "answers"
    """The models' answers: what syntax, format and refusals are measured on."""
    ALL = "all"
    """Prompts and answers."""


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
