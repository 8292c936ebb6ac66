"""The pages in a real browser: they fit a phone, break no policy, run nothing of a study, and need no mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from browser import Browser, address_of, browser
from hostile import ENDLESS, EVERYTHING
from passgap.report import StudyReport, write_reports
from passgap.report.explorer import Explorer
from passgap.report.study_report import ContaminationLine, Fact


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


def hostile_report(report: StudyReport) -> StudyReport:
    """A report whose every text of a study tries to break out."""
    arm = report.arms[0].model_copy(
        update={"caption": f"arm {EVERYTHING}", "facts": (Fact(label=EVERYTHING, text=ENDLESS),)}
    )
    setup = report.setup.model_copy(
        update={"study": EVERYTHING, "model": EVERYTHING, "flags": (EVERYTHING,), "currency": EVERYTHING[:40]}
    )
    return report.model_copy(
        update={
            "arms": (arm, arm.model_copy(update={"arm": "other", "caption": "another"})),
            "setup": setup,
            "not_produced": (EVERYTHING, ENDLESS),
            "contamination": (ContaminationLine(item=EVERYTHING, matched=ENDLESS, rule="minhash", score=0.9),),
        }
    )


@pytest.fixture(scope="module")
def hostile(report: StudyReport, hostile_explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("hostile")
    write_reports(hostile_report(report), found, hostile_explorer)
    return found


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1440, "dark")])
def test_a_report_of_hostile_texts_fits_the_screen_and_runs_none_of_them(
    chromium: Browser, hostile: Path, width: int, scheme: str
) -> None:
    with chromium.open(address_of(hostile / "report.html"), width=width, scheme=scheme) as seen:
        assert seen.overflow() == [] and seen.complaints == []
        assert seen.page.evaluate("window.hacked") is None and seen.page.locator("img").count() == 0
        text = seen.page.text_content("body")
        assert "\x1b" not in text and "\u202e" not in text and "<script>window.hacked" in text
        assert len(text) < 2_000_000
        assert seen.findings() == []


def test_tables_sort_curves_hide_and_links_open_what_is_folded(chromium: Browser, hostile: Path) -> None:
    with chromium.open(address_of(hostile / "report.html")) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        table = page.locator("table.sortable").filter(has_text="samples").last
        button = table.locator("th button").nth(2)
        button.focus()
        page.keyboard.press("Enter")
        assert table.locator("th").nth(2).get_attribute("aria-sort") == "ascending"
        entry = page.locator(".legend button").first
        entry.focus()
        page.keyboard.press("Space")
        assert entry.get_attribute("aria-pressed") == "false" and page.locator(".series.off").count() > 0
        folded = "document.querySelectorAll('details:not(details details):not([open])').length"
        before = page.evaluate(folded)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert before > 0 and page.evaluate(folded) == 0
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(folded) == before
        page.locator(".series:not(.off) .tip").last.hover()
        assert "pass@1" in page.text_content("#tip")
        assert seen.complaints == []


def test_the_explorer_of_hostile_texts_loads_a_problem_from_a_disk_and_runs_none_of_them(
    chromium: Browser, hostile: Path
) -> None:
    with chromium.open(address_of(hostile / "explorer.html"), width=360) as seen:
        page = seen.page
        page.locator("#list tbody a").first.click()
        page.wait_for_selector("#detail .sample")
        for side in range(2):
            page.locator(".sides > div").nth(side).locator(".sample button").first.click()
        page.wait_for_selector(".diff")
        assert seen.overflow() == [] and seen.complaints == []
        assert page.evaluate("window.hacked") is None and page.locator("img").count() == 0
        text = page.text_content("#detail")
        assert "\x1b" not in text and "\u202e" not in text and "\\u202e" in text and "more characters" in text
        assert seen.findings() == []


def test_filters_narrow_the_list_and_the_address_leads_back(
    chromium: Browser, report: StudyReport, explorer: Explorer, tmp_path: Path
) -> None:
    write_reports(report, tmp_path, explorer)
    with chromium.open(address_of(tmp_path / "report.html")) as seen:
        page = seen.page
        page.get_by_role("link", name="Problems and samples, one by one").click()
        page.wait_for_selector("#list tbody tr")
        page.select_option("select[name=change]", "gained")
        assert page.text_content("#count") == "1 of 4 problems"
        page.locator("#list tbody a:visible").click()
        page.wait_for_selector("#detail .sample")
        address = page.url
        page.select_option("select[name=change]", "lost")
        page.goto("about:blank")
        page.goto(address)
        page.wait_for_selector("#detail .sample")
        assert page.text_content("#count") == "1 of 4 problems" and page.text_content("#detail h2") == "p/0"
        assert "2 \u00d7 wrong 1" in page.text_content(".groups") and seen.complaints == []


def test_the_list_of_problems_is_one_stop_of_the_tab_key_in_which_arrows_move(
    chromium: Browser, report: StudyReport, explorer: Explorer, tmp_path: Path
) -> None:
    write_reports(report, tmp_path, explorer)
    with chromium.open(address_of(tmp_path / "explorer.html")) as seen:
        page = seen.page
        page.locator("select[name=change]").focus()
        for _ in range(2):  # the list as a whole, which scrolls, then its problems
            page.keyboard.press("Tab")
        focused = "document.activeElement.textContent"
        assert page.evaluate(focused) == "p/0"
        page.keyboard.press("End")
        page.keyboard.press("ArrowUp")
        assert page.evaluate(focused) == "p/2"
        page.keyboard.press("Enter")
        page.wait_for_selector("#detail .sample")
        assert page.evaluate("document.activeElement.id") == "detail" and page.text_content("#detail h2") == "p/2"
        assert page.locator("#list a[tabindex='0']").count() == 1
        assert page.locator("#list tr[aria-current]").count() == 1
        assert seen.complaints == [] and seen.findings() == []
