"""Production and the candidate by the registry's aliases, in place of the gateway's file."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from passgap.errors import StudyError
from passgap.promotion.routing.roles import Aliases, with_roles
from passgap.promotion.settings import GatewaySettings, Roles, parse_settings

NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
BASE, ONE, TWO = "b" * 64, "1" * 64, "2" * 64


def declared(**changes: Any) -> GatewaySettings:
    def at(port: int, checkpoint: str) -> dict[str, str]:
        return {"base_url": f"http://127.0.0.1:{port}/v1", "model": f"m{port}", "checkpoint": checkpoint}

    upstreams = {"base": at(8000, "base"), "one": at(8001, ONE[:12]), "two": at(8002, TWO[:12])}
    fields = {"production": "base", "base": "base", "roles": "registry", "shadow": {"share": 0.5}}
    return GatewaySettings.model_validate({"upstreams": upstreams, **fields, "canary": {"share": 0.2}, **changes})


def aliases(**changes: Any) -> Aliases:
    return Aliases.model_validate({"time": NOW, "production": BASE, "candidate": None, "base": BASE, **changes})


@pytest.mark.parametrize(
    ("said", "production", "candidate", "users"),
    [
        (None, "base", None, 0.0),
        (aliases(), "base", None, 0.0),
        (aliases(candidate=ONE), "base", "one", 0.0),
        (aliases(candidate=ONE, canary=True), "base", "one", 0.2),
        (aliases(production=ONE, candidate=TWO, canary=True), "one", "two", 0.2),
    ],
)
def test_roles_and_shares_are_those_of_the_registrys_states(
    said: Aliases | None, production: str, candidate: str | None, users: float
) -> None:
    found, problems = with_roles(declared(), said)
    assert not problems
    assert (found.production, found.candidate, found.canary.share) == (production, candidate, users)
    assert found.shadow.share == 0.5 and found.base == "base"


def test_a_checkpoint_that_no_upstream_or_several_serve_is_told() -> None:
    _, problems = with_roles(declared(), aliases(production="f" * 64, candidate="e" * 64))
    assert len(problems) == 2 and "no upstream serves it" in problems[0] and "eeeeeeeeeeee" in problems[1]
    twice = declared()
    twice.upstreams["again"] = twice.upstreams["one"]
    _, problems = with_roles(twice, aliases(candidate=ONE))
    assert "several upstreams serve it: one, again" in problems[0]


def test_a_file_that_names_the_roles_itself_is_left_as_it_is() -> None:
    by_file = declared(roles="file", candidate="one")
    assert with_roles(by_file, aliases(production=TWO)) == (by_file, [])


def test_the_hash_of_settings_without_the_field_is_what_it_was() -> None:
    by_registry, _ = with_roles(declared(), aliases(candidate=ONE, canary=True))
    by_file = declared(roles="file", candidate="one")
    assert by_registry.hash == by_file.hash != declared().hash
    assert by_registry.roles is Roles.FILE


def test_a_candidate_in_a_file_that_leaves_it_to_the_registry_is_refused() -> None:
    text = """
upstreams:
  base: {base_url: "http://127.0.0.1:8000/v1", model: m, checkpoint: base}
  one: {base_url: "http://127.0.0.1:8001/v1", model: m, checkpoint: one}
production: base
base: base
roles: registry
shadow: {share: 0.5}
candidate: one
"""
    with pytest.raises(StudyError) as refused:
        parse_settings(text)
    assert [each.partition(":")[0] for each in refused.value.problems] == ["candidate"]
    by_registry = text.replace("candidate: one", "")
    assert parse_settings(by_registry).shadow.share == 0.5, "of whichever it will be"
    with pytest.raises(StudyError) as refused:
        parse_settings(by_registry.replace("base: base\n", ""))
    assert [each.partition(":")[0] for each in refused.value.problems] == ["base"]
