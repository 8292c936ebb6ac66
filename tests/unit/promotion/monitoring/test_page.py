"""The live page: on loopback, under a strict policy, with every report as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from passgap.promotion.monitoring.page import LivePage


@pytest.fixture
def page() -> Iterator[LivePage]:
    opened = LivePage()
    yield opened
    opened.close()


def test_every_report_is_sent_to_whoever_looks(page: LivePage) -> None:
    page.publish(json.dumps({"number": 1}))
    with httpx.stream("GET", f"{page.address}events", timeout=600) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.iter_lines()
        assert json.loads(next(lines).removeprefix("data: ")) == {"number": 1}
        page.publish(json.dumps({"number": 2}))
        assert (
            json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))["number"] == 2
        )


@pytest.mark.parametrize(
    ("address", "kind"), [("", "text/html"), ("page.js", "text/javascript"), ("page.css", "text/css")]
)
def test_nothing_inline_is_allowed_and_nothing_inline_is_there(page: LivePage, address: str, kind: str) -> None:
    answer = httpx.get(page.address + address)
    policy = answer.headers["content-security-policy"]
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    if kind == "text/html":
        assert "style=" not in answer.text and "onclick" not in answer.text and "<style" not in answer.text
        assert answer.text.count("<script") == answer.text.count("<script src=") == 1
    assert "innerHTML" not in answer.text


def test_other_names_other_sites_and_other_addresses_are_refused(page: LivePage) -> None:
    assert httpx.get(page.address, headers={"Host": "evil.example"}).status_code == 421
    assert httpx.get(f"{page.address}events", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    for address in ("../study.yaml", "events/../x", "page.html"):
        assert httpx.get(page.address + address).status_code == 404
