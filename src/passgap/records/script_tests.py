"""Tests of a program that only a script can put to use: it runs with the program, in an environment of libraries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from passgap.records.base import Record
from passgap.records.repository_tests import ENVIRONMENT_NAME


class ScriptTests(Record):
    """Python code that tests a program, which it gets as a text: the variable ``solution``, as in DS-1000.

    It runs inside the jail and executes the program itself: no more than a guarded protocol keeps a program from
    forging its results.
    """

    style: Literal["script"] = "script"
    code: str = Field(min_length=1)
    """Definitions, executed before the calls."""
    calls: tuple[str, ...] = Field(min_length=1)
    """Statements, one per test, each of which fails by raising."""
    environment: str = Field(pattern=ENVIRONMENT_NAME)
    """The environment that it runs in: the name of one that the person brings."""
