"""``passgap report``: the schema without a study, several studies side by side, and refusals of what makes no sense."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import invoke
from passgap.report import write_reports
from passgap.testing.report_section_contract import small_report


@pytest.fixture
def studies(tmp_path: Path) -> list[str]:
    folders = [tmp_path / name for name in ("spring", "autumn")]
    for folder in folders:
        folder.mkdir()
        write_reports(small_report(folder.name), folder)
    return list(map(str, folders))


def test_the_schema_is_printed_without_a_study() -> None:
    printed = invoke("report", "--schema")
    assert printed.code == 0 and json.loads(printed.stdout)["$id"] == "urn:passgap:report:v1"


def test_studies_stand_side_by_side_on_the_terminal_as_json_and_in_files(studies: list[str], tmp_path: Path) -> None:
    shown = invoke("report", "--compare", *studies, "--out", str(tmp_path / "out"))
    assert shown.code == 0 and "spring" in shown.stdout and "autumn" in shown.stdout
    assert {each.name for each in (tmp_path / "out").iterdir()} == {"comparison.md", "comparison.html"}
    printed = json.loads(invoke("report", *studies, "--compare", "--json").stdout)
    assert [each["name"] for each in printed["studies"]] == ["spring", "autumn"]


@pytest.mark.parametrize("arguments", [("--compare", "{0}"), ("{0}", "{1}"), ("{0}", "--out", "x")])
def test_one_study_is_not_compared_and_two_have_no_one_report(studies: list[str], arguments: tuple[str, ...]) -> None:
    refused = invoke("report", *(each.format(*studies) for each in arguments))
    assert refused.code == 2 and "--compare" in refused.stderr
