"""Paths are served as declared; what is not plainly one of them is none."""

from __future__ import annotations

import pytest

from passgap.promotion.routing.routes import Routes, Treatment
from passgap.promotion.settings import RouteSection

ROUTES = Routes(
    [
        RouteSection(path="/v1/responses", split=True),
        RouteSection(path="/v1/files/*"),
        RouteSection(path="/v1/files/kept/*", methods=("GET",)),
    ]
)


def test_paths_are_found_exactly_and_the_longest_of_those_below() -> None:
    assert ROUTES.find("/v1/chat/completions").treatment is Treatment.SPLIT
    assert ROUTES.find("/v1/models").treatment is Treatment.PRODUCTION
    assert ROUTES.find("/v1/models/my-org/a").path == "/v1/models/*"
    assert ROUTES.find("/v1/feedback").treatment is Treatment.FEEDBACK
    assert ROUTES.find("/v1/responses").treatment is Treatment.SPLIT
    assert ROUTES.find("/v1/files/a/b").path == "/v1/files/*"
    assert ROUTES.find("/v1/files/kept/a").methods == {"GET"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/v1",
        "/v1/chat/completions/",
        "/v1/embeddings",
        "/v1/files/",
        "/v1/files/../models",
        "/v1//files/a",
        "/v1/files/a\\b",
        "/v1/files/a\x00b",
        "/v1/files/é",
    ],
)
def test_other_paths_are_not_served(path: str) -> None:
    assert ROUTES.find(path) is None
