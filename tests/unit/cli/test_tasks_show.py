"""``passgap tasks show`` lists the task sets, and shows one of them."""

from __future__ import annotations

import json
import os

import pytest

from command_line import invoke
from passgap.tasks import SOURCES


def test_without_a_name_the_sets_are_listed() -> None:
    shown = invoke("tasks", "show")
    assert shown.code == 0
    said = " ".join(shown.stdout.split())  # a long licence takes two lines of a cell
    for source in SOURCES.values():
        assert source.name in said and source.licence in said
    listed = json.loads(invoke("tasks", "show", "--json").stdout)
    assert [each["name"] for each in listed] == list(SOURCES)
    assert listed[0]["splits"] == ["heldout", "pool"] and listed[0]["file"] == "none"


def test_with_a_name_its_problems_are_counted() -> None:
    shown = json.loads(invoke("tasks", "show", "starter", "--split", "pool", "--json").stdout)
    assert shown["name"] == "starter/pool" and len(shown["problems"]) >= 240
    refused = invoke("tasks", "show", "nothing")
    assert refused.code == 2 and all(name in refused.stderr for name in SOURCES)


def test_problems_that_ask_for_more_than_they_say_are_named() -> None:
    place = os.environ.get("PASSGAP_MBPP")
    if place is None:
        pytest.skip("PASSGAP_MBPP does not name the file of mbpp")
    show = ("tasks", "show", "mbpp", "--path", place)
    assert set(json.loads(invoke(*show, "--split", "test", "--json").stdout)["peculiar"]) == {"mbpp/123", "mbpp/367"}
    assert "`Node`" in invoke(*show, "--split", "all", "--problem", "mbpp/927").stdout
    assert not json.loads(invoke(*show, "--split", "validation", "--json").stdout)["peculiar"]
