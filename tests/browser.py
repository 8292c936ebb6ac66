"""A real browser for tests of pages: Chromium, driven by Playwright, with what a page said and did wrong."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OVERFLOW = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return [];
  const beyond = (each) => each.getBoundingClientRect().right > innerWidth + 1;
  const all = [...document.querySelectorAll('body *')];
  const found = all.filter((each) => beyond(each) && !each.closest('.scroll, nav ul'));
  return ['the page', ...found.slice(0, 5).map((each) => each.outerHTML.slice(0, 80))];
}"""
SERIOUS = ("serious", "critical")


@dataclass
class Seen:
    """A page in the browser."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    """Its errors, its violations of the policy, and requests for anything but files."""

    def overflow(self) -> list[str]:
        """Elements that reach beyond the screen, unless they scroll by themselves."""
        return self.page.evaluate(OVERFLOW)

    def findings(self) -> list[str]:
        """The serious findings of axe-core."""
        from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415

        found = Axe().run(self.page).response["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found if each["impact"] in SERIOUS]


class Browser:
    """Opens pages."""

    def __init__(self, browser: Any) -> None:
        self._browser = browser

    @contextmanager
    def open(self, address: str, *, width: int = 1440, height: int = 900, scheme: str = "light") -> Iterator[Seen]:
        """A page at an address, in a window of this size."""
        context = self._browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        page = context.new_page()
        seen = Seen(page)
        page.on("console", lambda message: seen.complaints.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda fault: seen.complaints.append(f"error: {fault}"))
        page.on("dialog", lambda dialog: (seen.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        origin = address.split("/", 3)[2]
        page.on(
            "request",
            lambda request: (
                request.url.startswith(("file:", f"http://{origin}/"))
                or seen.complaints.append(f"request: {request.url}")
            ),
        )
        page.goto(address)
        try:
            yield seen
        finally:
            context.close()


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser, or a skipped test where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield Browser(found)
        finally:
            found.close()


def address_of(path: Path) -> str:
    """The address of a file."""
    return path.resolve().as_uri()
