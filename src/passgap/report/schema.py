"""The JSON schema of ``report.json``, made from the records and shipped with the package.

Within a version, fields are added and never removed or given another meaning, so that a reader ignores what it does not
know. ``scripts/write_report_schema.py`` writes the shipped file anew, and a test compares it with the records.
"""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from passgap.records import SCHEMA_VERSION
from passgap.report.study_report import StudyReport

NAME = f"report-v{SCHEMA_VERSION}.schema.json"


def shipped_schema() -> dict[str, Any]:
    """The schema in the package."""
    text = resources.files("passgap.report").joinpath("assets", NAME).read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def schema_of_records() -> dict[str, Any]:
    """The schema of the records as they are, in draft 2020-12."""
    made = StudyReport.model_json_schema(mode="validation")
    _open(made)
    made["properties"]["schema_version"]["const"] = SCHEMA_VERSION
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:passgap:report:v{SCHEMA_VERSION}",
        **made,
        "title": "report.json of passgap",
        "description": f"The report of a study, version {SCHEMA_VERSION}. Fractions are fractions of 1, differences of "
        "fractions too; every measured figure is an Estimate with its interval, level and sizes, or an Insufficient "
        "with its reason.",
    }


def _open(schema: Any) -> None:
    """Let objects hold fields of later releases, and take out titles that only repeat a name."""
    if isinstance(schema, dict):
        if schema.get("additionalProperties") is False:
            del schema["additionalProperties"]
        if isinstance(schema.get("title"), str) and "properties" not in schema:
            del schema["title"]
        for each in schema.values():
            _open(each)
    elif isinstance(schema, list):
        for each in schema:
            _open(each)
