"""A verdict as a document, with the estimates that it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from passgap.decisions import DecodingChoice, Verdict
from passgap.decisions.advice import Advice
from passgap.estimates import EstimateTable
from passgap.records.yields import YieldForecast
from passgap.report.document import Block, Document, Section, paragraph
from passgap.report.sections.advice import advice_blocks
from passgap.report.sections.control import settings
from passgap.report.sections.reasons import sensitivity
from passgap.report.sections.verdict import verdict_heading, verdict_lead
from passgap.report.sections.yields import cautions, forecasts
from passgap.report.tables import estimates_summary


def verdict_document(
    verdict: Verdict,
    table: EstimateTable,
    source: str,
    choice: DecodingChoice | None,
    yields: Sequence[YieldForecast] = (),
    currency: str = "",
    advice: Advice | None = None,
) -> Document:
    """Show a verdict.

    Args:
        verdict: the decision.
        table: the estimates that it rests on.
        source: where they come from, in words.
        choice: of the decode-only control, where it was run and could choose.
        yields: what each arm will have to learn from.
        currency: of the forecasts' money.
        advice: the recommended next move.
    """
    control: tuple[Block, ...] = () if choice is None else (settings(choice), paragraph(choice.summary))
    foretold: tuple[Block, ...] = ()
    if yields:
        foretold = (forecasts(yields, "what each arm will have to learn from", currency), *cautions(yields))
    advised = () if advice is None else tuple(advice_blocks(advice, currency))
    section = Section(
        heading=verdict_heading(verdict),
        lead=verdict_lead(verdict),
        blocks=(estimates_summary(source, table), *control, *foretold, *advised, sensitivity(verdict)),
        outcome=verdict.verdict.value,
    )
    return Document(sections=(section,))
