"""The gateway's file is read whole, or refused with everything that is wrong with it."""

from __future__ import annotations

import pytest

from passgap.errors import StudyError
from passgap.promotion.settings import GatewaySettings, OnClientClose, parse_settings

SMALLEST = """
upstreams:
  base: {base_url: http://127.0.0.1:8000/v1, model: base-model, checkpoint: base}
production: base
"""

WITH_CANDIDATE = """
upstreams:
  base: {base_url: http://127.0.0.1:8000/v1, model: base-model, checkpoint: base}
  tuned: {base_url: http://127.0.0.1:8001/v1, model: tuned-model, checkpoint: 3f2a, on_client_close: drain}
production: base
candidate: tuned
shadow: {share: 0.1}
canary: {share: 0.05, user_from: ["header:x-user", key]}
"""


def problems(text: str) -> str:
    with pytest.raises(StudyError) as refused:
        parse_settings(text)
    return "\n".join(refused.value.problems)


def test_the_smallest_file_serves_one_upstream_and_gives_the_candidate_nothing() -> None:
    settings = parse_settings(SMALLEST)
    assert (settings.base_name, settings.candidate, settings.rollback) == ("base", None, False)
    assert (settings.shadow.share, settings.canary.share, settings.listen.host) == (0.0, 0.0, "127.0.0.1")


def test_a_file_with_a_candidate_is_read_as_written() -> None:
    settings = parse_settings(WITH_CANDIDATE)
    assert settings.upstreams["tuned"].on_client_close is OnClientClose.DRAIN
    assert (settings.shadow.share, settings.canary.share) == (0.1, 0.05)
    assert settings.canary.user_from == ("header:x-user", "key")


def test_every_problem_is_listed_at_once() -> None:
    said = problems(
        "upstreams:\n"
        "  base: {base_url: 'http://user:secret@host/v1', model: m}\n"
        "candidate: tuned\n"
        "shadow: {share: 1.5}\n"
        "canary: {share: 0.1, user_from: [cookie]}\n"
        "limits: {body_byte: 5}\n"
        "rollbak: true\n"
    )
    for each in (
        "upstreams.base.base_url: should be a URL without user",
        "upstreams.base.checkpoint: missing",
        "production: missing",
        "shadow.share: should be less than or equal to 1",
        "canary.user_from.0",
        "limits.body_byte: there is no such field. Did you mean `body_bytes`?",
        "rollbak: there is no such field. Did you mean `rollback`?",
    ):
        assert each in said, said
    assert "secret" not in said


CONTRADICTIONS = {
    "an unknown production": (
        "production: nowhere\nupstreams: {b: {base_url: http://h/v1, model: m, checkpoint: c}}\n",
        "production: there is no upstream 'nowhere'. There are: b.",
    ),
    "a candidate that is production": (SMALLEST + "candidate: base\n", "candidate: 'base' is production already"),
    "a candidate that is base": (
        WITH_CANDIDATE + "base: tuned\n",
        "candidate: 'tuned' is the upstream that a rollback goes back to",
    ),
    "a share of nothing": (SMALLEST + "shadow: {share: 0.5}\n", "shadow.share: 0.5 of nothing"),
    "an open door": (SMALLEST + "listen: {host: 0.0.0.0}\n", "keys: none, and `listen.host` is 0.0.0.0"),
    "an open door of a name": (SMALLEST + "listen: {host: gateway.local}\n", "keys: none"),
    "an admin port without a key": (SMALLEST + "admin: {port: 9000}\n", "admin.key_variable: missing"),
    "an admin port that clients have": (
        SMALLEST + "admin: {port: 8080, key_variable: ADMIN}\n",
        "admin.port: 8080 is the clients' port",
    ),
    "an admin key that clients have": (
        SMALLEST + "admin: {key_variable: K}\nkeys: [{name: a, variable: K}]\n",
        "keys.0.variable: K is the operators' key",
    ),
    "a key without a source": (SMALLEST + "keys: [{name: a}]\n", "keys.0: give either `variable` or `sha256`"),
    "a key twice": (
        SMALLEST + "keys: [{name: a, variable: K}, {name: a, variable: L}]\n",
        "keys: the name 'a' stands twice",
    ),
    "a route that is built in": (SMALLEST + "routes: [{path: /v1/models}]\n", "/v1/models is always served"),
    "a split of nothing": (
        SMALLEST + "routes: [{path: /v1/responses, methods: [GET], split: true}]\n",
        "/v1/responses is to be split, and no POST is passed",
    ),
    "a route that leaves its place": (SMALLEST + "routes: [{path: /v1/../admin}]\n", "is not the plain path"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_fields_that_contradict_each_other_are_refused(case: str) -> None:
    text, expected = CONTRADICTIONS[case]
    assert expected in problems(text)


def test_loopback_addresses_need_no_key() -> None:
    for host in ("127.0.0.1", "127.8.9.1", "::1", "localhost"):
        assert parse_settings(SMALLEST + f"listen: {{host: '{host}'}}\n").listen.host == host


def test_the_hash_names_the_settings_and_not_their_spelling() -> None:
    assert parse_settings(SMALLEST).hash == parse_settings(SMALLEST + "rollback: false\nshadow: {}\n").hash
    assert parse_settings(SMALLEST).hash != parse_settings(SMALLEST + "rollback: true\n").hash
    settings = parse_settings(WITH_CANDIDATE)
    assert GatewaySettings.model_validate_json(settings.model_dump_json()).hash == settings.hash
