"""The paths that the gateway serves, and how each is treated."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from passgap.promotion.settings import RouteSection


class Treatment(StrEnum):
    """How calls of a path are served."""

    SPLIT = "split"
    """Shared between production and candidate, and mirrored."""
    PRODUCTION = "production"
    """Passed to production as it is."""
    FEEDBACK = "feedback"
    """Answered by the gateway."""


@dataclass(frozen=True)
class Route:
    """One path with its methods."""

    path: str
    """The path as it is declared: what telemetry and metrics call it, however many paths it stands for."""
    methods: frozenset[str]
    treatment: Treatment
    answers: str | None = None
    """Which shape a complete answer has: ``chat``, ``completion``, or None where any will do."""


BUILT_IN: tuple[Route, ...] = (
    Route("/v1/chat/completions", frozenset({"POST"}), Treatment.SPLIT, "chat"),
    Route("/v1/completions", frozenset({"POST"}), Treatment.SPLIT, "completion"),
    Route("/v1/models", frozenset({"GET"}), Treatment.PRODUCTION),
    Route("/v1/models/*", frozenset({"GET"}), Treatment.PRODUCTION),
    Route("/v1/feedback", frozenset({"POST"}), Treatment.FEEDBACK),
)


class Routes:
    """The table of paths."""

    def __init__(self, declared: Iterable[RouteSection]) -> None:
        own = (
            Route(each.path, frozenset(each.methods), Treatment.SPLIT if each.split else Treatment.PRODUCTION)
            for each in declared
        )
        routes = (*BUILT_IN, *own)
        self._exact = {each.path: each for each in routes if not each.path.endswith("/*")}
        below = [each for each in routes if each.path.endswith("/*")]
        self._below = sorted(below, key=lambda each: len(each.path), reverse=True)

    def find(self, path: str) -> Route | None:
        """The route of a path, the longest where several match; None where none does.

        A path with ``..``, an empty segment or a character that is none of a path's matches nothing: what an
        upstream would make of it cannot be told.
        """
        found = self._exact.get(path)
        if found is not None:
            return found
        if "//" in path or ".." in path or "\\" in path or not path.isascii() or not path.isprintable():
            return None
        return next((each for each in self._below if path.startswith(each.path[:-1]) and path != each.path[:-1]), None)
