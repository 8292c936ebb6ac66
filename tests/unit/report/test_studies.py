"""Studies stand side by side with what they differ in; a card says first what its candidate may not."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from hostile import EVERYTHING
from passgap.decisions import OutcomeOfArm
from passgap.errors import StoreError
from passgap.formatting import interval_of
from passgap.records import Estimate
from passgap.report import StudyReport, write_document, write_reports
from passgap.report.model_card import NOT_FOR_RELEASE, CardFacts, is_hub_id, model_card
from passgap.report.studies import compare_reports, read_report
from passgap.report.studies_document import studies_document
from passgap.report.study_report import Fact
from passgap.report.terminal import print_document

DECLARED = CardFacts(
    base_model="owner/model", licence="Apache-2.0", languages=("python",), surface="an editor", rollback="one flip"
)


def other(report: StudyReport, **changes) -> StudyReport:
    facts = (Fact(label="held-out", text="other problems"),)
    return report.model_copy(
        update={"setup": report.setup.model_copy(update={"study": "the other", "facts": facts, **changes})}
    )


def test_each_study_stands_with_its_verdict_its_arms_and_what_they_differ_in(
    report: StudyReport, several_candidates: StudyReport, tmp_path: Path
) -> None:
    compared = compare_reports([report, other(several_candidates, rehearsal=True)])
    assert [each.name for each in compared.studies] == [report.setup.study, "the other"]
    assert any(each.startswith("held-out: ") for each in compared.differences)
    assert any("rehearsals" in each for each in compared.differences)
    document = studies_document(compared)
    write_document(document, tmp_path / "new", "comparison")
    console = Console(file=io.StringIO(), width=220, highlight=False)
    print_document(console, document)
    texts = [(tmp_path / "new" / f"comparison.{kind}").read_text() for kind in ("md", "html")]
    for text in (*texts, console.file.getvalue()):
        for study in compared.studies:
            for arm in study.arms:
                assert interval_of(arm.comparison.delta.overall["pass@1"]) in text
        assert "probes out of tolerance" in text and "is no difference of models or recipes alone" in text
    for each in compared.studies[0].arms[0].battery.outcomes:
        assert all(each.probe in text for text in texts)


def test_the_same_study_twice_differs_in_nothing(report: StudyReport) -> None:
    assert compare_reports([report, report]).differences == ()
    with pytest.raises(ValueError, match="two studies"):
        compare_reports([report])


def test_a_report_is_read_from_a_folder_or_a_file(report: StudyReport, tmp_path: Path) -> None:
    write_reports(report, tmp_path)
    assert (
        read_report(tmp_path) == read_report(tmp_path / "report.json") == read_report(tmp_path / "study.yaml") == report
    )
    (tmp_path / "report.json").write_text("{}")
    with pytest.raises(StoreError, match="not a report that this version reads"):
        read_report(tmp_path)
    with pytest.raises(StoreError, match="there is no"):
        read_report(tmp_path / "nowhere")


def test_a_card_has_front_matter_and_every_figure_with_its_interval(report: StudyReport) -> None:
    arm = report.arms[0]
    card = model_card(report, arm, DECLARED)
    _, front, body = card.split("---\n", 2)
    found = yaml.safe_load(front)
    assert (found["license"], found["base_model"]) == ("apache-2.0", "owner/model")
    [result] = found["model-index"][0]["results"]
    assert result["metrics"][0]["type"] == "pass@1"
    for metric in result["metrics"]:
        measured = arm.comparison.tuned.overall[metric["type"]]
        assert isinstance(measured, Estimate)
        assert (
            metric["args"]["low"] <= metric["value"] <= metric["args"]["high"]
            and metric["args"]["problems"] == measured.n
        )
    for each in (*arm.comparison.delta.overall.values(), *(one.drift for one in arm.battery.outcomes)):
        assert interval_of(each) in body
    assert report.contamination_checked in body and "one flip" in body


def test_a_card_of_a_candidate_that_must_not_ship_says_so_first(report: StudyReport) -> None:
    arm = report.arms[0]
    for outcome, small in (("COLLAPSED", False), ("WORSE", False), ("WORKED", True)):
        judgement = arm.judgement.model_copy(
            update={"outcome": type(arm.judgement.outcome)(outcome), "underpowered": small}
        )
        card = model_card(report, arm.model_copy(update={"judgement": judgement}), DECLARED)
        assert NOT_FOR_RELEASE in card.split("---\n", 2)[2].splitlines()[3]
    sound = arm.judgement.model_copy(update={"outcome": OutcomeOfArm.WORKED, "underpowered": False})
    assert NOT_FOR_RELEASE not in model_card(report, arm.model_copy(update={"judgement": sound}), DECLARED)


def test_no_hostile_text_leaves_the_front_matter_or_makes_an_element(report: StudyReport) -> None:
    setup = report.setup.model_copy(update={"model": f"m\n---\n{EVERYTHING}"})
    card = model_card(report.model_copy(update={"setup": setup}), report.arms[0], DECLARED)
    assert yaml.safe_load(card.split("\n---\n", 1)[0].removeprefix("---\n"))["tags"][1] == "passgap"
    assert "<script" not in card.split("\n---\n", 1)[1]


def test_a_hub_reads_the_card(report: StudyReport) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="the client of the hub is not installed")
    licence = "The Made Up\nLicence, v2: fair"
    local = DECLARED.model_copy(update={"licence": licence, "base_model": "a model of ours"})
    for declared in (DECLARED, local):
        data = hub.ModelCard(model_card(report, report.arms[0], declared)).data
        results = {each.metric_type: each for each in data.eval_results}
        measured = report.arms[0].comparison.tuned.overall["pass@1"]
        assert isinstance(measured, Estimate) and results["pass@1"].metric_value == round(measured.value, 4)
        assert results["pass@1"].metric_args["problems"] == measured.n
        assert data.pipeline_tag == "text-generation" and "passgap" in data.tags
    assert data.license == "other" and data.license_name == "The Made Up Licence, v2: fair" and data.base_model is None


def test_what_studies_differ_in_is_named_once_and_stands_in_a_table(
    report: StudyReport, report_at: Callable[[float], StudyReport]
) -> None:
    wide = other(report_at(0.9))
    [lead] = studies_document(compare_reports([report, wide])).sections[0].lead
    assert lead.items[0] == "They differ in held-out and level of the intervals (95 %, 90 %)."
    tables = {each.title: each for each in studies_document(compare_reports([report, wide])).sections[0].blocks[:2]}
    assert [row.texts[1] for row in tables["Measured on"].rows] == [
        "210 problems of starter | heldout",
        "other problems",
    ]


def test_names_of_a_hub_are_told_from_folders() -> None:
    assert is_hub_id("Qwen/Qwen3-4B")
    assert not any(map(is_hub_id, ("embedded", "./model", "/models/x", "~/x", "a/b/c", "../x")))
