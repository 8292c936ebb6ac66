"""A model card for a candidate: Markdown with the front matter of a model hub, from the study's report.

https://huggingface.co/docs/hub/model-cards
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from passgap.estimates import PASS_AT_1, parse_quantity
from passgap.plain_text import harmless
from passgap.probes import ProbeStatus
from passgap.records import Estimate, Record
from passgap.report.document import Bullets, Document, Heading, Section, Text, paragraph
from passgap.report.markdown import document_markdown
from passgap.report.numbers import Delta, Numbers, refuse_bare_delta
from passgap.report.study_report import ArmReport, StudyReport
from passgap.report.tables import BASE_AND_TUNED, battery, deltas, estimates, facts

_IDENTIFIER = re.compile(r"[a-z][a-z0-9.+-]{1,40}")
NOT_FOR_RELEASE = "It must not be released as it is"


class CardFacts(Record):
    """The facts that the study declares and its report does not hold."""

    base_model: str
    licence: str
    languages: tuple[str, ...]
    surface: str
    rollback: str


def model_card(report: StudyReport, arm: ArmReport, declared: CardFacts) -> str:
    """Write the card of an arm's candidate.

    Its figures are those of the report: estimates with intervals, the change against the base model with its slices and
    its battery. A candidate that did not work gets a card that says so first.
    """
    refuse_bare_delta(arm.caption, arm.comparison, arm.battery)
    front = yaml.safe_dump(_front_matter(report, arm, declared), sort_keys=False, allow_unicode=True, width=110)
    document = Document(
        title=harmless(f"{report.setup.model}, {arm.caption}"), sections=tuple(_sections(report, arm, declared))
    )
    return f"---\n{front}---\n\n{document_markdown(document)}"


def is_hub_id(name: str) -> bool:
    """Whether a model's name is that of a hub (``owner/name``), rather than a folder or the embedded model."""
    return name.count("/") == 1 and not name.startswith(("/", ".", "~"))


def _front_matter(report: StudyReport, arm: ArmReport, declared: CardFacts) -> dict[str, Any]:
    name = harmless(f"{report.setup.model} {arm.caption}")
    heldout = next((fact.text for fact in report.setup.facts if fact.label == "held-out"), "held-out problems")
    return {
        **_licence(declared.licence),
        **({"base_model": declared.base_model} if is_hub_id(declared.base_model) else {}),
        "library_name": "transformers",
        "pipeline_tag": "text-generation",
        "tags": ["code", "passgap", arm.arm, *declared.languages],
        "model-index": [
            {
                "name": name,
                "results": [
                    {
                        "task": {"type": "text-generation"},
                        "dataset": {"type": "code", "name": harmless(heldout)},
                        "metrics": list(_metrics(arm)),
                    }
                ],
            }
        ],
    }


def _licence(declared: str) -> dict[str, str]:
    """A licence by its identifier, or as another one by its name (https://huggingface.co/docs/hub/repositories-licenses)."""
    identifier = declared.strip().lower()
    if _IDENTIFIER.fullmatch(identifier):
        return {"license": identifier}
    return {"license": "other", "license_name": harmless(" ".join(declared.split()))}


def _metrics(arm: ArmReport) -> Iterator[dict[str, Any]]:
    for key, measured in arm.comparison.tuned.overall.items():
        if isinstance(measured, Estimate) and key.startswith("pass@"):
            yield {
                "type": str(parse_quantity(key)),
                "value": round(measured.value, 4),
                "args": {
                    "low": round(measured.low, 4),
                    "high": round(measured.high, 4),
                    "level": measured.level,
                    "problems": measured.n,
                    "samples": measured.m,
                    "method": measured.method,
                },
            }


def _sections(report: StudyReport, arm: ArmReport, declared: CardFacts) -> Iterator[Section]:
    judgement = arm.judgement
    lift = arm.comparison.paired(PASS_AT_1).delta
    ships = judgement.outcome.value == "WORKED" and not judgement.underpowered
    release = "" if ships else f"**{NOT_FOR_RELEASE}.** "
    changed = Delta("Change of pass@1", lift, "Against the base model.", comparison=arm.comparison, battery=arm.battery)
    yield Section(
        heading=Heading(judgement.outcome.value),
        lead=(Text(f"{release}{judgement.headline}"), Numbers((changed,)), Bullets(judgement.reasons)),
    )
    yield Section(
        heading=Heading("What it is"),
        blocks=(
            paragraph(f"{declared.base_model}, changed by: {arm.caption}. Meant for: {declared.surface}."),
            facts("How it was made", arm.facts),
        ),
    )
    yield Section(
        heading=Heading("Evaluation"),
        blocks=(
            estimates("This model", arm.comparison.tuned),
            deltas(arm.comparison, BASE_AND_TUNED, "Against the base model, on the same problems"),
            battery(arm.battery),
            paragraph(f"Contamination: {report.contamination_checked}."),
        ),
    )
    yield Section(heading=Heading("Limits"), blocks=(Bullets(tuple(_limits(report, arm, declared))),))
    yield Section(heading=Heading("Provenance"), blocks=(facts("", report.provenance),))


def _limits(report: StudyReport, arm: ArmReport, declared: CardFacts) -> Iterator[str]:
    if arm.judgement.underpowered:
        yield "The study is too small for a decision about a release."
    for each in arm.battery.outcomes:
        if each.status is ProbeStatus.ALERT:
            yield f"Out of tolerance: {each.probe} ({each.quantity})."
        elif each.status is ProbeStatus.INSUFFICIENT:
            yield f"Not measured: {each.probe} ({each.quantity})."
    yield from report.not_produced
    yield f"It was measured on problems in {', '.join(declared.languages)}; nothing is known of others."
    yield f"Rollback: {declared.rollback}."
