"""The published schema is that of the records, and every report is valid by it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from passgap.moves import LabelledMove, Move
from passgap.report import StudyReport
from passgap.report.schema import schema_of_records, shipped_schema


def test_the_shipped_schema_is_that_of_the_records() -> None:
    """After a change of a record: ``python scripts/write_report_schema.py``."""
    assert shipped_schema() == json.loads(json.dumps(schema_of_records()))


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(shipped_schema())
    return jsonschema.Draft202012Validator(shipped_schema())


def test_reports_are_valid_by_it(
    validator: jsonschema.Draft202012Validator, with_control: StudyReport, several_candidates: StudyReport
) -> None:
    for each in (with_control, several_candidates):
        written = json.loads(each.model_dump_json())
        assert list(validator.iter_errors(written)) == []
        assert list(validator.iter_errors({**written, "a field of a later release": 1})) == []


def test_a_delta_without_its_battery_an_estimate_without_interval_and_another_version_are_invalid(
    validator: jsonschema.Draft202012Validator, report: StudyReport
) -> None:
    def broken(change) -> bool:
        written = json.loads(report.model_dump_json())
        change(written)
        return not validator.is_valid(written)

    assert broken(lambda each: each["arms"][0].pop("battery"))
    assert broken(lambda each: each["base"]["table"]["overall"]["pass@1"].pop("low"))
    assert broken(lambda each: each["base"]["table"]["overall"].update({"pass@1": 0.031}))
    assert broken(lambda each: each.update(schema_version=99))


def test_every_move_is_valid_as_it_is_written() -> None:
    from pydantic import TypeAdapter  # noqa: PLC0415

    schema = TypeAdapter(LabelledMove).json_schema()
    assert set(schema["enum"]) == {json.loads(TypeAdapter(LabelledMove).dump_json(each)) for each in Move}
