"""The live page as a browser shows it, on a desk and on a telephone: it fits, is legible, and follows the reports."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from browser import browser
from passgap.decisions.canary import decide_canary
from passgap.promotion.monitoring.judging import evidence_of
from passgap.promotion.monitoring.page import LivePage
from passgap.promotion.monitoring.report import CanaryReport, traffic_of
from passgap.promotion.registry import State
from passgap.spec.promotion import PromotionSection
from watched import CANDIDATE, START, pair, watch, written

PICTURES = os.environ.get("PASSGAP_PICTURES")
"""A folder that gets a picture of each page, for those who want to look."""
SILENT = "nothing was rolled back: base does not answer: base at http://127.0.0.1:8000/v1: connection refused."


def report(folder: Path, *, broken: bool) -> CanaryReport:
    """420 mirrored pairs, of which the candidate failed the last 40 or none."""
    failed = {"outcome": "timeout", "completion_tokens": None}
    rows = [row for n in range(420) for row in pair(n, **(failed if broken and n >= 380 else {}))]
    seen = watch(written(folder / "telemetry", rows))
    evidence = evidence_of(seen, State.SHADOW, PromotionSection())
    return CanaryReport(
        study="autocomplete",
        checkpoint=CANDIDATE,
        arm="ssd",
        state="shadow",
        since=START,
        evidence=evidence,
        decision=decide_canary(evidence),
        traffic=traffic_of(seen.state),
        not_rolled_back=SILENT if broken else None,
    )


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_page_fits_and_follows_the_reports(tmp_path: Path, width: int, scheme: str) -> None:
    live = LivePage()
    try:
        live.publish(report(tmp_path / "sound", broken=False).model_dump_json())
        with browser() as opened, opened.open(live.address, width=width, scheme=scheme) as seen:
            for broken, advice in ((False, "keep going"), (True, "roll back")):
                if broken:
                    live.publish(report(tmp_path / "broken", broken=True).model_dump_json())
                seen.page.locator("#advice", has_text=advice).wait_for(timeout=600_000)
                if PICTURES is not None:
                    name = f"canary-{width}-{advice.replace(' ', '-')}.png"
                    seen.page.screenshot(path=Path(PICTURES) / name, full_page=True)
                assert seen.page.locator("#readings tr").count() == 5
                assert seen.overflow() == [] and seen.findings() == []
            assert "base does not answer" in seen.page.locator("#advice").text_content()
            assert seen.complaints == []
    finally:
        live.close()
