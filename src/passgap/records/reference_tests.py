"""Tests whose expected values are those of a reference solution, computed once in the jail."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passgap.records.base import Record


class ReferenceTests(Record):
    """Calls of the entry point; a program is right where it returns what the reference returns.

    The reference is run in the jail, in a process of its own, before the first sample of its problem; its values are
    kept outside, and no sample ever sees them.
    """

    style: Literal["reference"] = "reference"
    program: str = Field(min_length=1)
    """The reference."""
    calls: tuple[str, ...] = Field(min_length=1)
    """The arguments of each call, as the expression of a list or tuple of values."""
    comparison: str = "json"
    """The name of the rule by which values are compared, one of the judge's."""
    abs_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    rel_tol: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)
    oracle: str | None = None
    """The name of the rule's special case for this problem, where several values are right."""
