"""``passgap tasks show`` lists the task sets, and shows one of them."""

from __future__ import annotations

import json

from command_line import invoke
from passgap.tasks import SOURCES


def test_without_a_name_the_sets_are_listed() -> None:
    shown = invoke("tasks", "show")
    assert shown.code == 0
    for source in SOURCES.values():
        assert source.name in shown.stdout and source.licence in shown.stdout
    listed = json.loads(invoke("tasks", "show", "--json").stdout)
    assert [each["name"] for each in listed] == list(SOURCES)
    assert listed[0]["splits"] == ["heldout", "pool"] and listed[0]["file"] == "none"


def test_with_a_name_its_problems_are_counted() -> None:
    shown = json.loads(invoke("tasks", "show", "starter", "--split", "pool", "--json").stdout)
    assert shown["name"] == "starter/pool" and len(shown["problems"]) >= 240
    refused = invoke("tasks", "show", "nothing")
    assert refused.code == 2 and all(name in refused.stderr for name in SOURCES)
